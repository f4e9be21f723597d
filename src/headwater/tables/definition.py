"""Making, changing and dropping tables: what happens on disk when a schema changes.

Requests have been checked before they come here (operations/dynamodb); this file keeps the
catalog, the stream and the index entries in step, in the transaction it is given.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from headwater.changelog.shards import partition_bounds
from headwater.changelog.stream import OpenStream, close_stream
from headwater.ids import Ids
from headwater.limits import ON_DEMAND_PARTITIONS, PARTITION_READ_UNITS, PARTITION_WRITE_UNITS
from headwater.storage import keyspace
from headwater.storage.engine import Transaction
from headwater.tables.capacity import write_units
from headwater.tables.catalog import Catalog
from headwater.tables.indexes import Image, entry_of
from headwater.tables.log import log_for
from headwater.tables.schema import (
    ACTIVE,
    CREATING,
    Index,
    Schema,
    Table,
    key_attribute_names,
)
from headwater.tables.stored import json_of, size_of
from headwater.tables.stream_retention import kept_as_asked
from headwater.values.codec import decode_item

BACKFILL_ITEMS = 256  # of one step: small enough that writes between steps are not held up


def partitions_for(billing: str, throughput: tuple[int, int], initial: int | None) -> int:
    """How many partitions a new table gets.

    initial  the operator's own number, which wins
    >>> partitions_for("PAY_PER_REQUEST", (0, 0), None)
    4
    >>> partitions_for("PROVISIONED", (3001, 10), None), partitions_for("PROVISIONED", (5, 5), 2)
    (2, 2)
    """
    if initial is not None:
        return initial
    if billing == "PAY_PER_REQUEST":
        return ON_DEMAND_PARTITIONS
    reads, writes = throughput
    return max(1, -(-reads // PARTITION_READ_UNITS), -(-writes // PARTITION_WRITE_UNITS))


def key_schema(hash_names: Sequence[str], range_names: Sequence[str]) -> list[dict[str, str]]:
    """AWS's KeySchema of some key attributes."""
    return [
        *({"AttributeName": name, "KeyType": "HASH"} for name in hash_names),
        *({"AttributeName": name, "KeyType": "RANGE"} for name in range_names),
    ]


def table_key_schema(schema: Schema) -> list[dict[str, str]]:
    return key_schema([schema.hash_name], [schema.range_name] if schema.range_name else [])


def create(
    tx: Transaction, catalog: Catalog, ids: Ids, now_ms: int, schema: Schema, view: str | None
) -> Table:
    """Make a table. view: of its stream, None for no stream."""
    table = Table(schema, None)
    if view is not None:
        return turn_stream_on(tx, catalog, ids, now_ms, table, view)
    catalog.put(tx, table)
    return table


def turn_stream_on(
    tx: Transaction, catalog: Catalog, ids: Ids, now_ms: int, table: Table, view: str
) -> Table:
    """Give a table without a stream a new one; it holds writes from now on."""
    assert table.schema.stream_view is None, f"table {table.name} has an open stream"
    return _relogged(tx, catalog, ids, now_ms, table, replace(table.schema, stream_view=view))


def turn_stream_off(
    tx: Transaction, catalog: Catalog, ids: Ids, now_ms: int, table: Table
) -> Table:
    """Close a table's stream. It stays readable for 24 hours."""
    assert table.schema.stream_view is not None, f"table {table.name} has no open stream"
    return _relogged(tx, catalog, ids, now_ms, table, replace(table.schema, stream_view=None))


def need_log(
    tx: Transaction, catalog: Catalog, ids: Ids, now_ms: int, table: Table, user: str
) -> Table:
    """From now on `user` needs every change of the table, whether or not its stream is on."""
    users = (*(one for one in table.schema.log_users if one != user), user)
    return _relogged(tx, catalog, ids, now_ms, table, replace(table.schema, log_users=users))


def release_log(
    tx: Transaction, catalog: Catalog, ids: Ids, now_ms: int, table: Table, user: str
) -> Table:
    """`user` needs no more changes; those it was owed stay readable for 24 hours."""
    users = tuple(one for one in table.schema.log_users if one != user)
    return _relogged(tx, catalog, ids, now_ms, table, replace(table.schema, log_users=users))


def _relogged(
    tx: Transaction, catalog: Catalog, ids: Ids, now_ms: int, table: Table, schema: Schema
) -> Table:
    changed, opened = log_for(tx, ids, now_ms, schema, table.stream, table_key_schema(schema))
    return _replaced(tx, catalog, changed, opened)


def change(tx: Transaction, catalog: Catalog, table: Table, schema: Schema) -> Table:
    """Put a changed schema in the place of the old one; the stream stays as it is."""
    return _replaced(tx, catalog, schema, kept_as_asked(tx, schema, table.stream))


def drop(tx: Transaction, catalog: Catalog, table: Table, now_ms: int) -> None:
    """Drop a table with its items. Its stream is closed and stays readable for 24 hours."""
    if table.stream is not None:
        close_stream(tx, table.stream, now_ms)
    tx.delete(keyspace.policy_key(table.scope, table.arn))
    catalog.remove(tx, table)


def add_index(tx: Transaction, catalog: Catalog, table: Table, index: Index) -> Table:
    """Begin a global index: writes maintain it from now on, `backfill` brings what was there.

    index  its number is given here; its status becomes CREATING
    """
    numbered = replace(index, number=table.schema.next_index, status=CREATING)
    schema = replace(
        table.schema,
        indexes=(*table.schema.indexes, numbered),
        next_index=table.schema.next_index + 1,
    )
    return _replaced(tx, catalog, schema, table.stream)


def remove_index(tx: Transaction, catalog: Catalog, table: Table, name: str) -> Table:
    """Drop a global index and its entries; attribute types only it used are forgotten."""
    plan = table.plan(name)
    assert plan is not None, f"no index {name}"
    tx.delete_range(plan.prefix, keyspace.successor(plan.prefix))
    rest = tuple(index for index in table.schema.indexes if index.name != name)
    used = key_attribute_names(table.schema, rest)
    kinds = {key: kind for key, kind in table.schema.attributes.items() if key in used}
    schema = replace(table.schema, indexes=rest, attributes=kinds)
    return _replaced(tx, catalog, schema, table.stream)


class Progress(NamedTuple):
    """Where a backfill stands. after: the storage key of the last item it has looked at

    items, units  that this step has looked at, and write units of the entries it has made
    total         items in the table now
    """

    after: bytes
    is_done: bool
    items: int = 0
    units: float = 0.0
    total: int = 0


def backfill(tx: Transaction, catalog: Catalog, table: Table, name: str, after: bytes) -> Progress:
    """One step of filling a new index from the items there are; b"" begins.

    An item that is written meanwhile has its entry from the write path already, so a step only
    adds entries that are missing, and running a step again changes nothing.
    """
    plan = table.plan(name)
    if plan is None:
        return Progress(after, True)
    start = after + b"\0" if after else table.prefix
    found = tx.range(start, keyspace.successor(table.prefix), limit=BACKFILL_ITEMS)
    prefix_bytes = len(table.prefix) + 4  # table and hash stand before the item's own key
    total, _ = tx.counter(table.counter_key)
    units = 0.0
    for key, value in found:
        image = Image(decode_item(json_of(value)), value, size_of(value))
        entry = entry_of(plan, image, key[prefix_bytes:])
        if entry is not None and tx.get(entry.key) is None:
            tx.put(entry.key, entry.value)
            tx.add(plan.counter_key, 1, entry.size)
            units += write_units(entry.size)
    if len(found) == BACKFILL_ITEMS:
        return Progress(found[-1][0], False, len(found), units, total)
    _activate(tx, catalog, table, name)
    return Progress(after, True, len(found), units, total)


def _activate(tx: Transaction, catalog: Catalog, table: Table, name: str) -> None:
    indexes = tuple(
        replace(index, status=ACTIVE) if index.name == name else index
        for index in table.schema.indexes
    )
    _replaced(tx, catalog, replace(table.schema, indexes=indexes), table.stream)


def _replaced(
    tx: Transaction, catalog: Catalog, schema: Schema, stream: OpenStream | None
) -> Table:
    table = Table(schema, stream)
    catalog.put(tx, table)
    return table


def initial_partitions(
    billing: str, throughput: tuple[int, int], initial: int | None
) -> tuple[int, ...]:
    """Lower bounds of a new table's partitions."""
    return tuple(partition_bounds(partitions_for(billing, throughput, initial)))
