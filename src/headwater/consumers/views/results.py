"""What a view computes, from the rows it keeps: the values of each aggregate, by group.

A window is the sum of its panes. Where a value cannot be told from sums (how many different ones,
the most frequent), the panes' frequencies are gone through together. Values are DynamoDB's, so
nothing is rounded but a mean and a quantile.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from heapq import nsmallest
from typing import Any, Final, NamedTuple

from headwater.consumers.views.arithmetic import mean, text_of
from headwater.consumers.views.definition import (
    AVG,
    COUNT,
    DISTINCT,
    MAX,
    MIN,
    QUANTILE,
    SUM,
    Aggregate,
    Definition,
)
from headwater.consumers.views.encoding import plain
from headwater.consumers.views.rows import Row, empty_row
from headwater.consumers.views.store import Frequency, Store
from headwater.errors import OperatorError
from headwater.storage.engine import Transaction
from headwater.values.size import Value

ROWS_READ_MAX: Final = 100_000

Found = Value | list[Frequency] | None


class Group(NamedTuple):
    """One group: its bytes, its row, and the value of each aggregate by name."""

    data: bytes
    row: Row
    values: dict[str, Found]


@dataclass(slots=True)
class Results:
    """Computes from `store` what `definition` asks for. paths: the lens's."""

    definition: Definition
    store: Store
    paths: tuple[str, ...]

    def groups(
        self, tx: Transaction, panes: Sequence[int], after: bytes = b"", limit: int | None = None
    ) -> list[Group]:
        """The groups of a run of panes, in the order of their bytes, behind `after`.

        limit  None: all. Raises OperatorError if there are too many to be looked at.
        """
        bound = ROWS_READ_MAX if limit is None else limit
        rows: dict[bytes, Row] = {}
        for pane in panes:
            found = self.store.rows(tx, pane, after, bound + 1)
            if limit is None and len(found) > bound:
                raise OperatorError(
                    f"view {self.definition.name} has more than {ROWS_READ_MAX} groups, and all "
                    "of them would have to be looked at. Ask for one group, or page through them "
                    'without "order".'
                )
            for data, row in found:
                if data in rows:
                    rows[data].add(row)
                else:
                    rows[data] = row
        names = sorted(rows)[:limit]
        return [self._group(tx, panes, data, rows[data]) for data in names]

    def group(self, tx: Transaction, panes: Sequence[int], data: bytes) -> Group | None:
        """One group, by its bytes."""
        whole: Row | None = None
        for pane in panes:
            row = self.store.row(tx, pane, data)
            if row is not None and whole is not None:
                whole.add(row)
            elif row is not None:
                whole = row
        return None if whole is None else self._group(tx, panes, data, whole)

    def nothing(self) -> Group:
        """What is true of no items at all: a view without groups shows it."""
        row = empty_row((), len(self.paths))
        return Group(b"", row, {one.name: _of_nothing(one) for one in self.definition.aggregates})

    def of_row(self, tx: Transaction, panes: Sequence[int], data: bytes, row: Row) -> Group:
        """A group whose row is at hand."""
        return self._group(tx, panes, data, row)

    def _group(self, tx: Transaction, panes: Sequence[int], data: bytes, row: Row) -> Group:
        values = {
            one.name: self._value(tx, panes, data, row, one) for one in self.definition.aggregates
        }
        return Group(data, row, values)

    def _value(
        self, tx: Transaction, panes: Sequence[int], data: bytes, row: Row, aggregate: Aggregate
    ) -> Found:
        kind = aggregate.kind
        if kind == COUNT:
            return {"N": str(row.items)}
        number = self.paths.index(aggregate.of)
        cell = row.cells[number]
        if kind == SUM:
            return {"N": text_of(cell.total)}
        if kind == AVG:
            return {"N": mean(cell.total, cell.numbers)} if cell.numbers else None
        if kind in (MIN, MAX):
            if self.definition.windows is None:
                return self.store.extreme(tx, panes[0], number, data, greatest=kind == MAX)
            extreme = cell.least if kind == MIN else cell.most
            return None if extreme is None else extreme[1]
        if kind == QUANTILE:
            if cell.quantiles is None:
                return None
            return {"N": text_of(Decimal(str(cell.quantiles.value(float(aggregate.rank)))))}
        if kind == DISTINCT:
            if self.definition.approximate:
                return {"N": str(cell.sketch.estimate if cell.sketch is not None else 0)}
            if len(panes) == 1:
                return {"N": str(cell.size)}
            return {"N": str(len(self._together(tx, panes, number, data)))}
        if len(panes) == 1:
            return self.store.most_frequent(tx, panes[0], number, data, self.definition.k)
        counted = self._together(tx, panes, number, data)
        best = nsmallest(
            self.definition.k, counted, key=lambda value: (-counted[value].times, value)
        )
        return [counted[value] for value in best]

    def _together(
        self, tx: Transaction, panes: Sequence[int], number: int, data: bytes
    ) -> dict[bytes, Frequency]:
        """How often each value is there in all panes."""
        counted: dict[bytes, Frequency] = {}
        for pane in panes:
            for value, found in self.store.frequencies(tx, pane, number, data):
                known = counted.get(value)
                times = found.times + (0 if known is None else known.times)
                counted[value] = Frequency(found.value, times)
        return counted


def _of_nothing(aggregate: Aggregate) -> Found:
    if aggregate.kind in (COUNT, SUM, DISTINCT):
        return {"N": "0"}
    return None if aggregate.kind in (AVG, MIN, MAX, QUANTILE) else []


def shown(definition: Definition, group: Group) -> dict[str, Any]:
    """A group as JSON."""
    values: dict[str, Any] = {}
    for name, found in group.values.items():
        if isinstance(found, list):
            values[name] = [{"value": plain(one.value), "count": one.times} for one in found]
        else:
            values[name] = plain(found)
    told = {path: plain(value) for path, value in zip(definition.by, group.row.shown, strict=False)}
    return {"group": told, "items": group.row.items, "values": values}
