"""WHERE: a tree and its constants become functions from an item to a bool.

The clause is handed on as the list of conditions that AND joins at its top, since some of them name
the key and decide what is read, and only the others are asked of items.

As in expressions, comparisons of different types and of missing attributes are false; other than
there, <> is false for a missing attribute too, while NOT of a false comparison is true (recorded).
"""

from collections.abc import Sequence
from typing import NamedTuple

from headwater.errors import NotSupported, Validation
from headwater.expressions.comparison import ORDERED, begins_with, contains, kind_of, size_of
from headwater.expressions.condition import check_bounds
from headwater.expressions.paths import DocumentPath, Getter, getter
from headwater.expressions.predicates import (
    Test,
    all_of,
    any_of,
    between_test,
    compare_test,
    in_test,
    is_of_type,
    negation,
    not_exists,
    pairwise,
)
from headwater.limits import IN_OPERANDS_MAX
from headwater.partiql.constants import Constants
from headwater.partiql.faults import bare, incorrect_count, incorrect_type, unknown_function
from headwater.partiql.keywords import TYPES
from headwater.partiql.syntax import (
    And,
    Arithmetic,
    BagOf,
    Between,
    Call,
    Compare,
    In,
    Is,
    ListOf,
    Node,
    Not,
    Or,
    Path,
)
from headwater.values.size import Item, Value

_ARGUMENTS = {"begins_with": 2, "contains": 2, "attribute_type": 2, "size": 1}
_TYPE_NAMES = ("B", "NULL", "SS", "BOOL", "L", "BS", "N", "NS", "S", "M")
_UNMEASURED = frozenset({"N", "BOOL", "NULL"})


class Condition(NamedTuple):
    """One of the conditions that AND joins. attributes: top-level names that it reads."""

    node: Node
    test: Test
    attributes: frozenset[str]


class _Bound(NamedTuple):
    """An operand: how to get it, and its path or its constant value if it is one of these."""

    get: Getter
    path: DocumentPath | None = None
    value: Value | None = None


def bind_where(where: Node | None, constants: Constants) -> list[Condition]:
    """The conditions of a WHERE clause; none where there is no clause.

    Raises Validation for operands that cannot be, in AWS's words.
    """
    if where is None:
        return []
    conditions = []
    for node in where.terms if isinstance(where, And) else (where,):
        binder = _Binder(constants)
        conditions.append(Condition(node, binder.test(node), frozenset(binder.attributes)))
    return conditions


def joined(conditions: list[Condition]) -> Test:
    """The test that an item passes if it passes all of them."""
    tests = [condition.test for condition in conditions]
    return tests[0] if len(tests) == 1 else all_of(tests)


def choices_of(node: In, constants: Constants) -> Sequence[Node | Value]:
    """What IN compares with: expressions, or the elements of a list or set in a parameter."""
    if isinstance(node.choices, ListOf | BagOf):
        return list(node.choices.elements)
    value = constants.value(node.choices)
    if value is None:
        return [node.choices]
    kind = kind_of(value)
    if kind == "L":
        return list(value["L"])
    if kind in ("SS", "NS", "BS"):
        return [{kind[0]: element} for element in value[kind]]
    return [value]


class _Binder:
    """Turns the nodes of one condition into closures, and gathers what attributes they read."""

    __slots__ = ("_constants", "attributes")

    def __init__(self, constants: Constants) -> None:
        self._constants = constants
        self.attributes: set[str] = set()

    def test(self, node: Node) -> Test:
        if isinstance(node, And | Or):
            tests = [self.test(term) for term in node.terms]
            return all_of(tests) if isinstance(node, And) else any_of(tests)
        if isinstance(node, Not):
            return negation(self.test(node.term))
        if isinstance(node, Compare):
            return self._compare(node)
        if isinstance(node, Between):
            return self._between(node)
        if isinstance(node, In):
            return self._in(node)
        if isinstance(node, Is):
            return self._is(node)
        if isinstance(node, Call) and node.name != "size":
            return self._function(node)
        raise NotSupported("A condition has to be a comparison or a function")

    # --- operands -------------------------------------------------------------------------------

    def _operand(self, node: Node) -> _Bound:
        if isinstance(node, Path):
            return self._path(node)
        if isinstance(node, Call):
            if node.name != "size":
                raise unknown_function(node.name)
            return self._size(node)
        if isinstance(node, Arithmetic):
            raise NotSupported("Arithmetic is not supported in a WHERE clause")
        value = self._constants.value(node)
        if value is None:
            raise NotSupported("An operand has to be an attribute, a value or the size function")
        return _constant(value)

    def _path(self, node: Path) -> _Bound:
        self.attributes.add(str(node.parts[0]))
        return _Bound(getter(node.parts), node.parts)

    def _size(self, node: Call) -> _Bound:
        (operand,) = self._arguments(node)
        if operand.value is not None and kind_of(operand.value) in _UNMEASURED:
            raise incorrect_type("size", kind_of(operand.value))
        get = operand.get

        def measure(item: Item) -> Value | None:
            value = get(item)
            return None if value is None else size_of(value)

        return _Bound(measure)

    def _arguments(self, node: Call) -> list[_Bound]:
        if node.is_star or len(node.arguments) != _ARGUMENTS[node.name]:
            raise incorrect_count(node.name, len(node.arguments))
        return [self._operand(argument) for argument in node.arguments]

    # --- conditions -----------------------------------------------------------------------------

    def _compare(self, node: Compare) -> Test:
        left, right = self._operand(node.left), self._operand(node.right)
        if node.operator == "<>":
            return pairwise(lambda one, two: one != two, left.get, right.get)
        if node.operator != "=":
            _check_kinds(node.operator, ORDERED, left, right)
        return compare_test(node.operator, left.get, right.get, right.value)

    def _between(self, node: Between) -> Test:
        subject = self._operand(node.subject)
        low, high = self._operand(node.low), self._operand(node.high)
        _check_kinds("BETWEEN", ORDERED, subject, low, high)
        if low.value is not None and high.value is not None:
            try:
                check_bounds(low.value, high.value, "FilterExpression")
            except Validation as fault:
                raise bare(fault) from None
        return between_test(subject.get, low.get, high.get)

    def _in(self, node: In) -> Test:
        subject = self._operand(node.subject)
        choices = choices_of(node, self._constants)
        if len(choices) > IN_OPERANDS_MAX:
            raise Validation(
                "The IN operator is provided with too many operands;"
                f" number of operands: {len(choices)}"
            )
        bound = [
            _constant(choice) if isinstance(choice, dict) else self._operand(choice)
            for choice in choices
        ]
        return in_test(subject.get, [choice.get for choice in bound])

    def _is(self, node: Is) -> Test:
        if not isinstance(node.subject, Path):
            raise NotSupported("IS has to follow an attribute")
        bound = self._path(node.subject)
        if node.kind == "missing":
            return not_exists(node.subject.parts)
        tests = [is_of_type(bound.get, kind) for kind in TYPES[node.kind]]
        return tests[0] if len(tests) == 1 else any_of(tests)

    def _function(self, node: Call) -> Test:
        if node.name not in _ARGUMENTS:
            raise unknown_function(node.name)
        first, second = self._arguments(node)
        if node.name == "begins_with":
            _check_kinds(node.name, frozenset({"S", "B"}), first, second)
            return pairwise(begins_with, first.get, second.get)
        if node.name == "contains":
            return pairwise(contains, first.get, second.get)
        return _attribute_type(first, second)


def _constant(value: Value) -> _Bound:
    return _Bound(lambda _: value, None, value)


def _check_kinds(operator: str, kinds: frozenset[str], *operands: _Bound) -> None:
    for operand in operands:
        if operand.value is not None and kind_of(operand.value) not in kinds:
            raise incorrect_type(operator, kind_of(operand.value))


def _attribute_type(subject: _Bound, wanted: _Bound) -> Test:
    if subject.path is None:
        raise Validation(
            "Operator or function requires a document path; operator or function: attribute_type"
        )
    if wanted.value is None or "S" not in wanted.value:
        raise incorrect_type(
            "attribute_type", "PATH" if wanted.value is None else kind_of(wanted.value)
        )
    kind: str = wanted.value["S"]
    if kind not in _TYPE_NAMES:
        raise Validation(
            f"Invalid attribute type name found; type: {kind},"
            f" valid types: {{{','.join(_TYPE_NAMES)}}}"
        )
    return is_of_type(subject.get, kind)
