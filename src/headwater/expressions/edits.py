"""Changing a copy of an item at document paths, and the arithmetic of ADD and DELETE.

This file knows items and paths. It does not know where the edits come from: expressions, legacy
parameters and PartiQL all end here.
"""

from typing import Any

from headwater.errors import Validation
from headwater.expressions.comparison import kind_of
from headwater.expressions.faults import INCORRECT_TYPE, INVALID_PATH
from headwater.expressions.paths import DocumentPath, getter, step
from headwater.limits import NESTING_LEVELS_MAX
from headwater.values.attribute import NESTED
from headwater.values.binary import raw_bytes
from headwater.values.number import add, number_of
from headwater.values.size import Item, Value

_SORT_KEYS: dict[str, Any] = {"SS": str, "NS": number_of, "BS": raw_bytes}


class Draft:
    """A copy of an item under change. Paths mean the item as it was; `finish` gives the new one.

    Only containers on edited paths are copied, each once.
    """

    __slots__ = ("_appended", "_copied", "_old", "_removed", "_root")

    def __init__(self, item: Item) -> None:
        self._old = item
        self._root: Value = {"M": dict(item)}
        self._copied: dict[DocumentPath, Value] = {(): self._root}
        self._appended: list[tuple[DocumentPath, Value]] = []
        self._removed: list[DocumentPath] = []

    def old(self, path: DocumentPath) -> Value | None:
        """The value at the path before any change."""
        return getter(path)(self._old)

    def put(self, path: DocumentPath, value: Value) -> None:
        """Set the value at a path; behind the end of a list it will be appended.

        Raises Validation if the path leads through something that is not there, or too deep.
        """
        if len(path) > 1:
            _check_depth(path, value)
        parent = self._open(path[:-1])
        last = path[-1]
        if type(last) is str and "M" in parent:
            parent["M"][last] = value
        elif type(last) is int and "L" in parent:
            if last < len(parent["L"]):
                parent["L"][last] = value
            else:
                self._appended.append((path, value))
        else:
            raise Validation(INVALID_PATH)

    def remove(self, path: DocumentPath) -> None:
        """Remove what is at a path, if anything is; its parent has to be there."""
        parent = self._open(path[:-1])
        if ("M" if type(path[-1]) is str else "L") not in parent:
            raise Validation(INVALID_PATH)
        self._removed.append(path)

    def finish(self) -> Item:
        """The new item: removals from the back, then what was put behind the ends of lists."""
        # Paths of one update never conflict, so parts at one place are comparable.
        for path in sorted(self._removed, reverse=True):
            parent = self._copied[path[:-1]]
            if step(parent, path[-1]) is not None:
                del parent["L" if type(path[-1]) is int else "M"][path[-1]]
        for path, value in sorted(self._appended, key=lambda entry: entry[0]):
            self._copied[path[:-1]]["L"].append(value)
        item: Item = self._root["M"]
        return item

    def _open(self, path: DocumentPath) -> Value:
        """The container at a path, copied into the draft."""
        known = self._copied.get(path)
        if known is not None:
            return known
        parent = self._open(path[:-1])
        inner = step(parent, path[-1])
        if inner is None:
            raise Validation(INVALID_PATH)
        if "M" in inner:
            copy: Value = {"M": dict(inner["M"])}
        elif "L" in inner:
            copy = {"L": list(inner["L"])}
        else:
            raise Validation(INVALID_PATH)
        parent["M" if type(path[-1]) is str else "L"][path[-1]] = copy
        self._copied[path] = copy
        return copy


def added(old: Value | None, value: Value, mismatch: str = INCORRECT_TYPE) -> Value:
    """What ADD leaves: the sum of numbers, the union of sets, lists one behind the other.

    mismatch   the text of the Validation raised if the types differ or are none of these
    """
    if old is None:
        return value
    for kind, content in value.items():
        present = old.get(kind)
        if present is None:
            break
        if kind == "N":
            return {"N": add(present, content)}
        if kind in _SORT_KEYS:
            return {kind: sorted({*present, *content}, key=_SORT_KEYS[kind])}
        if kind == "L":
            return {"L": [*present, *content]}
    raise Validation(mismatch)


def deleted(old: Value | None, value: Value, mismatch: str = INCORRECT_TYPE) -> Value | None:
    """What DELETE leaves: the set without the elements, old itself if it has none of them.

    mismatch   the text of the Validation raised if the types differ

    None if nothing is left, or nothing was.
    """
    if old is None:
        return None
    kind = kind_of(value)
    present = old.get(kind)
    if present is None or kind not in _SORT_KEYS:
        raise Validation(mismatch)
    gone = set(value[kind])
    rest = [element for element in present if element not in gone]
    if len(rest) == len(present):
        return old
    return {kind: rest} if rest else None


def _check_depth(path: DocumentPath, value: Value) -> None:
    """A value of 32 levels fits at the top level only, one level less for each part below."""
    if len(path) - 1 + _levels(value) > NESTING_LEVELS_MAX:
        raise Validation(NESTED)


def _levels(value: Value) -> int:
    inner = value.get("L") or list(value.get("M", {}).values())
    return 1 + max((_levels(element) for element in inner), default=0)
