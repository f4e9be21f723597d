"""Renders the model's trees as PartiQL, with a parameter for every value.

What PartiQL cannot say is left out: SET of an attribute's default. Of what is missing `<>` is
not true, unlike in expressions, and its NOT is (recorded).

Source: AWS, developer guide, "PartiQL - a SQL-compatible query language for Amazon DynamoDB".
"""

from collections.abc import Mapping, Sequence
from typing import Any

from tests.model.language import Path

_FUNCTIONS = {"begins": "begins_with", "contains": "contains", "type": "attribute_type"}
_RIGHTS = {"+": "{} + {}", "-": "{} - {}", "append": "list_append({}, {})"}
_SIGNS = frozenset({"=", "<>", "<", "<=", ">", ">="})
TELLABLE = _SIGNS | {"between", "in", "exists", "missing"}


class Statement:
    """One statement on its way: pieces of text, and the parameters in the order of their marks."""

    def __init__(self) -> None:
        self.parameters: list[dict[str, Any]] = []

    def members(self, text: str) -> dict[str, Any]:
        """As a request, or a member of one, has it."""
        more = {"Parameters": self.parameters} if self.parameters else {}
        return {"Statement": text, **more}

    def insert(self, table: str, raw: Mapping[str, Any]) -> dict[str, Any]:
        parts = ", ".join(f"'{name}': {self._value(value)}" for name, value in raw.items())
        return self.members(f'INSERT INTO "{table}" VALUE {{{parts}}}')

    def update(
        self, table: str, key: Mapping[str, Any], tree: Mapping[str, Any], condition: Any
    ) -> dict[str, Any]:
        """tree: SET and REMOVE."""
        parts = [
            f"SET {path_of(target)} = {self._right(right)}" for target, right in tree.get("SET", ())
        ]
        parts += [f"REMOVE {path_of(target)}" for target in tree.get("REMOVE", ())]
        where = self._where(key, condition)
        return self.members(f'UPDATE "{table}" {" ".join(parts)} WHERE {where}')

    def delete(self, table: str, key: Mapping[str, Any], condition: Any) -> dict[str, Any]:
        return self.members(
            f'DELETE FROM "{table}" WHERE {self._where(key, condition)} RETURNING ALL OLD *'
        )

    def select(self, source: str, terms: Sequence[Any], condition: Any) -> dict[str, Any]:
        """source: a table, or a table and its index; terms: as Model.found takes them."""
        parts = []
        for name, sign, *raw in terms:
            path = (name,)
            node = (sign, path, *raw) if sign == "begins" else (sign, ("path", path), *_values(raw))
            parts.append(self._condition(node))
        if condition is not None:
            parts.append(self._condition(condition))
        return self.members(f"SELECT * FROM {source} WHERE {' AND '.join(parts)}")

    # --- pieces ----------------------------------------------------------------------------------

    def _value(self, value: dict[str, Any]) -> str:
        self.parameters.append(value)
        return "?"

    def _where(self, key: Mapping[str, Any], condition: Any) -> str:
        parts = [f'"{name}" = {self._value(value)}' for name, value in key.items()]
        if condition is not None:
            parts.append(self._condition(condition))
        return " AND ".join(parts)

    def _operand(self, node: Any) -> str:
        if node[0] == "value":
            return self._value(node[1])
        return f"size({path_of(node[1])})" if node[0] == "size" else path_of(node[1])

    def _right(self, node: Any) -> str:
        if node[0] in _RIGHTS:
            return _RIGHTS[node[0]].format(self._operand(node[1]), self._operand(node[2]))
        return self._operand(node)

    def _condition(self, node: Any) -> str:
        kind, first, *rest = node
        if kind in ("and", "or"):
            return f"({self._condition(first)} {kind.upper()} {self._condition(rest[0])})"
        if kind in ("exists", "missing"):
            return f"{path_of(first)} IS {'NOT ' * (kind == 'exists')}MISSING"
        if kind == "not":
            return f"NOT ({self._condition(first)})"
        if kind in _FUNCTIONS:
            value = {"S": rest[0]} if kind == "type" else rest[0]
            return f"{_FUNCTIONS[kind]}({path_of(first)}, {self._value(value)})"
        subject = self._operand(first)
        if kind == "in":
            return f"{subject} IN [{', '.join(map(self._operand, rest[0]))}]"
        operands = [self._operand(one) for one in rest]
        if kind == "between":
            return f"{subject} BETWEEN {operands[0]} AND {operands[1]}"
        return f"{subject} {kind} {operands[0]}"


def path_of(path: Path) -> str:
    """
    >>> path_of(("m", "x", 0))
    '"m"."x"[0]'
    """
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f'{"." * bool(text)}"{part}"'
    return text


def is_tellable(node: Any) -> bool:
    """Whether a condition means the same in PartiQL."""
    if node is None:
        return True
    if node[0] in ("and", "or", "not"):
        return all(map(is_tellable, node[1:]))
    return node[0] in TELLABLE or node[0] in _FUNCTIONS


def as_told(node: Any) -> Any:
    """The condition of an expression that means what this one means in PartiQL."""
    if node is None or node[0] not in ("and", "or", "not", "<>"):
        return node
    if node[0] == "<>":
        return ("and", ("exists", node[1][1]), node)
    return (node[0], *map(as_told, node[1:]))


def told_write(write: tuple[Any, ...]) -> tuple[Any, ...]:
    """A write with its condition as_told."""
    kind, *arguments = write
    return write if kind == "insert" else (kind, *arguments[:-1], as_told(arguments[-1]))


def is_tellable_update(tree: Mapping[str, Any]) -> bool:
    """Whether an update can be said in PartiQL."""
    rights = [right[0] for _, right in tree.get("SET", ())]
    return bool(tree) and tree.keys() <= {"SET", "REMOVE"} and "default" not in rights


def _values(raw: Sequence[Any]) -> list[Any]:
    return [("value", one) for one in raw]
