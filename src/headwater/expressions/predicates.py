"""The closures conditions are made of: each is a function from an item to a bool.

Getters give the operands (`paths.getter`, constants, size()); None is a missing attribute.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

from headwater.expressions.comparison import ORDERED, compare_values, kind_of, order_key
from headwater.expressions.paths import DocumentPath, Getter, getter
from headwater.values.size import Item, Value

Test: TypeAlias = Callable[[Item], bool]
Relation: TypeAlias = Callable[[Value, Value], bool]


def all_of(tests: list[Test], negate: bool = False) -> Test:
    """True if every test holds; with negate, the opposite."""

    def every(item: Item) -> bool:
        for test in tests:
            if not test(item):
                return negate
        return not negate

    return every


def any_of(tests: list[Test], negate: bool = False) -> Test:
    """True if one test holds; with negate, the opposite."""

    def some(item: Item) -> bool:
        for test in tests:
            if test(item):
                return not negate
        return negate

    return some


def negation(test: Test) -> Test:
    """True where the test is not."""
    return lambda item: not test(item)


def exists(path: DocumentPath) -> Test:
    """True if there is anything at the path, NULL too."""
    if len(path) == 1:
        name = path[0]
        return lambda item: name in item
    get = getter(path)
    return lambda item: get(item) is not None


def not_exists(path: DocumentPath) -> Test:
    """True if there is nothing at the path."""
    if len(path) == 1:
        name = path[0]
        return lambda item: name not in item
    get = getter(path)
    return lambda item: get(item) is None


def is_of_type(get: Getter, kind: str) -> Test:
    """True if the operand is there and has the type: S, N, ..."""

    def test(item: Item) -> bool:
        value = get(item)
        return value is not None and kind in value

    return test


def pairwise(relation: Relation, left: Getter, right: Getter) -> Test:
    """True if both operands are there and the relation holds between them."""

    def test(item: Item) -> bool:
        one, two = left(item), right(item)
        return one is not None and two is not None and relation(one, two)

    return test


def compare_test(operator: str, left: Getter, right: Getter, constant: Value | None = None) -> Test:
    """= <> < <= > >= between two operands.

    constant   the right operand where it is one, which spares reading its order for every item
    """
    if operator == "=":
        return _equal(left, right)
    if operator == "<>":
        return _unequal(left, right)
    if constant is not None and kind_of(constant) in ORDERED:
        return _against(operator, left, constant)
    return pairwise(_RELATIONS[operator], left, right)


def _equal(left: Getter, right: Getter) -> Test:
    def test(item: Item) -> bool:
        value = left(item)
        return value is not None and value == right(item)

    return test


def _unequal(left: Getter, right: Getter) -> Test:
    def test(item: Item) -> bool:
        value = left(item)
        return value is None or value != right(item)

    return test


def _against(operator: str, left: Getter, constant: Value) -> Test:
    kind = kind_of(constant)
    bound = order_key(kind, constant[kind])
    holds = _KEY_ORDERS[operator]

    def test(item: Item) -> bool:
        value = left(item)
        if value is None:
            return False
        content = value.get(kind)
        return content is not None and holds(order_key(kind, content), bound)

    return test


def between_test(subject: Getter, low: Getter, high: Getter) -> Test:
    """True if low <= subject <= high, and all three have one type."""
    at_least = pairwise(_RELATIONS[">="], subject, low)
    at_most = pairwise(_RELATIONS["<="], subject, high)
    return lambda item: at_least(item) and at_most(item)


def in_test(subject: Getter, choices: list[Getter]) -> Test:
    """True if the subject is there and equals one of the choices."""

    def test(item: Item) -> bool:
        value = subject(item)
        return value is not None and any(value == choice(item) for choice in choices)

    return test


def _ordered(holds: Callable[[int], bool]) -> Relation:
    def relation(left: Value, right: Value) -> bool:
        order = compare_values(left, right)
        return order is not None and holds(order)

    return relation


_RELATIONS: dict[str, Relation] = {
    "<": _ordered(lambda order: order < 0),
    "<=": _ordered(lambda order: order <= 0),
    ">": _ordered(lambda order: order > 0),
    ">=": _ordered(lambda order: order >= 0),
}
_KEY_ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda left, right: bool(left < right),
    "<=": lambda left, right: bool(left <= right),
    ">": lambda left, right: bool(left > right),
    ">=": lambda left, right: bool(left >= right),
}
