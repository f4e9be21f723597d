"""What tables were given, as AWS's metrics tell it: provisioned units, caps, shares of an account.

Told once in each five minutes in which the node counts anything or is asked for metrics, and at
once for a table that is new or was changed. Limits of an account are those of DescribeLimits.
Source: AWS, DynamoDB developer guide, "DynamoDB metrics and dimensions".
"""

from collections.abc import Iterable, Iterator
from typing import Final

from headwater.arns import Scope
from headwater.limits import ACCOUNT_UNITS_MAX, TABLE_UNITS_MAX
from headwater.metrics.aws import account_series, index_series, table_series
from headwater.metrics.recorder import Series
from headwater.storage.engine import Engine, Transaction
from headwater.tables.catalog import Catalog
from headwater.tables.schema import Table

EVERY_MS: Final = 5 * 60_000

Value = tuple[Series, float]
_WAYS: Final = (
    ("Read", "MaxReadRequestUnits"),
    ("Write", "MaxWriteRequestUnits"),
)


class Provisions:
    """Of all tables of a node."""

    def __init__(self, engine: Engine, catalog: Catalog) -> None:
        self._engine = engine
        self._catalog = catalog
        self._tables: set[tuple[Scope, str]] = set()
        self._changed: set[tuple[Scope, str]] = set()
        self._slot = -1

    def watch(self, tx: Transaction) -> None:
        """Know of all tables there are and will be."""
        self._catalog.watch(self._note)
        for table in self._catalog.every(tx):
            self._note(table)

    def _note(self, table: Table) -> None:
        self._tables.add((table.scope, table.name))
        self._changed.add((table.scope, table.name))

    def is_due(self, now_ms: int) -> bool:
        """Whether a table has changed, or five minutes are over."""
        if not self._tables:
            return False
        return bool(self._changed) or now_ms // EVERY_MS != self._slot

    async def values(self, now_ms: int) -> list[Value]:
        """What is to be told now."""
        return await self._engine.run(lambda tx: self._values(tx, now_ms))

    def _values(self, tx: Transaction, now_ms: int) -> list[Value]:
        found = {key: self._catalog.find(tx, *key) for key in sorted(self._tables)}
        tables = {key: table for key, table in found.items() if table is not None}
        is_new = now_ms // EVERY_MS != self._slot
        told = tables if is_new else {key: tables[key] for key in self._changed & tables.keys()}
        self._tables, self._changed, self._slot = set(tables), set(), now_ms // EVERY_MS
        values = [value for table in told.values() for value in _of_table(table)]
        for scope in {scope for scope, _ in told}:
            values += _of_account(
                scope, [table for key, table in tables.items() if key[0] == scope]
            )
        return values


def _of_table(table: Table) -> Iterator[Value]:
    schema, scope = table.schema, table.scope
    for (way, cap), units in zip(_WAYS, schema.throughput, strict=True):
        if schema.billing == "PROVISIONED":
            yield table_series(scope, f"Provisioned{way}CapacityUnits", table.name), units
        if (most := _cap(schema.settings.get("OnDemandThroughput"), cap)) is not None:
            yield table_series(scope, f"OnDemand{cap}", table.name), most
    for index in schema.indexes:
        if not index.is_global:
            continue
        for (way, cap), units in zip(_WAYS, index.throughput, strict=True):
            if schema.billing == "PROVISIONED":
                name = f"Provisioned{way}CapacityUnits"
                yield index_series(scope, name, table.name, index.name), units
            if (most := _cap(index.settings.get("OnDemandThroughput"), cap)) is not None:
                yield index_series(scope, f"OnDemand{cap}", table.name, index.name), most


def _of_account(scope: Scope, tables: Iterable[Table]) -> Iterator[Value]:
    """tables: all of the scope"""
    # Of each provisioned table and each of its indexes: read and write units.
    units = [
        one
        for table in tables
        if table.schema.billing == "PROVISIONED"
        for one in (
            table.schema.throughput,
            *(index.throughput for index in table.schema.indexes if index.is_global),
        )
    ]
    for number, way in enumerate(("Read", "Write")):
        yield account_series(scope, f"AccountMax{way}s"), ACCOUNT_UNITS_MAX
        yield account_series(scope, f"AccountMaxTableLevel{way}s"), TABLE_UNITS_MAX
        if not units:
            continue
        share = 100 * sum(one[number] for one in units) / ACCOUNT_UNITS_MAX
        yield account_series(scope, f"AccountProvisioned{way}CapacityUtilization"), share
        most = 100 * max(one[number] for one in units) / TABLE_UNITS_MAX
        yield account_series(scope, f"MaxProvisionedTable{way}CapacityUtilization"), most


def _cap(caps: object, name: str) -> float | None:
    """A cap that was set: AWS takes -1 for none."""
    value = caps.get(name) if isinstance(caps, dict) else None
    return None if value is None or value < 0 else float(value)
