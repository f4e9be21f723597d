"""KeyConditionExpression: which items of an index a Query reads.

The language is that of conditions with nearly everything forbidden: comparisons of key attributes
with values, joined by AND. Every hash attribute needs an equality; range attributes come from the
left without gaps, and only the last of them may be compared by anything but =.

This file knows the names of the key attributes, in order. It does not know their types.
"""

from collections.abc import Sequence
from typing import NamedTuple

from headwater.errors import Validation
from headwater.expressions.comparison import ORDERED, kind_of
from headwater.expressions.condition import Plan, check_bounds, plan_condition
from headwater.expressions.faults import incorrect_count, incorrect_type, invalid
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
from headwater.expressions.placeholders import Placeholders
from headwater.values.size import Value

WHAT = "KeyConditionExpression"
NOT_SUPPORTED = "Query key condition not supported"

_MIRRORED = {"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


class Term(NamedTuple):
    """One condition on one range attribute.

    op      = < <= > >= BETWEEN begins_with
    values  one value; two for BETWEEN, the lower first
    """

    name: str
    op: str
    values: tuple[Value, ...]


class KeyCondition(NamedTuple):
    """hash: the values of all hash attributes, in key order; terms: of range attributes, ditto."""

    hash: tuple[Value, ...]
    terms: tuple[Term, ...]


def parse_key_condition(
    text: str, placeholders: Placeholders, hash_names: Sequence[str], range_names: Sequence[str]
) -> KeyCondition:
    """A KeyConditionExpression, bound to a request's placeholders and to the keys of an index.

    hash_names, range_names   key attributes of the table or index, in the order of its schema

    Raises Validation (Prefixable for the families that carry PutItem's prefix). Whether values
    have the types of the schema is for the caller to check.
    """
    plan: Plan = plan_condition(text, WHAT)
    placeholders.use(plan.names, plan.values, WHAT)
    nodes = plan.root.terms if isinstance(plan.root, And) else (plan.root,)
    terms: dict[str, Term] = {}
    for node in nodes:
        term = _term(node, placeholders)
        if term.name in terms:
            raise Validation("KeyConditionExpressions must only contain one condition per key")
        terms[term.name] = term
    return arrange(terms, hash_names, range_names)


def arrange(
    terms: dict[str, Term], hash_names: Sequence[str], range_names: Sequence[str]
) -> KeyCondition:
    """Conditions by attribute name, put in the order of the keys; raises if they do not fit."""
    for name in hash_names:
        if name not in terms:
            raise _missed(name)
        if terms[name].op != "=":
            raise Validation(NOT_SUPPORTED)
    given = [terms[name] for name in range_names if name in terms]
    if len(given) + len(hash_names) < len(terms):
        # A condition on an attribute that is no key. AWS tells the key it could have meant.
        unused = [name for name in range_names if name not in terms]
        raise _missed(unused[0]) if unused else Validation(NOT_SUPPORTED)
    for place, term in enumerate(given):
        if term.name != range_names[place]:
            raise _missed(range_names[place])
        if term.op != "=" and place < len(given) - 1:
            raise Validation(NOT_SUPPORTED)
    return KeyCondition(tuple(terms[name].values[0] for name in hash_names), tuple(given))


def _missed(name: str) -> Validation:
    return Validation(f"Query condition missed key schema element: {name}")


def _term(node: Node, placeholders: Placeholders) -> Term:
    if isinstance(node, Compare):
        return _comparison(node, placeholders)
    if isinstance(node, Between):
        name, (low, high) = _operands(node.subject, (node.low, node.high), placeholders)
        _check_ordered("BETWEEN", low, high)
        check_bounds(low, high, WHAT)
        return Term(name, "BETWEEN", (low, high))
    if isinstance(node, Function) and node.name == "begins_with":
        if len(node.arguments) != 2:
            raise incorrect_count(WHAT, node.name, len(node.arguments))
        name, (prefix,) = _operands(node.arguments[0], node.arguments[1:], placeholders)
        if kind_of(prefix) not in ("S", "B"):
            raise incorrect_type(WHAT, node.name, kind_of(prefix))
        return Term(name, node.name, (prefix,))
    raise _operator(_operator_of(node))


def _comparison(node: Compare, placeholders: Placeholders) -> Term:
    if node.operator == "<>":
        raise _operator(node.operator)
    subject, other, operator = node.left, node.right, node.operator
    if isinstance(subject, Operand) and not isinstance(other, Operand):
        subject, other, operator = other, subject, _MIRRORED[operator]
    name, (value,) = _operands(subject, (other,), placeholders)
    if operator != "=":
        _check_ordered(operator, value)
    return Term(name, operator, (value,))


def _operands(
    subject: Node, others: tuple[Node, ...], placeholders: Placeholders
) -> tuple[str, tuple[Value, ...]]:
    """The name of the attribute and the values it is compared with."""
    for node in (subject, *others):
        if isinstance(node, Function):
            raise Validation("KeyConditionExpressions cannot contain nested operations")
        if isinstance(node, Path) and len(node.parts) > 1:
            raise invalid(
                WHAT, "KeyConditionExpressions cannot have conditions on nested attributes"
            )
    if not isinstance(subject, Path):
        raise Validation("Invalid condition in KeyConditionExpression: No key attribute specified")
    values = []
    for node in others:
        if not isinstance(node, Operand):
            raise Validation(
                "Invalid condition in KeyConditionExpression:"
                " Multiple attribute names used in one condition"
            )
        values.append(placeholders.values[node.name])
    part = str(subject.parts[0])
    return placeholders.names[part] if part[0] == "#" else part, tuple(values)


def _check_ordered(operator: str, *values: Value) -> None:
    for value in values:
        if kind_of(value) not in ORDERED:
            raise incorrect_type(WHAT, operator, kind_of(value))


def _operator_of(node: Node) -> str:
    if isinstance(node, Function):
        return node.name
    if isinstance(node, (Or, Not, In)):
        return type(node).__name__.upper()
    # AND below AND is flat already, so what is left stands below OR or NOT.
    raise AssertionError(node)


def _operator(name: str) -> Validation:
    return Validation(f"Invalid operator used in KeyConditionExpression: {name}")
