"""Where a view keeps what it knows: rows by pane and group, and how often each value is there.

A value's frequency lies under the value, in order, so the least and the greatest are the ends of a
range; where the most frequent are asked for, a second entry lies under the frequency. Rows are
remembered in memory, for the one task that changes a view; whoever only reads reads from the disk.
"""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import orjson

from headwater.consumers.views.encoding import NOTHING, ORDERED_END
from headwater.consumers.views.rows import Cell, Delta, Need, Row, Tally, empty_row
from headwater.storage import keyspace, view_keys
from headwater.storage.engine import Transaction
from headwater.values.size import Value

ROWS_CACHED_MAX: Final = 20_000
_COUNT_MAX: Final = (1 << 64) - 1
_FEW: Final = 1000
_ROW, _TALLY, _RANK = b"g", b"v", b"o"


class Frequency(NamedTuple):
    """How many times a value is there."""

    value: Value
    times: int


class Store:
    """What one view keeps. needs: of each path, in the order of a row's cells."""

    def __init__(self, view_id: int, needs: Sequence[Need]) -> None:
        self._view_id = view_id
        self.needs = needs
        self._cache: dict[tuple[int, bytes], Row | None] = {}

    # --- changing --------------------------------------------------------------------------------

    def forget_cache(self) -> None:
        """A transaction may have been discarded: read everything again."""
        self._cache.clear()

    def apply(self, tx: Transaction, delta: Delta) -> list[tuple[int, bytes, Row]]:
        """Add what changes come to; the rows that changed, as they are now. Those of groups that
        have nothing left are gone from the store, and told empty."""
        if len(self._cache) > ROWS_CACHED_MAX:
            self._cache.clear()
        changed = []
        for (pane, group), more in delta.rows().items():
            if more.is_empty:
                continue
            row = self._known(tx, pane, group) or empty_row(more.shown, len(self.needs))
            row.add(more)
            for number, cell in enumerate(more.cells):
                if cell.tallies:
                    self._count(tx, pane, number, group, row.cells[number], cell.tallies)
            key = self._row_key(pane, group)
            if row.items:
                tx.put(key, row.encode())
                self._cache[pane, group] = row
            else:
                assert row.items == 0 and all(cell.is_empty for cell in row.cells), group
                tx.delete(key)
                self._cache[pane, group] = None
            changed.append((pane, group, row))
        return changed

    def _known(self, tx: Transaction, pane: int, group: bytes) -> Row | None:
        place = (pane, group)
        if place in self._cache:
            return self._cache[place]
        return self.row(tx, pane, group)

    def _count(
        self,
        tx: Transaction,
        pane: int,
        number: int,
        group: bytes,
        cell: Cell,
        tallies: dict[bytes, Tally],
    ) -> None:
        """Change how often values are there."""
        is_ranked = self.needs[number].ranked
        stem = self._stem(pane, _TALLY, number) + group
        ranks = self._stem(pane, _RANK, number) + group
        moved = {data: tally for data, tally in tallies.items() if tally.count}
        stored = tx.get_many([stem + data for data in moved])
        for (data, tally), known in zip(moved.items(), stored, strict=True):
            before = 0 if known is None else int.from_bytes(known[:8], "big")
            after = before + tally.count
            assert after >= 0, "a value was taken back that was never given"
            cell.size += (after > 0) - (before > 0)
            value = orjson.dumps(tally.value)
            if after:
                tx.put(stem + data, after.to_bytes(8, "big") + value)
            else:
                tx.delete(stem + data)
            if is_ranked:
                if before:
                    tx.delete(ranks + _rank(before) + data)
                if after:
                    tx.put(ranks + _rank(after) + data, value)

    def drop_before(self, tx: Transaction, pane: int) -> None:
        """Forget every pane before `pane`. The transaction must not have written there."""
        start = view_keys.view_panes_prefix(self._view_id)
        end = view_keys.view_pane_prefix(self._view_id, pane)
        found = tx.range(start, end, limit=_FEW)
        if len(found) == _FEW:
            tx.delete_range(start, end)
        else:
            # A store that has deleted many ranges is slow to look anywhere near them.
            for key, _ in found:
                tx.delete(key)
        self._cache = {place: row for place, row in self._cache.items() if place[0] >= pane}

    def drop(self, tx: Transaction) -> None:
        """Forget everything but alerts. The transaction must not have written any of it."""
        prefix = view_keys.view_panes_prefix(self._view_id)
        tx.delete_range(prefix, keyspace.successor(prefix))
        self._cache.clear()

    # --- reading ---------------------------------------------------------------------------------

    def oldest_pane(self, tx: Transaction) -> int | None:
        """The oldest pane anything is known of."""
        prefix = view_keys.view_panes_prefix(self._view_id)
        for key, _ in tx.range(prefix, keyspace.successor(prefix), limit=1):
            return view_keys.view_pane_of(self._view_id, key)
        return None

    def row(self, tx: Transaction, pane: int, group: bytes) -> Row | None:
        data = tx.get(self._row_key(pane, group))
        return None if data is None else Row.decode(data)

    def rows(
        self, tx: Transaction, pane: int, after: bytes = b"", limit: int | None = None
    ) -> list[tuple[bytes, Row]]:
        """The groups of a pane, in order of their bytes, behind `after`."""
        prefix = self._prefix(pane, _ROW)
        start = prefix + after + b"\0" if after else prefix
        found = tx.range(start, keyspace.successor(prefix), limit=limit)
        return [(key[len(prefix) :], Row.decode(data)) for key, data in found]

    def count_groups(self, tx: Transaction, pane: int, limit: int) -> int:
        """How many groups a pane has, counted up to `limit`."""
        prefix = self._prefix(pane, _ROW)
        return len(tx.range(prefix, keyspace.successor(prefix), limit=limit))

    def extreme(
        self, tx: Transaction, pane: int, number: int, group: bytes, *, greatest: bool
    ) -> Value | None:
        """The least or the greatest value of a path that has an order."""
        stem = self._stem(pane, _TALLY, number) + group
        found = tx.range(stem + NOTHING, stem + ORDERED_END, reverse=greatest, limit=1)
        return _value(found[0][1][8:]) if found else None

    def most_frequent(
        self, tx: Transaction, pane: int, number: int, group: bytes, k: int
    ) -> list[Frequency]:
        """The k most frequent values, those of one frequency in the order of their bytes."""
        stem = self._stem(pane, _RANK, number) + group
        return [
            Frequency(_value(data), _COUNT_MAX - int.from_bytes(key[len(stem) :][:8], "big"))
            for key, data in tx.range(stem, keyspace.successor(stem), limit=k)
        ]

    def frequencies(
        self, tx: Transaction, pane: int, number: int, group: bytes
    ) -> Iterator[tuple[bytes, Frequency]]:
        """How often each value is there."""
        stem = self._stem(pane, _TALLY, number) + group
        for key, data in tx.range(stem, keyspace.successor(stem)):
            count = int.from_bytes(data[:8], "big")
            yield key[len(stem) :], Frequency(_value(data[8:]), count)

    # --- keys ------------------------------------------------------------------------------------

    def _prefix(self, pane: int, kind: bytes) -> bytes:
        return view_keys.view_pane_prefix(self._view_id, pane) + kind

    def _row_key(self, pane: int, group: bytes) -> bytes:
        return self._prefix(pane, _ROW) + group

    def _stem(self, pane: int, kind: bytes, number: int) -> bytes:
        return self._prefix(pane, kind) + bytes((number,))


def _rank(count: int) -> bytes:
    return (_COUNT_MAX - count).to_bytes(8, "big")


def _value(data: bytes) -> Value:
    found: Value = orjson.loads(data)
    return found
