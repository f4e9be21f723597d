"""Conditions and filters: a text and its placeholders become one function from an item to a bool.

Texts repeat endlessly, so what depends on the text alone (its tree, its static faults) is kept by
text; only placeholders are bound for a request. A text without placeholders is kept whole.

Missing attributes and values of different types compare as false; only <> is true for them.
"""

from functools import lru_cache
from typing import NamedTuple

from headwater.errors import Validation
from headwater.expressions.comparison import (
    ORDERED,
    begins_with,
    compare_values,
    contains,
    kind_of,
    size_of,
)
from headwater.expressions.faults import (
    incorrect_count,
    incorrect_type,
    invalid,
    malformed,
    path_required,
)
from headwater.expressions.nodes import (
    And,
    Between,
    Compare,
    Function,
    In,
    Node,
    Not,
    Operand,
    Or,
    Path,
)
from headwater.expressions.parser import Parser
from headwater.expressions.paths import DocumentPath, Getter, getter, resolve, shown
from headwater.expressions.placeholders import Placeholders
from headwater.expressions.predicates import (
    Test,
    all_of,
    any_of,
    between_test,
    compare_test,
    exists,
    in_test,
    is_of_type,
    negation,
    not_exists,
    pairwise,
)
from headwater.limits import IN_OPERANDS_MAX
from headwater.values.size import Item, Value

_NOTHING: Item = {}
_TYPE_NAMES = ("B", "NULL", "SS", "BOOL", "L", "BS", "N", "NS", "S", "M")  # as AWS prints them
_ARGUMENTS = {
    "attribute_exists": 1,
    "attribute_not_exists": 1,
    "attribute_type": 2,
    "begins_with": 2,
    "contains": 2,
    "size": 1,
}
_UNMEASURED = frozenset({"N", "BOOL", "NULL"})


class Condition:
    """A condition bound to a request's placeholders.

    attributes   names of the top-level attributes it reads
    """

    __slots__ = ("_test", "attributes")

    def __init__(self, test: Test, attributes: frozenset[str]) -> None:
        self._test = test
        self.attributes = attributes

    def matches(self, item: Item | None) -> bool:
        """Whether it holds for an item; None is an item that does not exist."""
        return self._test(item if item is not None else _NOTHING)


class Plan(NamedTuple):
    """What a text means to every request. ready is set if it has no placeholders."""

    root: Node
    names: tuple[str, ...]
    values: tuple[str, ...]
    ready: Condition | None


def parse_condition(
    text: str, placeholders: Placeholders, *, what: str = "ConditionExpression"
) -> Condition:
    """A condition or filter text, bound to a request's placeholders.

    what   the request parameter, as AWS's texts name it

    Raises Validation (Prefixable for the families that carry PutItem's prefix).
    """
    plan = plan_condition(text, what)
    if plan.ready is not None:
        return plan.ready
    placeholders.use(plan.names, plan.values, what)
    return _bind(plan.root, placeholders, what)


@lru_cache(maxsize=2048)
def plan_condition(text: str, what: str) -> Plan:
    """The tree of a condition text, statically checked; the same object for the same text."""
    parser = Parser(text, what)
    root = parser.expression()
    parser.end()
    parser.check_condition()
    names = tuple(dict.fromkeys(parser.names))
    values = tuple(dict.fromkeys(parser.values))
    ready = None if names or values else _bind(root, Placeholders(None, None), what)
    return Plan(root, names, values, ready)


def _bind(root: Node, placeholders: Placeholders, what: str) -> Condition:
    binder = _Binder(placeholders, what)
    test = binder.whole(root)
    return Condition(test, frozenset(binder.attributes))


class _Bound(NamedTuple):
    """An operand: how to get it, and its path or its constant value if it is one of these."""

    get: Getter
    path: DocumentPath | None = None
    value: Value | None = None


class _Binder:
    """Turns the nodes of one condition into closures; raises for operands that can not be."""

    __slots__ = ("_not_distinct", "attributes", "names", "values", "what")

    def __init__(self, placeholders: Placeholders, what: str) -> None:
        self.names = placeholders.names
        self.values = placeholders.values
        self.what = what
        self.attributes: set[str] = set()
        self._not_distinct: Validation | None = None

    def whole(self, root: Node) -> Test:
        """The test of a whole condition. Equal operands are told after all other faults."""
        test = self.test(root)
        if self._not_distinct is not None:
            raise self._not_distinct
        return test

    def test(self, node: Node) -> Test:
        """One frame of Python's stack for each level of AND and OR, here and in the result:
        300 operators nest 150 levels, and that has to fit."""
        negate = isinstance(node, Not)
        while isinstance(node, Not):
            node = node.term
        if isinstance(node, (And, Or)):
            tests = []
            for term in node.terms:  # a comprehension would be one frame more
                tests.append(self.test(term))
            return all_of(tests, negate) if isinstance(node, And) else any_of(tests, negate)
        test = self._leaf(node)
        return negation(test) if negate else test

    def _leaf(self, node: Node) -> Test:
        if isinstance(node, Function):
            return self._function(node)
        if isinstance(node, Compare):
            return self._compare(node)
        if isinstance(node, Between):
            return self._between(node)
        assert isinstance(node, In), node
        return self._in(node)

    # --- operands -------------------------------------------------------------------------------

    def _operand(self, node: Node) -> _Bound:
        if isinstance(node, Path):
            path = resolve(node, self.names)
            self.attributes.add(str(path[0]))
            return _Bound(getter(path), path)
        if isinstance(node, Operand):
            value = self.values[node.name]
            return _Bound(lambda _: value, None, value)
        assert isinstance(node, Function) and node.name == "size", node
        return self._size(node)

    def _size(self, node: Function) -> _Bound:
        (operand,) = self._arguments(node)
        if operand.value is not None and kind_of(operand.value) in _UNMEASURED:
            raise incorrect_type(self.what, "size", kind_of(operand.value))
        get = operand.get

        def measure(item: Item) -> Value | None:
            value = get(item)
            return None if value is None else size_of(value)

        return _Bound(measure)

    def _arguments(self, node: Function) -> list[_Bound]:
        if len(node.arguments) != _ARGUMENTS[node.name]:
            raise incorrect_count(self.what, node.name, len(node.arguments))
        return [self._operand(argument) for argument in node.arguments]

    def _check_ordered(self, operator: str, *operands: _Bound) -> None:
        for operand in operands:
            if operand.value is not None and kind_of(operand.value) not in ORDERED:
                raise incorrect_type(self.what, operator, kind_of(operand.value))

    def _check_distinct(self, operator: str, first: _Bound, *rest: _Bound) -> None:
        for other in rest:
            if first.path is not None and first.path == other.path:
                self._not_distinct = self._not_distinct or malformed(
                    self.what,
                    "The first operand must be distinct from the remaining operands for this"
                    f" operator or function; operator: {operator},"
                    f" first operand: {shown(first.path)}",
                )

    # --- conditions -----------------------------------------------------------------------------

    def _function(self, node: Function) -> Test:
        operands = self._arguments(node)
        first = operands[0]
        if node.name in ("attribute_exists", "attribute_not_exists", "attribute_type"):
            if first.path is None:
                raise path_required(self.what, node.name)
            if node.name == "attribute_exists":
                return exists(first.path)
            if node.name == "attribute_not_exists":
                return not_exists(first.path)
            return self._attribute_type(first, operands[1])
        if node.name == "begins_with":
            for operand in operands:
                if operand.value is not None and kind_of(operand.value) not in ("S", "B"):
                    raise incorrect_type(self.what, node.name, kind_of(operand.value))
            self._check_distinct(node.name, *operands)
            return pairwise(begins_with, first.get, operands[1].get)
        self._check_distinct(node.name, *operands)
        return pairwise(contains, first.get, operands[1].get)

    def _attribute_type(self, subject: _Bound, wanted: _Bound) -> Test:
        if wanted.value is None:
            raise incorrect_type(self.what, "attribute_type", "PATH")
        if "S" not in wanted.value:
            raise incorrect_type(self.what, "attribute_type", kind_of(wanted.value))
        kind: str = wanted.value["S"]
        if kind not in _TYPE_NAMES:
            raise invalid(
                self.what,
                f"Invalid attribute type name found; type: {kind},"
                f" valid types: {{{','.join(_TYPE_NAMES)}}}",
            )
        return is_of_type(subject.get, kind)

    def _compare(self, node: Compare) -> Test:
        left, right = self._operand(node.left), self._operand(node.right)
        if node.operator not in ("=", "<>"):
            self._check_ordered(node.operator, left, right)
        self._check_distinct(node.operator, left, right)
        return compare_test(node.operator, left.get, right.get, right.value)

    def _between(self, node: Between) -> Test:
        subject = self._operand(node.subject)
        low, high = self._operand(node.low), self._operand(node.high)
        self._check_ordered("BETWEEN", subject, low, high)
        if low.value is not None and high.value is not None:
            check_bounds(low.value, high.value, self.what)
        self._check_distinct("BETWEEN", subject, low, high)
        return between_test(subject.get, low.get, high.get)

    def _in(self, node: In) -> Test:
        if len(node.choices) > IN_OPERANDS_MAX:
            raise invalid(
                self.what,
                "The IN operator is provided with too many operands;"
                f" number of operands: {len(node.choices)}",
            )
        subject = self._operand(node.subject)
        choices = [self._operand(choice) for choice in node.choices]
        self._check_distinct("IN", subject, *choices)
        return in_test(subject.get, [choice.get for choice in choices])


def check_bounds(low: Value, high: Value, what: str) -> None:
    """Raise unless two constant bounds of BETWEEN have one type and stand in order."""
    order = compare_values(low, high)
    if order is not None and order <= 0:
        return
    rule = (
        "same data type for lower and upper bounds"
        if order is None
        else "upper bound to be greater than or equal to lower bound"
    )
    raise invalid(
        what,
        f"The BETWEEN operator requires {rule}; lower bound operand: {_shown_value(low)},"
        f" upper bound operand: {_shown_value(high)}",
    )


def _shown_value(value: Value) -> str:
    kind = kind_of(value)
    return f"AttributeValue: {{{kind}:{value[kind]}}}"
