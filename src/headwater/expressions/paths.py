"""Document paths: from the text's parts to attribute names, from an item to the value at a path.

A resolved path is a tuple of attribute names (str) and list indexes (int); its first part is the
name of a top-level attribute.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

from headwater.errors import Validation
from headwater.expressions.faults import invalid
from headwater.expressions.nodes import Path
from headwater.values.size import Item, Value

DocumentPath: TypeAlias = tuple[str | int, ...]
Getter: TypeAlias = Callable[[Item], Value | None]


def resolve(path: Path, names: Mapping[str, str]) -> DocumentPath:
    """The path with its "#" placeholders replaced; they are known to be defined."""
    parts = path.parts
    if len(parts) == 1:
        name = parts[0]
        return (names[name],) if type(name) is str and name[0] == "#" else parts
    return tuple(names[part] if type(part) is str and part[0] == "#" else part for part in parts)


def shown(path: DocumentPath) -> str:
    """As AWS's texts print a path.

    >>> shown(("a", "b", 0))
    '[a, b, [0]]'
    """
    return "[" + ", ".join(f"[{part}]" if type(part) is int else str(part) for part in path) + "]"


def getter(path: DocumentPath) -> Getter:
    """A function from an item to the value at the path, None if there is none."""
    first = path[0]
    assert isinstance(first, str)
    if len(path) == 1:
        return lambda item: item.get(first)
    rest = path[1:]

    def get(item: Item) -> Value | None:
        value = item.get(first)
        for part in rest:
            if value is None:
                return None
            value = step(value, part)
        return value

    return get


def step(value: Value, part: str | int) -> Value | None:
    """The member of a map or the element of a list; None if value has none such."""
    inner: Value | None
    if type(part) is str:
        members: Item | None = value.get("M")
        return None if members is None else members.get(part)
    assert type(part) is int
    elements: list[Value] | None = value.get("L")
    inner = elements[part] if elements is not None and part < len(elements) else None
    return inner


def top_names(paths: Iterable[DocumentPath]) -> frozenset[str]:
    """Names of the top-level attributes that the paths begin with."""
    return frozenset(str(path[0]) for path in paths)


def check_apart(paths: list[DocumentPath], what: str) -> None:
    """Raise if two paths overlap (one leads through or to the other) or conflict (a.b and a[0]).

    paths   in the order of the text; the earlier of two is told as path one
    """
    if all(len(path) == 1 for path in paths) and len(set(paths)) == len(paths):
        return
    fault = _clash(paths, what, overlap=True) or _clash(paths, what, overlap=False)
    if fault is not None:
        raise fault


def _clash(paths: list[DocumentPath], what: str, *, overlap: bool) -> Validation | None:
    root: dict[Any, Any] = {}
    for path in paths:
        node = root
        for part in path:
            if overlap and None in node:
                return _two("overlap with each other", node[None], path, what)
            if not overlap and part not in node:
                others = [key for key in node if key is not None and type(key) is not type(part)]
                if others:
                    return _two("conflict with each other", _first(node[others[0]]), path, what)
            node = node.setdefault(part, {})
        if overlap and node:
            return _two("overlap with each other", _first(node), path, what)
        node[None] = path
    return None


def _first(node: dict[Any, Any]) -> DocumentPath:
    """The path that came first among those that lead through a node."""
    while None not in node:
        node = next(iter(node.values()))
    path: DocumentPath = node[None]
    return path


def _two(how: str, one: DocumentPath, two: DocumentPath, what: str) -> Validation:
    return invalid(
        what,
        f"Two document paths {how}; must remove or rewrite one of these paths;"
        f" path one: {shown(one)}, path two: {shown(two)}",
    )
