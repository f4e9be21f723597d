"""What the conditions of a WHERE clause say about keys.

A condition is used for a key only if that loses nothing of it: an equality, an IN or an OR of
equalities for the partition key, and any one comparison with constants for the sort key.
Source: AWS, developer guide, "PartiQL select statements for DynamoDB", what is no full scan.
"""

from collections.abc import Sequence
from typing import NamedTuple

from headwater.expressions.comparison import kind_of
from headwater.expressions.key_condition import Term
from headwater.partiql.constants import Constants
from headwater.partiql.syntax import Between, Call, Compare, In, Node, Or, Path
from headwater.partiql.where import Condition, choices_of
from headwater.values.size import Value

_MIRRORED = {"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


class Found(NamedTuple):
    """A condition that names a key, and what it says: values of a hash, or one term of a range."""

    condition: Condition
    values: tuple[Value, ...]
    term: Term | None = None


def equality(name: str, conditions: list[Condition], constants: Constants) -> Found | None:
    """The first condition that gives an attribute one value."""
    for condition in conditions:
        term = _comparison(condition.node, name, constants)
        if term is not None and term.op == "=":
            return Found(condition, term.values, term)
    return None


def choice(name: str, conditions: list[Condition], constants: Constants) -> Found | None:
    """The first condition that gives an attribute one of several values."""
    for condition in conditions:
        node = condition.node
        values = None
        if isinstance(node, In) and node.subject == Path((name,)):
            values = _constants(choices_of(node, constants), constants)
        elif isinstance(node, Or):
            terms = [_comparison(term, name, constants) for term in node.terms]
            if all(term is not None and term.op == "=" for term in terms):
                values = [term.values[0] for term in terms if term is not None]
        if values:
            return Found(condition, tuple(values))
    return None


def range_term(name: str, conditions: list[Condition], constants: Constants) -> Found | None:
    """The condition that says most about a sort key: an equality, else the first of any kind."""
    exact = equality(name, conditions, constants)
    if exact is not None:
        return exact
    for condition in conditions:
        term = _term(condition.node, name, constants)
        if term is not None:
            return Found(condition, term.values, term)
    return None


def _term(node: Node, name: str, constants: Constants) -> Term | None:
    if isinstance(node, Between) and node.subject == Path((name,)):
        low, high = constants.value(node.low), constants.value(node.high)
        return Term(name, "BETWEEN", (low, high)) if low and high else None
    if isinstance(node, Call) and node.name == "begins_with":
        subject, prefix = node.arguments
        value = constants.value(prefix)
        if subject == Path((name,)) and value and kind_of(value) in ("S", "B"):
            return Term(name, "begins_with", (value,))
        return None
    return _comparison(node, name, constants)


def _comparison(node: Node, name: str, constants: Constants) -> Term | None:
    if not isinstance(node, Compare) or node.operator not in _MIRRORED:
        return None
    for subject, other, operator in (
        (node.left, node.right, node.operator),
        (node.right, node.left, _MIRRORED[node.operator]),
    ):
        if subject == Path((name,)):
            value = constants.value(other)
            return None if value is None else Term(name, operator, (value,))
    return None


def _constants(choices: Sequence[Node | Value], constants: Constants) -> list[Value] | None:
    """The values of all of them, None if one of them is no constant."""
    values = []
    for one in choices:
        value = one if isinstance(one, dict) else constants.value(one)
        if value is None:
            return None
        values.append(value)
    return values
