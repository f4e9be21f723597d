"""The model's own reading of conditions, projections and updates, from trees and never from texts.

    condition   ("=", operand, operand) ... ("between", o, o, o) ("in", o, [o]) ("exists", path)
                ("missing", path) ("type", path, name) ("begins", path, value)
                ("contains", path, value) ("and", c, c) ("or", c, c) ("not", c)
    operand     ("path", path) ("value", DynamoDB JSON) ("size", path)
    update      {"SET": [(path, right)], "REMOVE": [path], "ADD": [(path, value)], "DELETE": ...}
    right       operand, ("+", operand, operand), ("-", ...), ("default", path, operand),
                ("append", operand, operand)
    path        ("m", "x", 0)

Source: AWS, developer guide, "Condition and filter expressions, operators, and functions" and
"Using update expressions in DynamoDB".
"""

import operator
from typing import Any

from tests.model.values import Doc, Refused, Val, calculated, order_of, read_value

Path = tuple[Any, ...]
_ORDERS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


class Texts:
    """Renders trees as the request's expressions, with a placeholder for every name and value."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self.values: dict[str, Any] = {}

    def members(self) -> dict[str, Any]:
        """The request's members that go with the texts."""
        made: dict[str, Any] = {}
        if self.names:
            made["ExpressionAttributeNames"] = {mark: name for name, mark in self.names.items()}
        if self.values:
            made["ExpressionAttributeValues"] = self.values
        return made

    def path(self, path: Path) -> str:
        text = ""
        for part in path:
            if isinstance(part, int):
                text += f"[{part}]"
            else:
                mark = self.names.setdefault(part, f"#n{len(self.names)}")
                text += f".{mark}" if text else mark
        return text

    def value(self, value: dict[str, Any]) -> str:
        mark = f":v{len(self.values)}"
        self.values[mark] = value
        return mark

    def operand(self, node: Any) -> str:
        kind = node[0]
        if kind == "value":
            return self.value(node[1])
        text = self.path(node[1])
        return f"size({text})" if kind == "size" else text

    def condition(self, node: Any) -> str:
        kind = node[0]
        if kind in ("and", "or"):
            # Never one pair of parentheses around another: those are refused.
            return f"({self.condition(node[1])}) {kind.upper()} ({self.condition(node[2])})"
        if kind == "not":
            return f"NOT ({self.condition(node[1])})"
        if kind == "between":
            subject, low, high = (self.operand(one) for one in node[1:])
            return f"{subject} BETWEEN {low} AND {high}"
        if kind == "in":
            return f"{self.operand(node[1])} IN ({', '.join(map(self.operand, node[2]))})"
        if kind == "exists":
            return f"attribute_exists({self.path(node[1])})"
        if kind == "missing":
            return f"attribute_not_exists({self.path(node[1])})"
        if kind == "type":
            return f"attribute_type({self.path(node[1])}, {self.value({'S': node[2]})})"
        if kind in ("begins", "contains"):
            name = {"begins": "begins_with"}.get(kind, kind)
            return f"{name}({self.path(node[1])}, {self.value(node[2])})"
        return f"{self.operand(node[1])} {kind} {self.operand(node[2])}"

    def right(self, node: Any) -> str:
        kind = node[0]
        if kind in ("+", "-"):
            return f"{self.operand(node[1])} {kind} {self.operand(node[2])}"
        if kind == "default":
            return f"if_not_exists({self.path(node[1])}, {self.operand(node[2])})"
        if kind == "append":
            return f"list_append({self.operand(node[1])}, {self.operand(node[2])})"
        return self.operand(node)

    def update(self, tree: dict[str, list[Any]]) -> str:
        texts = []
        for word, actions in tree.items():
            if word == "SET":
                parts = [f"{self.path(path)} = {self.right(node)}" for path, node in actions]
            elif word == "REMOVE":
                parts = [self.path(path) for path in actions]
            else:
                parts = [f"{self.path(path)} {self.value(value)}" for path, value in actions]
            texts.append(f"{word} {', '.join(parts)}")
        return " ".join(texts)

    def projection(self, paths: list[Path]) -> str:
        return ", ".join(map(self.path, paths))


# --- reading -------------------------------------------------------------------------------------


def at(doc: Doc, path: Path) -> Val | None:
    """What is at a path, if anything is."""
    found: Val | None = Val("M", doc)
    for part in path:
        if found is None or found.kind != ("L" if isinstance(part, int) else "M"):
            return None
        if isinstance(part, int):
            found = found.content[part] if part < len(found.content) else None
        else:
            found = found.content.get(part)
    return found


def operand(doc: Doc, node: Any) -> Val | None:
    """What an operand is for an item."""
    kind, what = node
    if kind == "value":
        return read_value(what)
    found = at(doc, what)
    if kind == "path" or found is None:
        return found
    if found.kind in ("N", "BOOL", "NULL"):
        return None
    if found.kind == "S":
        return Val("N", len(found.content.encode("utf-16-le")) // 2)
    return Val("N", len(found.content))


def holds(node: Any, doc: Doc) -> bool:
    """Whether a condition is true of an item."""
    kind = node[0]
    if kind == "and":
        return holds(node[1], doc) and holds(node[2], doc)
    if kind == "or":
        return holds(node[1], doc) or holds(node[2], doc)
    if kind == "not":
        return not holds(node[1], doc)
    if kind in ("exists", "missing"):
        return (at(doc, node[1]) is not None) is (kind == "exists")
    subject = at(doc, node[1]) if kind in ("type", "begins", "contains") else operand(doc, node[1])
    if kind == "<>":
        return subject is None or subject != operand(doc, node[2])
    return subject is not None and _holds_of(node, subject, doc)


def _holds_of(node: Any, subject: Val, doc: Doc) -> bool:
    kind = node[0]
    if kind == "type":
        return bool(subject.kind == node[2])
    if kind in ("begins", "contains"):
        return _function(kind, subject, read_value(node[2]))
    if kind == "in":
        return any(subject == operand(doc, one) for one in node[2])
    if kind == "between":
        low, high = operand(doc, node[2]), operand(doc, node[3])
        return _ordered(low, subject, "<=") and _ordered(subject, high, "<=")
    other = operand(doc, node[2])
    return subject == other if kind == "=" else _ordered(subject, other, kind)


def _ordered(left: Val | None, right: Val | None, sign: str) -> bool:
    if left is None or right is None or left.kind != right.kind or left.kind not in "SNB":
        return False
    return bool(_ORDERS[sign](order_of(left), order_of(right)))


def _function(kind: str, subject: Val, part: Val) -> bool:
    if kind == "begins":
        return (
            subject.kind == part.kind
            and subject.kind in "SB"
            and bool(subject.content.startswith(part.content))
        )
    if subject.kind == "L":
        return bool(part in subject.content)
    if subject.kind in ("SS", "NS", "BS"):
        return subject.kind[0] == part.kind and part.content in subject.content
    return subject.kind == part.kind and subject.kind in "SB" and part.content in subject.content


def names_in(node: Any) -> set[str]:
    """The top-level attributes that a condition looks at."""
    kind = node[0]
    if kind in ("and", "or", "not"):
        return set().union(*map(names_in, node[1:]))
    if kind in ("exists", "missing", "type", "begins", "contains"):
        return {node[1][0]}
    operands = [node[1], *(node[2] if kind == "in" else node[2:])]
    return {one[1][0] for one in operands if one[0] != "value"}


def projected(doc: Doc, paths: list[Path]) -> Doc:
    """The parts of an item at some paths; what is left of a list stands close together."""
    kept = _kept(Val("M", doc), list(paths))
    return {} if kept is None else kept.content


def _kept(value: Val, paths: list[Path]) -> Val | None:
    if () in paths:
        return value
    indexes = [path[0] for path in paths if isinstance(path[0], int)]
    if bool(indexes) != (value.kind == "L") or value.kind not in ("L", "M"):
        return None
    inner = {}
    for part, member in enumerate(value.content) if value.kind == "L" else value.content.items():
        below = [path[1:] for path in paths if path[0] == part]
        found = _kept(member, below) if below else None
        if found is not None:
            inner[part] = found
    if not inner:
        return None
    return Val("L", list(inner.values())) if value.kind == "L" else Val("M", inner)


# --- updating ------------------------------------------------------------------------------------


def updated(tree: dict[str, list[Any]], doc: Doc) -> Doc:
    """The item after an update. Operands see the item, and indexes mean the lists, as they were."""
    writes: list[tuple[Path, Val | None]] = []
    for path, node in tree.get("SET", ()):
        writes.append((path, _right(node, doc)))
    for path, value in tree.get("ADD", ()):
        writes.append((path, _added(at(doc, path), read_value(value))))
    for path, value in tree.get("DELETE", ()):
        writes.append((path, _deleted(at(doc, path), read_value(value))))
    writes += [(path, None) for path in tree.get("REMOVE", ())]
    for path, _ in writes:
        parent = at(doc, path[:-1])
        if parent is None or parent.kind != ("L" if isinstance(path[-1], int) else "M"):
            raise Refused("ValidationException")
    return _rewritten(Val("M", doc), writes).content  # type: ignore[no-any-return]


def _rewritten(value: Val, writes: list[tuple[Path, Val | None]]) -> Val:
    """A container with some of its parts, or parts of those, replaced; None takes away."""
    old = dict(enumerate(value.content)) if value.kind == "L" else value.content
    new = dict(old)
    for part in {path[0] for path, _ in writes}:
        below = [(path[1:], what) for path, what in writes if path[0] == part]
        if below[0][0] == ():
            new[part] = below[0][1]
        else:
            new[part] = _rewritten(old[part], below)
    left = {part: new[part] for part in (sorted(new) if value.kind == "L" else new)}
    kept = {part: what for part, what in left.items() if what is not None}
    return Val("L", list(kept.values())) if value.kind == "L" else Val("M", kept)


def _right(node: Any, doc: Doc) -> Val:
    kind = node[0]
    if kind == "default":
        found = at(doc, node[1])
        return _there(operand(doc, node[2])) if found is None else found
    if kind in ("+", "-"):
        one, two = (_typed(operand(doc, each), "N") for each in node[1:])
        return Val("N", calculated(one, two, kind))
    if kind == "append":
        one, two = (_typed(operand(doc, each), "L") for each in node[1:])
        return Val("L", [*one, *two])
    return _there(operand(doc, node))


def _there(value: Val | None) -> Val:
    if value is None:
        raise Refused("ValidationException")
    return value


def _typed(value: Val | None, kind: str) -> Any:
    if value is None or value.kind != kind:
        raise Refused("ValidationException")
    return value.content


def _added(old: Val | None, value: Val) -> Val:
    if old is None:
        return value
    content = _typed(old, value.kind)
    if value.kind == "N":
        return Val("N", calculated(content, value.content, "+"))
    if value.kind == "L":  # to a list only the older form can add
        return Val("L", content + value.content)
    return Val(value.kind, content | value.content)


def _deleted(old: Val | None, value: Val) -> Val | None:
    if old is None:
        return None
    rest = _typed(old, value.kind) - value.content
    return Val(value.kind, rest) if rest else None
