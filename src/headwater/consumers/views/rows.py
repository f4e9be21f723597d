"""What is known of one group in one pane of time, and what a few changes add to it.

Rows are added to each other: what the changes of a step come to, a delta, is added to what is
stored, and the panes of a window are added up to show it. A delta may be negative, since an item
that is changed or removed takes back what it gave. This file knows sums; it does not know where
rows lie, and of values' frequencies it only carries the changes. What came and went is first put
together by group and worked out by columns afterwards: half the work of one after another.
"""

from collections import Counter
from collections.abc import Sequence
from operator import itemgetter
from typing import Any, NamedTuple

import orjson

from headwater.consumers.views.arithmetic import (
    Number,
    negative,
    number_of,
    sum_of,
    text_of,
    total,
)
from headwater.consumers.views.definition import (
    AVG,
    DISTINCT,
    MAX,
    MIN,
    QUANTILE,
    SUM,
    TOP,
    Definition,
)
from headwater.consumers.views.encoding import NOTHING, ORDERED_END, encode_value
from headwater.consumers.views.lens import Inputs, Seen
from headwater.consumers.views.sketches import (
    DistinctSketch,
    QuantileSketch,
    no_quantiles,
    no_sketch,
)
from headwater.values.size import Value

_data = itemgetter(0)  # the bytes of a value, from (bytes, value)


class Need(NamedTuple):
    """What has to be known of the values of one path.

    total      of its numbers
    extremes   least and greatest, where nothing is ever taken back
    tally      how often there is each value
    ranked     and which is there most often
    sketch     about how many different ones there are
    quantiles  about how its numbers are spread
    """

    total: bool
    extremes: bool
    tally: bool
    ranked: bool
    sketch: bool
    quantiles: bool = False


def needs_of(definition: Definition, paths: Sequence[str]) -> tuple[Need, ...]:
    """What each path needs; windows take nothing back, so they can do with less."""
    found = []
    forgets = definition.windows is None
    for path in paths:
        kinds = {one.kind for one in definition.aggregates if one.of == path}
        is_extreme = bool(kinds & {MIN, MAX})
        is_sketched = definition.approximate and DISTINCT in kinds
        found.append(
            Need(
                total=bool(kinds & {SUM, AVG}),
                extremes=is_extreme and not forgets,
                tally=(is_extreme and forgets)
                or TOP in kinds
                or (DISTINCT in kinds and not is_sketched),
                ranked=TOP in kinds,
                sketch=is_sketched,
                quantiles=QUANTILE in kinds,
            )
        )
    return tuple(found)


class Tally:
    """How many more times a value is there. value: as it is stored."""

    __slots__ = ("count", "value")

    def __init__(self, value: Value) -> None:
        self.value = value
        self.count = 0


class Cell:
    """What a row knows of one path.

    numbers, total  how many values are numbers, and their sum
    size            how many different values there are
    least, most     of those that have an order: (bytes, value)
    sketch          of all values, quantiles of its numbers; None: it has seen nothing
    tallies         in a delta only: by the bytes of a value
    """

    __slots__ = ("least", "most", "numbers", "quantiles", "size", "sketch", "tallies", "total")

    def __init__(self) -> None:
        self.numbers = 0
        self.total: Number = 0
        self.size = 0
        self.least: tuple[bytes, Value] | None = None
        self.most: tuple[bytes, Value] | None = None
        self.sketch: DistinctSketch | None = None
        self.quantiles: QuantileSketch | None = None
        self.tallies: dict[bytes, Tally] = {}

    def take(self, values: Sequence[Value], sign: int, need: Need) -> None:
        """Count each of the values once more, or once less."""
        if need.total or need.quantiles:
            texts = [value["N"] for value in values if "N" in value]
            self._take_numbers(texts, sign, need)
        if not (need.tally or need.extremes or need.sketch):
            return
        named = [(data, value) for value in values if (data := encode_value(value)) != NOTHING]
        if need.tally:
            self._tally(named, sign)
        if need.sketch and named:
            if self.sketch is None:
                self.sketch = no_sketch()
            self.sketch.take(data for data, _ in named)
        if need.extremes and (ordered := [one for one in named if one[0] < ORDERED_END]):
            self.widen(min(ordered, key=_data), max(ordered, key=_data))

    def _take_numbers(self, texts: Sequence[str], sign: int, need: Need) -> None:
        if need.total:
            found = sum_of(texts)
            self.numbers += sign * len(texts)
            self.total = total(self.total, found if sign > 0 else negative(found))
        if need.quantiles and texts:
            if self.quantiles is None:
                self.quantiles = no_quantiles()
            self.quantiles.take(map(float, texts))

    def _tally(self, named: Sequence[tuple[bytes, Value]], sign: int) -> None:
        values, tallies = dict(named), self.tallies
        for data, times in Counter(map(_data, named)).items():
            tally = tallies.get(data)
            if tally is None:
                tally = tallies[data] = Tally(values[data])
            tally.count += sign * times

    def widen(self, least: tuple[bytes, Value] | None, most: tuple[bytes, Value] | None) -> None:
        """Let the extremes reach at least so far."""
        if least is not None and (self.least is None or least[0] < self.least[0]):
            self.least = least
        if most is not None and (self.most is None or most[0] > self.most[0]):
            self.most = most

    def add(self, other: "Cell") -> None:
        """Everything but frequencies, which lie elsewhere."""
        self.numbers += other.numbers
        self.total = total(self.total, other.total)
        self.widen(other.least, other.most)
        if other.sketch is not None:
            if self.sketch is None:
                self.sketch = no_sketch()
            self.sketch.add(other.sketch)
        if other.quantiles is not None:
            if self.quantiles is None:
                self.quantiles = no_quantiles()
            self.quantiles.add(other.quantiles)

    @property
    def is_empty(self) -> bool:
        is_known = self.numbers or self.total or self.least or self.size
        is_sketched = self.sketch is not None or self.quantiles is not None
        return not (is_known or is_sketched) and all(
            not tally.count for tally in self.tallies.values()
        )

    def encode(self) -> list[Any]:
        fields = [
            self.numbers,
            text_of(self.total),
            self.size,
            None if self.least is None else self.least[1],
            None if self.most is None else self.most[1],
            None if self.sketch is None else self.sketch.encode(),
        ]
        return fields if self.quantiles is None else [*fields, self.quantiles.encode()]

    @staticmethod
    def decode(fields: list[Any]) -> "Cell":
        cell = Cell()
        cell.numbers, text, cell.size, least, most, sketch, *quantiles = fields
        cell.total = number_of(text)
        cell.least = None if least is None else (encode_value(least), least)
        cell.most = None if most is None else (encode_value(most), most)
        cell.sketch = None if sketch is None else DistinctSketch.decode(sketch)
        cell.quantiles = QuantileSketch.decode(quantiles[0]) if quantiles else None
        return cell


class Row:
    """One group. shown: its values; items: how many items or changes there are in it."""

    __slots__ = ("cells", "items", "shown")

    def __init__(self, shown: Sequence[Value | None], cells: list[Cell], items: int = 0) -> None:
        self.shown = shown
        self.cells = cells
        self.items = items

    def take(self, inputs: Sequence[Inputs], sign: int, needs: Sequence[Need]) -> None:
        """Count items once more, or once less."""
        self.items += sign * len(inputs)
        for cell, column, need in zip(self.cells, zip(*inputs, strict=True), needs, strict=False):
            cell.take([value for value in column if value is not None], sign, need)

    def add(self, other: "Row") -> None:
        """Everything but frequencies."""
        self.items += other.items
        for cell, more in zip(self.cells, other.cells, strict=True):
            cell.add(more)

    @property
    def is_empty(self) -> bool:
        """Whether adding it would change nothing."""
        return not self.items and all(cell.is_empty for cell in self.cells)

    def encode(self) -> bytes:
        return orjson.dumps([self.shown, self.items, [cell.encode() for cell in self.cells]])

    @staticmethod
    def decode(data: bytes) -> "Row":
        shown, items, cells = orjson.loads(data)
        return Row(shown, [Cell.decode(fields) for fields in cells], items)


def empty_row(shown: Sequence[Value | None], paths: int) -> Row:
    return Row(shown, [Cell() for _ in range(paths)])


class _Moved:
    """Inputs of the items that came to a group and of those that left it."""

    __slots__ = ("came", "left", "shown")

    def __init__(self, shown: Sequence[Value | None]) -> None:
        self.shown = shown
        self.came: list[Inputs] = []
        self.left: list[Inputs] = []


class Delta:
    """What some changes come to, by pane and group."""

    __slots__ = ("_moved", "_needs")

    def __init__(self, needs: Sequence[Need]) -> None:
        self._needs = needs
        self._moved: dict[tuple[int, bytes], _Moved] = {}

    def come(self, pane: int, seen: Seen) -> None:
        """An item came to be there."""
        group, shown, inputs = seen
        moved = self._moved.get((pane, group))
        if moved is None:
            moved = self._moved[pane, group] = _Moved(shown)
        moved.came.append(inputs)

    def leave(self, pane: int, seen: Seen) -> None:
        """An item is no longer there."""
        group, shown, inputs = seen
        moved = self._moved.get((pane, group))
        if moved is None:
            moved = self._moved[pane, group] = _Moved(shown)
        moved.left.append(inputs)

    def rows(self) -> dict[tuple[int, bytes], Row]:
        """All of it, worked out."""
        found = {}
        for place, moved in self._moved.items():
            row = found[place] = empty_row(moved.shown, len(self._needs))
            row.take(moved.came, 1, self._needs)
            row.take(moved.left, -1, self._needs)
        return found
