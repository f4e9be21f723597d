"""ConsumedCapacity and ItemCollectionMetrics: what a request cost, in AWS's shapes.

The arithmetic of units is tables/capacity.py's. Here units are added up, of a table and of each
of its indexes, and shown. Source: AWS, API reference, "ConsumedCapacity", "ItemCollectionMetrics".
"""

from collections.abc import Iterable, Mapping
from typing import Any

from headwater.operations.used import Used, used_of
from headwater.storage.engine import Transaction
from headwater.tables.collections import collection_bytes, has_collections
from headwater.tables.schema import Table
from headwater.values.size import Item

READ_UNITS = "ReadCapacityUnits"
WRITE_UNITS = "WriteCapacityUnits"
GIB = 1 << 30


class Usage:
    """Capacity units that one request used of one table.

    kind  READ_UNITS or WRITE_UNITS in transactions, whose answers name it; None elsewhere
    """

    __slots__ = ("_indexes", "_kind", "_table", "_units")

    def __init__(self, table: Table, kind: str | None = None) -> None:
        self._table = table
        self._kind = kind
        self._units = 0.0
        self._indexes: dict[str, float] = {}

    def charge(self, units: float, indexes: Mapping[str, float]) -> None:
        """Add units of the table, and of its indexes by name."""
        self._units += units
        for name, index_units in indexes.items():
            self._indexes[name] = self._indexes.get(name, 0.0) + index_units

    def used(self, *, is_write: bool, items: int | None = None) -> Used:
        """For the metrics. items: how many a Query or Scan returned."""
        return used_of(self._table, is_write, self._units, self._indexes, items)

    def shape(self, mode: str) -> dict[str, Any]:
        """The ConsumedCapacity of this table. mode: TOTAL or INDEXES.

        With INDEXES the table is always shown, an index only if units of it were used.
        """
        total = self._units + sum(self._indexes.values())
        shown: dict[str, Any] = {"TableName": self._table.name, **self._capacity(total)}
        if mode != "INDEXES":
            return shown
        shown["Table"] = self._capacity(self._units)
        for name, units in self._indexes.items():
            is_global = self._table.indexes[name].is_global
            member = "GlobalSecondaryIndexes" if is_global else "LocalSecondaryIndexes"
            shown.setdefault(member, {})[name] = self._capacity(units)
        return shown

    def _capacity(self, units: float) -> dict[str, float]:
        if self._kind is None:
            return {"CapacityUnits": units}
        return {"CapacityUnits": units, self._kind: units}


class Usages:
    """The usage of each table that a request over several of them touches.

    mode  its ReturnConsumedCapacity
    """

    __slots__ = ("_kind", "_mode", "_of")

    def __init__(self, mode: str | None, kind: str | None = None) -> None:
        self._mode = mode
        self._kind = kind
        self._of: dict[str, Usage] = {}

    def charge(self, table: Table, units: float, indexes: Mapping[str, float]) -> None:
        """Add units used of a table and its indexes."""
        usage = self._of.get(table.name)
        if usage is None:
            usage = self._of[table.name] = Usage(table, self._kind)
        usage.charge(units, indexes)

    def used(self, *, is_write: bool) -> list[Used]:
        """For the metrics."""
        return [usage.used(is_write=is_write) for usage in self._of.values()]

    def member(self) -> dict[str, Any]:
        """The answer's ConsumedCapacity member, {} if it was not asked for."""
        if wants_capacity(self._mode) is None:
            return {}
        assert self._mode is not None
        return {"ConsumedCapacity": [usage.shape(self._mode) for usage in self._of.values()]}


def wants_capacity(mode: str | None) -> str | None:
    """ReturnConsumedCapacity where it asks for anything: TOTAL, INDEXES or None."""
    return None if mode == "NONE" else mode


def collection_metrics(tx: Transaction, table: Table, item: Item) -> dict[str, Any]:
    """ItemCollectionMetrics of the collection an item belongs to. The table has a local index.

    The estimate is AWS's shape: two whole gigabytes between which the truth lies.
    """
    size = collection_bytes(tx, table, item)
    lower = size // GIB
    return {
        "ItemCollectionKey": {table.hash_name: item[table.hash_name]},
        "SizeEstimateRangeGB": [float(lower), float(lower + 1)],
    }


def metrics_of_many(
    tx: Transaction, mode: str | None, written: Iterable[tuple[Table, Item]]
) -> dict[str, Any]:
    """The answer's ItemCollectionMetrics member of a request that wrote several items.

    mode     its ReturnItemCollectionMetrics; {} is returned unless it is SIZE
    written  table and item, or its key, of each; every collection is told once
    """
    if mode != "SIZE":
        return {}
    seen: set[tuple[str, str]] = set()
    shown: dict[str, list[dict[str, Any]]] = {}
    for table, item in written:
        collection = (table.name, repr(item[table.hash_name]))
        if not has_collections(table) or collection in seen:
            continue
        seen.add(collection)
        shown.setdefault(table.name, []).append(collection_metrics(tx, table, item))
    return {"ItemCollectionMetrics": shown} if shown else {}
