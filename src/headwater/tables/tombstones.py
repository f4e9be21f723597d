"""Marks of deleted items of a replicated table: what late writes of other regions meet.

Without one, a put that was made before a delete and arrives after it would bring the item back. A
mark holds the stamp of the delete. It lies under the item's own placed key, so that items and
marks can be walked side by side. It goes when a newer put takes the item's place, or when it is
old and nothing older than itself can come any more (consumers/replication decides when).
"""

import struct
from typing import NamedTuple

from headwater.changelog.conflict import Stamp, pack_stamp, unpack_stamp
from headwater.storage import keyspace
from headwater.storage.engine import Transaction
from headwater.tables.keys import Key
from headwater.tables.schema import Table
from headwater.values.codec import encode_item

_HEAD = struct.Struct(">BQ")  # version, when it was put here
_VERSION = 1
SWEEP_MARKS = 1000  # in one step


class Tombstone(NamedTuple):
    """The mark of one deleted item."""

    placed_key: bytes  # hash and key of the item, as in its own key
    stamp: Stamp
    keys: bytes  # the key attributes, canonical JSON
    buried_ms: int  # when it was put, by this node's clock


def bury(tx: Transaction, table: Table, key: Key, stamp: Stamp, now_ms: int) -> None:
    """Mark an item as deleted."""
    head = _HEAD.pack(_VERSION, now_ms)
    tx.put(_key(table, key), head + pack_stamp(stamp) + encode_item(key.item))


def exhume(tx: Transaction, table: Table, key: Key) -> None:
    """Take the mark away, if there is one: the item is there again."""
    # A store passes over all it was told to delete, so it is not told to without need.
    mark = _key(table, key)
    if tx.get(mark) is not None:
        tx.delete(mark)


def stamp_of_deleted(tx: Transaction, table: Table, key: Key) -> Stamp | None:
    """The stamp of the delete of an item that is not there; None if none is known."""
    data = tx.get(_key(table, key))
    return None if data is None else unpack_stamp(data, _HEAD.size)[0]


def tombstones(
    tx: Transaction, table: Table, after: bytes, end: bytes | None, limit: int | None
) -> list[Tombstone]:
    """Marks with after < placed key <= end, in order; end None: to the last."""
    first, last = keyspace.tombstones_range(table.schema.id)
    start = keyspace.tombstone_key(table.schema.id, after) + b"\0" if after else first
    stop = last if end is None else keyspace.tombstone_key(table.schema.id, end) + b"\0"
    found = tx.range(start, stop, limit=limit)
    return [_tombstone(key[len(first) :], data) for key, data in found]


def sweep_tombstones(
    tx: Transaction, table: Table, after: bytes, before: int, buried_before_ms: int
) -> bytes | None:
    """One step of forgetting marks; b"" begins. Returns where to go on, None at the end.

    before            marks of deletes with a lower hybrid time go
    buried_before_ms  if they were put earlier than this
    """
    found = tombstones(tx, table, after, None, SWEEP_MARKS)
    for mark in found:
        if mark.stamp.time < before and mark.buried_ms < buried_before_ms:
            tx.delete(keyspace.tombstone_key(table.schema.id, mark.placed_key))
    return found[-1].placed_key if len(found) == SWEEP_MARKS else None


def forget_tombstones(tx: Transaction, table: Table) -> None:
    """Forget all: the table has no other replica any more."""
    tx.delete_range(*keyspace.tombstones_range(table.schema.id))


def _key(table: Table, key: Key) -> bytes:
    return keyspace.tombstone_key(table.schema.id, key.data[len(table.prefix) :])


def _tombstone(placed_key: bytes, data: bytes) -> Tombstone:
    _, buried_ms = _HEAD.unpack_from(data)
    stamp, keys_at = unpack_stamp(data, _HEAD.size)
    return Tombstone(placed_key, stamp, data[keys_at:], buried_ms)
