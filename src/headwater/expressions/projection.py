"""Projections: which parts of an item an answer shows.

Nested paths keep their shape; the elements picked out of a list stand close together, in the order
of the list. What an item does not have is left out without a word.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from headwater.expressions.nodes import Path
from headwater.expressions.parser import Parser
from headwater.expressions.paths import DocumentPath, check_apart, resolve, top_names
from headwater.expressions.placeholders import Placeholders
from headwater.values.size import Item, Value

WHAT = "ProjectionExpression"


class Projection:
    """The paths of an answer. attributes: names of the top-level attributes it reads."""

    __slots__ = ("_names", "_tree", "attributes")

    def __init__(self, paths: Sequence[DocumentPath]) -> None:
        self.attributes = top_names(paths)
        self._names = [str(path[0]) for path in paths] if _are_flat(paths) else None
        self._tree = _tree(paths)

    def project(self, item: Item) -> Item:
        """The parts of the item that the paths lead to; a new item that shares them."""
        if self._names is not None:
            return {name: item[name] for name in self._names if name in item}
        return _pick_members(item, self._tree)


class _Plan(NamedTuple):
    paths: tuple[Path, ...]
    names: tuple[str, ...]


def parse_projection(text: str, placeholders: Placeholders) -> Projection:
    """A ProjectionExpression, bound to a request's placeholders.

    Raises Validation (Prefixable for the families that carry PutItem's prefix).
    """
    plan = _plan(text)
    placeholders.use(plan.names, (), WHAT)
    paths = [resolve(path, placeholders.names) for path in plan.paths]
    check_apart(paths, WHAT)
    return Projection(paths)


@lru_cache(maxsize=1024)
def _plan(text: str) -> _Plan:
    parser = Parser(text, WHAT)
    paths = [parser.path()]
    while parser.tokens.at(","):
        parser.tokens.next()
        paths.append(parser.path())
    parser.end()
    parser.check_paths()
    return _Plan(tuple(paths), tuple(dict.fromkeys(parser.names)))


def _are_flat(paths: Sequence[DocumentPath]) -> bool:
    return all(len(path) == 1 for path in paths)


def _tree(paths: Sequence[DocumentPath]) -> dict[Any, Any]:
    """Paths as nested dicts; an empty dict is the end of a path: all from there on."""
    root: dict[Any, Any] = {}
    for path in paths:
        node = root
        for part in path:
            node = node.setdefault(part, {})
    return root


def _pick_members(members: Item, tree: dict[Any, Any]) -> Item:
    picked = {}
    for name, inner in tree.items():
        value = members.get(name)
        if value is not None:
            part = _pick(value, inner)
            if part is not None:
                picked[name] = part
    return picked


def _pick(value: Value, tree: dict[Any, Any]) -> Value | None:
    """The parts of a value below a node of the tree; None if it has none of them."""
    if not tree:
        return value
    by_index = type(next(iter(tree))) is int
    if by_index and "L" in value:
        elements = value["L"]
        wanted = (index for index in sorted(tree) if index < len(elements))
        parts = [_pick(elements[index], tree[index]) for index in wanted]
        found = [part for part in parts if part is not None]
        return {"L": found} if found else None
    if not by_index and "M" in value:
        members = _pick_members(value["M"], tree)
        return {"M": members} if members else None
    return None
