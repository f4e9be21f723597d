"""Constants of a statement: literals and parameters, alone and within lists, sets and maps.

Literals are checked here, like the values of any request, and not while the text is parsed: a
number out of range is no syntax error.
"""

from collections.abc import Sequence
from typing import Any

from headwater.errors import Validation
from headwater.partiql.syntax import BagOf, ListOf, Literal, Node, Parameter, TupleOf
from headwater.values.attribute import canonical_item, canonical_value
from headwater.values.size import Item, Value


class Constants:
    """The parameters of a request, by which constants of its statement get their values.

    parameters  canonical; as many as the statement wants
    """

    __slots__ = ("_parameters",)

    def __init__(self, parameters: Sequence[Value]) -> None:
        self._parameters = parameters

    def value(self, node: Node) -> Value | None:
        """The canonical value of a constant, None for what is none.

        Raises Validation for values that DynamoDB does not have.
        """
        if isinstance(node, Parameter):
            return self._parameters[node.number]
        raw = self._raw(node)
        return None if raw is None else canonical_value(raw)

    def item(self, node: Node) -> tuple[Item, int] | None:
        """The canonical item that a map is, and its size; None for what is no constant map.

        Raises Validation for values that DynamoDB does not have.
        """
        raw = self._raw(node)
        return None if raw is None or "M" not in raw else canonical_item(raw["M"])

    def _raw(self, node: Node) -> Any:
        if isinstance(node, Literal):
            return node.value
        if isinstance(node, Parameter):
            return self._parameters[node.number]
        if isinstance(node, TupleOf):
            members = {name: self._raw(member) for name, member in node.members}
            return None if None in members.values() else {"M": members}
        if not isinstance(node, ListOf | BagOf):
            return None
        elements = [self._raw(element) for element in node.elements]
        if None in elements:
            return None
        return {"L": elements} if isinstance(node, ListOf) else _set_of(elements)


def _set_of(elements: list[Any]) -> Any:
    """The set of some raw values. Which type an empty one would have nobody can say."""
    kinds = {kind for element in elements for kind in element}
    if len(kinds) > 1 or not kinds <= {"S", "N", "B"}:
        raise Validation("The elements of a set must all be strings, all numbers or all binaries")
    kind = kinds.pop() if kinds else "S"
    return {f"{kind}S": [element[kind] for element in elements]}
