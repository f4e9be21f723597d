"""Partitions of a table: ranges of the partition key's hash, each with one open shard.

Splitting a partition and rolling a shard over change the table and its stream together, in one
transaction. When they are due is decided in changelog/lifecycle.py.
"""

from collections.abc import Sequence
from dataclasses import replace

from headwater.changelog import lifecycle, retention
from headwater.changelog.shards import Shard
from headwater.changelog.stream import OpenStream
from headwater.ids import Ids
from headwater.storage.engine import Transaction
from headwater.tables.catalog import Catalog
from headwater.tables.schema import Table


def find_open_shard(table: Table, shard_id: str) -> Shard | None:
    """The open shard of that id in the table's stream, if there is one."""
    if table.stream is None:
        return None
    return next((one for one in table.stream.shards.shards if one.id == shard_id), None)


def roll_over(
    tx: Transaction, catalog: Catalog, ids: Ids, table: Table, shard: Shard, now_ms: int
) -> Table:
    """Close an open shard of the table's stream and continue it in one child."""
    assert table.stream is not None
    stream = lifecycle.roll(tx, ids, table.stream, shard, now_ms)
    changed = Table(table.schema, stream)
    catalog.put(tx, changed)
    return changed


def split(
    tx: Transaction,
    catalog: Catalog,
    ids: Ids,
    table: Table,
    shard: Shard,
    now_ms: int,
    at_hash: int | None = None,
) -> Table:
    """Split the partition of an open shard in two; at the middle if not said where."""
    assert table.stream is not None
    at_hash = lifecycle.middle(shard) if at_hash is None else at_hash
    stream = lifecycle.split(tx, ids, table.stream, shard, at_hash, now_ms)
    schema = replace(
        table.schema, partitions=lifecycle.with_bound(table.schema.partitions, at_hash)
    )
    changed = Table(schema, stream)
    catalog.put(tx, changed)
    return changed


def trim(
    tx: Transaction, catalog: Catalog, table: Table, shards: Sequence[Shard], before: int
) -> None:
    """Take away the records of some of the stream's shards, open or closed, below `before`."""
    assert table.stream is not None
    stream = table.stream.stream
    trimmed = {shard.id: retention.trim(tx, stream, shard, before) for shard in shards}
    opened = [trimmed.get(shard.id, shard) for shard in table.stream.shards.shards]
    catalog.put(tx, Table(table.schema, OpenStream(stream, opened)))
