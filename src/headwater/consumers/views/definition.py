"""What a view is asked to compute: read from a request or a settings file, checked, stored.

    table      the table whose changes keep it up to date
    count      true: how many; what a view computes if it is asked for nothing else
    sum avg min max distinct   paths of attributes, one or a list
    top        paths whose most frequent values are kept in order; k of them are shown
    quantile   "path:0.5,0.99", one or a list: nearly, by a sketch, in windows
    by         paths by whose values items are put into groups
    filter     a condition, with names and values as DynamoDB's requests have them
    window     how long windows are; none: over all time
    every      from one window to the next, if that is not their length
    keep       how long a window is kept after its end
    time       the path that holds a change's time, if that is not when it was made
    events     which changes count in a window: INSERT, MODIFY, REMOVE
    approximate  true: distinct by a sketch

This file knows texts and their rules. It does not know what is stored where.
"""

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, NamedTuple

from headwater.arns import Scope
from headwater.consumers.views.windows import Windows
from headwater.errors import OperatorError, Validation
from headwater.expressions.parser import Parser
from headwater.expressions.paths import DocumentPath, resolve
from headwater.moments import duration_ms, shown_duration

COUNT, SUM, AVG, MIN, MAX, DISTINCT, TOP = "count", "sum", "avg", "min", "max", "distinct", "top"
QUANTILE: Final = "quantile"
KINDS: Final = (SUM, AVG, MIN, MAX, DISTINCT, TOP)  # those of a path
EVENTS: Final = ("INSERT", "MODIFY", "REMOVE")
WRITES: Final = ("INSERT", "MODIFY")

TOP_K: Final = 10
TOP_K_MAX: Final = 100
PATHS_MAX: Final = 16
PANES_MAX: Final = 360  # of one window
KEPT_PANES_MAX: Final = 20_000
EVERY_MS_MIN: Final = 1000

_NAME = re.compile(r"[A-Za-z0-9_.-]{1,128}")
_RANK = re.compile(r"0?\.[0-9]{1,6}")
_OTHERS: Final = ("table", "k", "by", "filter", "names", "values", "window", "every", "keep")
_MEMBERS: Final = frozenset((COUNT, *KINDS, QUANTILE, *_OTHERS, "time", "events", "approximate"))


class Aggregate(NamedTuple):
    """One thing that is computed.

    of    the path as it was written; "" for count
    rank  of a quantile: which part of all values are at or below it
    """

    kind: str
    of: str = ""
    rank: str = ""

    @property
    def asked(self) -> str:
        """What a request has in the member `kind`."""
        return f"{self.of}:{self.rank}" if self.rank else self.of

    @property
    def name(self) -> str:
        """
        >>> Aggregate("sum", "total").name, Aggregate("quantile", "total", "0.99").name
        ('sum(total)', 'quantile(total:0.99)')
        """
        return f"{self.kind}({self.asked})" if self.of else self.kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """A view's definition. paths and filter are known to be good."""

    scope: Scope
    name: str
    table: str
    aggregates: tuple[Aggregate, ...]
    k: int = TOP_K
    by: tuple[str, ...] = ()
    filter: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)
    window_ms: int = 0  # 0: over all time
    every_ms: int = 0
    keep_ms: int = 0
    time: str = ""
    events: tuple[str, ...] = ()
    approximate: bool = False

    @property
    def windows(self) -> Windows | None:
        """None: the view is over all time."""
        if not self.window_ms:
            return None
        return Windows(self.window_ms, self.every_ms, self.keep_ms)

    @property
    def is_sketched(self) -> bool:
        """Whether it needs the library of sketches."""
        return self.approximate or any(one.kind == QUANTILE for one in self.aggregates)

    def shown(self) -> dict[str, Any]:
        """As a request would ask for it."""
        told: dict[str, Any] = {"table": self.table}
        for aggregate in self.aggregates:
            if aggregate.kind == COUNT:
                told[COUNT] = True
            else:
                told.setdefault(aggregate.kind, []).append(aggregate.asked)
        if TOP in told:
            told["k"] = self.k
        if self.by:
            told["by"] = list(self.by)
        for name in ("filter", "names", "values", "time", "approximate"):
            if found := getattr(self, name):
                told[name] = found
        if self.window_ms:
            told["window"] = shown_duration(self.window_ms)
            told["every"] = shown_duration(self.every_ms)
            told["keep"] = shown_duration(self.keep_ms)
            told["events"] = list(self.events)
        return told


def definition_of(scope: Scope, name: Any, given: Mapping[str, Any]) -> Definition:
    """The definition that `given` asks for. Raises OperatorError."""
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise OperatorError(
            f"{name!r} is no name for a view: give 1 to 128 letters, digits, dots, dashes and "
            "underscores."
        )
    for member in given:
        if member not in _MEMBERS:
            near = difflib.get_close_matches(member, _MEMBERS, n=1)
            hint = f"Did you mean {near[0]!r}?" if near else f"There are: {_listed(_MEMBERS)}."
            raise OperatorError(f"view {name} has {member!r}, which is not known. {hint}")
    aggregates = _aggregates(name, given)
    window_ms, every_ms, keep_ms = _windows(name, given)
    definition = Definition(
        scope=scope,
        name=name,
        table=_text(name, given, "table"),
        aggregates=aggregates,
        k=_k(name, given),
        by=_paths(name, given, "by"),
        filter=_text(name, given, "filter", ""),
        names=_mapping(name, given, "names"),
        values=_mapping(name, given, "values"),
        window_ms=window_ms,
        every_ms=every_ms,
        keep_ms=keep_ms,
        time=_text(name, given, "time", ""),
        events=_events(name, given, window_ms),
        approximate=_switch(name, given, "approximate"),
    )
    _check(definition)
    return definition


def parse_path(text: str) -> DocumentPath:
    """A path as in an expression, except that no word is reserved. Raises Validation.

    >>> parse_path("order.lines[0].total")
    ('order', 'lines', 0, 'total')
    """
    parser = Parser(text, "path")
    path = parser.path()
    parser.end()
    if any(isinstance(part, str) and part.startswith("#") for part in path.parts):
        raise Validation("paths of a view take attribute names, not placeholders")
    return resolve(path, {})


def _aggregates(view: str, given: Mapping[str, Any]) -> tuple[Aggregate, ...]:
    found = [Aggregate(COUNT)] if _switch(view, given, COUNT) else []
    for kind in KINDS:
        found += [Aggregate(kind, path) for path in _paths(view, given, kind)]
    for asked in _paths(view, given, QUANTILE):
        found += _quantiles(view, asked)
    if len({aggregate.of for aggregate in found}) > PATHS_MAX:
        raise OperatorError(
            f"view {view} aggregates more than {PATHS_MAX} paths. Make several views of it."
        )
    return tuple(dict.fromkeys(found)) or (Aggregate(COUNT),)


def _quantiles(view: str, asked: str) -> list[Aggregate]:
    """Those of one path: total:0.5,0.99"""
    path, _, ranks = asked.rpartition(":")
    found = [rank.strip() for rank in ranks.split(",")]
    if not path or not all(_RANK.fullmatch(rank) and Decimal(rank) for rank in found):
        raise OperatorError(
            f'view {view}: "quantile" is {asked!r}: give a path and numbers between 0 and 1, '
            "such as total:0.5,0.99."
        )
    return [Aggregate(QUANTILE, path, f"{Decimal(rank).normalize():f}") for rank in found]


def _windows(view: str, given: Mapping[str, Any]) -> tuple[int, int, int]:
    size_ms = _duration(view, given, "window")
    if not size_ms:
        for member in ("every", "keep", "time", "events"):
            if given.get(member):
                raise OperatorError(
                    f'view {view} has "{member}" but no window: it is about the items there are. '
                    f'Give "window", or leave "{member}" out.'
                )
        return 0, 0, 0
    every_ms = _duration(view, given, "every") or size_ms
    if every_ms < EVERY_MS_MIN or size_ms % every_ms or size_ms // every_ms > PANES_MAX:
        raise OperatorError(
            f"view {view} has windows of {shown_duration(size_ms)} every "
            f"{shown_duration(every_ms)}: a window is at least 1s and a multiple of 1 to "
            f"{PANES_MAX} times what lies between windows."
        )
    keep_ms = _duration(view, given, "keep") or max(size_ms, 60 * every_ms)
    if keep_ms > KEPT_PANES_MAX * every_ms:
        raise OperatorError(
            f"view {view} keeps windows for {shown_duration(keep_ms)}, which is more than "
            f"{KEPT_PANES_MAX} of them. Keep fewer, or make them longer."
        )
    return size_ms, every_ms, keep_ms


def _check(definition: Definition) -> None:
    """What several members say together."""
    view = definition.name
    if definition.approximate and not definition.windows:
        raise OperatorError(
            f"view {view} is approximate and over all time: a sketch cannot forget an item that "
            'is removed. Give "window", or leave "approximate" out: exact views forget.'
        )
    if not definition.windows and any(one.kind == QUANTILE for one in definition.aggregates):
        raise OperatorError(
            f"view {view} has quantiles and is over all time: a sketch cannot forget an item that "
            'is removed. Give "window".'
        )
    paths = [*definition.by, *(one.of for one in definition.aggregates if one.of)]
    for text in [*paths, *([definition.time] if definition.time else [])]:
        try:
            parse_path(text)
        except Validation as trouble:
            raise OperatorError(
                f"view {view}: {text!r} is no path of an attribute ({trouble.message}). Write "
                "one as in an expression: total, order.lines[0].price."
            ) from None


def _k(view: str, given: Mapping[str, Any]) -> int:
    k = given.get("k", TOP_K)
    if not isinstance(k, int) or isinstance(k, bool) or not 1 <= k <= TOP_K_MAX:
        raise OperatorError(f'view {view}: "k" is {k!r}: give a number from 1 to {TOP_K_MAX}.')
    return k


def _events(view: str, given: Mapping[str, Any], window_ms: int) -> tuple[str, ...]:
    if not window_ms:
        return ()
    found = given.get("events") or WRITES
    words = [found] if isinstance(found, str) else list(found)
    for word in words:
        if word not in EVENTS:
            raise OperatorError(
                f'view {view}: "events" has {word!r}: give some of {", ".join(EVENTS)}.'
            )
    return tuple(event for event in EVENTS if event in words)


def _paths(view: str, given: Mapping[str, Any], member: str) -> tuple[str, ...]:
    found = given.get(member) or ()
    texts = [found] if isinstance(found, str) else found
    if not isinstance(texts, list | tuple) or not all(
        isinstance(text, str) and text for text in texts
    ):
        raise OperatorError(
            f'view {view}: "{member}" is {found!r}: give the path of an attribute, or a list.'
        )
    return tuple(dict.fromkeys(texts))


def _text(view: str, given: Mapping[str, Any], member: str, default: str | None = None) -> str:
    found = given.get(member, default)
    if not isinstance(found, str) or (not found and default is None):
        raise OperatorError(f'view {view}: "{member}" is {found!r}: give a text.')
    return found


def _switch(view: str, given: Mapping[str, Any], member: str) -> bool:
    found = given.get(member, False)
    if not isinstance(found, bool):
        raise OperatorError(f'view {view}: "{member}" is {found!r}: give true or false.')
    return found


def _mapping(view: str, given: Mapping[str, Any], member: str) -> Mapping[str, Any]:
    found = given.get(member) or {}
    if not isinstance(found, Mapping):
        raise OperatorError(
            f'view {view}: "{member}" is {found!r}: give an object, as in a DynamoDB request.'
        )
    return dict(found)


def _duration(view: str, given: Mapping[str, Any], member: str) -> int:
    found = given.get(member)
    if found is None or found == "":
        return 0
    length_ms = duration_ms(found) if isinstance(found, str) else None
    if not length_ms:
        raise OperatorError(
            f'view {view}: "{member}" is {found!r}: give a duration such as 30s, 1m or 24h.'
        )
    return length_ms


def _listed(words: frozenset[str]) -> str:
    return ", ".join(sorted(words))
