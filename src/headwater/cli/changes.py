"""One change as a person sees it: pure, from a record to lines for the terminal.

    05:06:07.891  MODIFY  OrderId=o-1  [0000000000000003...]
                  ~ Status  PLACED → PAID
                  + Paid    2026-03-04

Only what differs between the images is told, to any depth of maps. A view type that shows one
image has no differences: that image is told whole.
"""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from rich.text import Text

from headwater.moments import iso
from headwater.storage.sequence import from_wire, ms_of

_STYLES = {"INSERT": "green", "MODIFY": "yellow", "REMOVE": "red"}
_MARKS = {"+": "green", "-": "red", "~": "yellow", " ": ""}
_INDENT = " " * 14
VALUE_CHARS_MAX = 120
_MISSING = object()


class Difference(NamedTuple):
    """mark: + came, - went, ~ changed, or a blank where only one image is shown."""

    mark: str
    path: str
    old: str
    new: str


def plain(value: dict[str, Any]) -> str:
    """A DynamoDB value, short.

    >>> plain({"S": "x y"}), plain({"N": "1.5"}), plain({"L": [{"BOOL": True}, {"NULL": True}]})
    ('x y', '1.5', '[true, null]')
    """
    ((kind, inner),) = value.items()
    if kind in ("S", "N"):
        return str(inner)
    text = json.dumps(_loose(value), ensure_ascii=False)
    return text[1:-1] if kind == "B" else text


def _loose(value: dict[str, Any]) -> Any:
    """A DynamoDB value as JSON would have it; numbers keep their digits."""
    ((kind, inner),) = value.items()
    if kind == "M":
        return {name: _loose(one) for name, one in inner.items()}
    if kind == "L":
        return [_loose(one) for one in inner]
    if kind == "NULL":
        return None
    return inner


def differences(old: dict[str, Any] | None, new: dict[str, Any] | None) -> list[Difference]:
    """What differs between two items; None is an image that is not there.

    >>> differences({"a": {"N": "1"}, "b": {"S": "x"}}, {"a": {"N": "2"}, "b": {"S": "x"}})
    [Difference(mark='~', path='a', old='1', new='2')]
    """
    return list(_compare("", old or {}, new or {}))


def _compare(prefix: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[Difference]:
    for name in sorted(old.keys() | new.keys()):
        path = prefix + name
        before, after = old.get(name, _MISSING), new.get(name, _MISSING)
        if before == after:
            continue
        if before is _MISSING:
            yield Difference("+", path, "", plain(new[name]))
        elif after is _MISSING:
            yield Difference("-", path, plain(old[name]), "")
        elif "M" in old[name] and "M" in new[name]:
            yield from _compare(path + ".", old[name]["M"], new[name]["M"])
        else:
            yield Difference("~", path, plain(old[name]), plain(new[name]))


def told(record: dict[str, Any]) -> list[Difference]:
    """What a record can tell: differences, or the one image its view type shows."""
    change = record["dynamodb"]
    keys = change["Keys"]
    old, new = change.get("OldImage"), change.get("NewImage")
    if record["eventName"] == "MODIFY" and (old is None or new is None):
        image = old if new is None else new
        return [
            Difference(" ", name, "", plain(value))
            for name, value in sorted((image or {}).items())
            if name not in keys
        ]
    # The keys stand in the line above.
    return [one for one in differences(old, new) if one.path not in keys]


def heading(record: dict[str, Any], with_date: bool = False) -> Text:
    """When, what, of which item."""
    change = record["dynamodb"]
    made = iso(ms_of(from_wire(change["SequenceNumber"]) or 0)).rstrip("Z")
    line = Text().append(made.replace("T", " ") if with_date else made[11:], "dim")
    name = record["eventName"]
    line.append(f"  {name}  ", f"bold {_STYLES[name]}")
    line.append(" ".join(f"{key}={plain(value)}" for key, value in change["Keys"].items()), "bold")
    if "userIdentity" in record:
        line.append("  time to live", "magenta")
    return line


def lines(record: dict[str, Any]) -> Iterator[Text]:
    """The change, line by line."""
    line = heading(record)
    line.append(f"  {record['eventID']}", "dim")
    yield line
    found = told(record)
    width = max((len(one.path) for one in found), default=0)
    for one in found:
        line = Text(_INDENT)
        style = _MARKS[one.mark]
        line.append(f"{one.mark} ", style)
        line.append(f"{one.path:<{width}}  ")
        if one.old:
            line.append(_short(one.old), "dim" if one.new else style)
        if one.old and one.new:
            line.append(" → ", "dim")
        line.append(_short(one.new), style)
        yield line


def _short(text: str) -> str:
    return text if len(text) <= VALUE_CHARS_MAX else text[: VALUE_CHARS_MAX - 1] + "…"
