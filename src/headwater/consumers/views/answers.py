"""What is asked of a view, and the answer as JSON.

    over all time   {"groups": [...], "after": "..."}
    in windows      {"windows": [{"start": ..., "end": ..., "open": true, "groups": [...]}, ...]}

A group is {"group": {"country": "CH"}, "items": 7, "values": {"sum(total)": 12.5, ...}}.
"""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import orjson

from headwater.consumers.views.definition import Definition
from headwater.consumers.views.encoding import encode_value
from headwater.consumers.views.results import Found, Group, Results, shown
from headwater.consumers.views.windows import ALL_TIME, Windows
from headwater.errors import AwsError, OperatorError
from headwater.moments import iso
from headwater.storage.engine import Transaction
from headwater.values.number import canonical_number
from headwater.values.size import Value

LIMIT: Final = 100
LIMIT_MAX: Final = 1000
WINDOWS: Final = 2  # the open one and the last that is closed
_NO_ORDER: Final = Decimal("-Infinity")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """group: as it was written, None for all; order: an aggregate's name, "" for the groups'."""

    group: str | None = None
    limit: int = LIMIT
    after: bytes = b""
    order: str = ""
    greatest_first: bool = False
    windows: int = WINDOWS

    @staticmethod
    def of(query: Mapping[str, str]) -> "Question":
        """Raises OperatorError."""
        order = query.get("order", "")
        return Question(
            group=query.get("group"),
            limit=_number(query, "limit", LIMIT, LIMIT_MAX),
            after=_after(query.get("after", "")),
            order=order.removeprefix("-"),
            greatest_first=order.startswith("-"),
            windows=_number(query, "windows", WINDOWS, LIMIT_MAX),
        )


def answer(tx: Transaction, results: Results, question: Question, now_ms: int) -> dict[str, Any]:
    """Raises OperatorError."""
    definition = results.definition
    names = [one.name for one in definition.aggregates]
    if question.order and question.order not in names:
        raise OperatorError(
            f"view {definition.name} has no {question.order!r} to order by. It has: "
            f"{', '.join(names)}."
        )
    windows = definition.windows
    if windows is None:
        groups, after = _page(tx, results, question, (ALL_TIME,))
        told: dict[str, Any] = {"groups": [shown(definition, group) for group in groups]}
        if after:
            told["after"] = base64.urlsafe_b64encode(after).decode()
        return told
    ends = windows.ends(now_ms, question.windows)
    return {"windows": [_window(tx, results, question, windows, end, now_ms) for end in ends]}


def _window(
    tx: Transaction,
    results: Results,
    question: Question,
    windows: Windows,
    end_ms: int,
    now_ms: int,
) -> dict[str, Any]:
    groups, after = _page(tx, results, question, windows.panes(end_ms))
    start_ms = end_ms - windows.size_ms
    told: dict[str, Any] = {
        "start": iso(max(0, start_ms)),
        "end": iso(end_ms),
        "end_ms": end_ms,
        "open": end_ms > now_ms,
        "groups": [shown(results.definition, group) for group in groups],
    }
    if after:
        told["after"] = base64.urlsafe_b64encode(after).decode()
    return told


def _page(
    tx: Transaction, results: Results, question: Question, panes: Sequence[int]
) -> tuple[list[Group], bytes]:
    """Groups, and what to go on after; b"" at the end."""
    definition = results.definition
    if question.group is not None:
        found = [
            group
            for data in groups_named(definition, question.group)
            if (group := results.group(tx, panes, data)) is not None
        ]
        return found, b""
    if not definition.by:
        return [results.group(tx, panes, b"") or results.nothing()], b""
    if question.order:
        every = results.groups(tx, panes)
        every.sort(
            key=lambda group: weight(group.values[question.order]),
            reverse=question.greatest_first,
        )
        return every[: question.limit], b""
    found = results.groups(tx, panes, question.after, question.limit + 1)
    is_cut = len(found) > question.limit
    found = found[: question.limit]
    return found, found[-1].data if is_cut else b""


def weight(found: Found) -> Decimal:
    """What values are ordered by; what is no number comes last."""
    if isinstance(found, dict) and "N" in found:
        return Decimal(found["N"])
    return _NO_ORDER


def groups_named(definition: Definition, text: str) -> list[bytes]:
    """The bytes of each group that `text` may name. Raises OperatorError."""
    if not definition.by:
        raise OperatorError(f'view {definition.name} has no groups. Leave "group" out.')
    try:
        given = orjson.loads(text)
    except orjson.JSONDecodeError:
        given = text
    if len(definition.by) == 1 and not isinstance(given, list):
        # A word is most likely a string, also when it looks like a number.
        values = [encode_value({"S": text}), encode_value(_value(given, text))]
        return list(dict.fromkeys(values))
    if not isinstance(given, list) or len(given) != len(definition.by):
        raise OperatorError(
            f"view {definition.name} has groups of {len(definition.by)} values: give them as a "
            f"JSON list, such as {orjson.dumps(['x'] * len(definition.by)).decode()}."
        )
    return [b"".join([encode_value(_value(one, text)) for one in given])]


def _value(given: Any, text: str) -> Value | None:
    """The DynamoDB value of plain JSON; an object is one already."""
    if given is None or isinstance(given, dict):
        return given
    if isinstance(given, bool):
        return {"BOOL": given}
    if isinstance(given, str):
        return {"S": given}
    try:
        return {"N": canonical_number(str(given))}
    except AwsError:
        raise OperatorError(f'"group" is {text!r}: {given!r} is no value of an item.') from None


def _number(query: Mapping[str, str], name: str, default: int, most: int) -> int:
    text = query.get(name, str(default))
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= most):
        raise OperatorError(f'"{name}" is {text!r}: give a number from 1 to {most}.')
    return int(text)


def _after(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text)
    except (binascii.Error, ValueError):
        raise OperatorError(
            '"after" is what the answer before gave: leave it out to begin.'
        ) from None
