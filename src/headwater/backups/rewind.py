"""A table's items as they were at a moment, gathered step by step while the table goes on.

First every item is copied as it is found. Then the table's changes are walked from the newest to
the oldest, and each is undone in the copy, down to the moment asked for. What was changed before
it was copied, or after, or twice, comes out the same: of each item that changed since that moment,
the last thing done to the copy is to put back what its first change found. Items that did not
change were copied as they were. A step is a small transaction, and its `Rewind` is stored with it,
so a node that dies goes on where it was, and a step is never half done.

This file knows how to go back. Where the items go is for a `Sink` to know.
"""

from dataclasses import asdict, dataclass, replace
from typing import Any, Protocol

from headwater.backups.point_in_time import history
from headwater.changelog.record import Change, unpack
from headwater.storage import keyspace
from headwater.storage.engine import Transaction
from headwater.tables import stored, write
from headwater.tables.keys import key_of_request
from headwater.tables.schema import Table
from headwater.values.codec import decode_item

STEP_ENTRIES = 256
_STEP_BYTES = 1024 * 1024
_NO_END = (1 << 64) - 1


class Sink(Protocol):
    """Where items go. `suffix` is an item's hash and encoded key, as in any copy of the table."""

    def copy(self, tx: Transaction, suffix: bytes, value: bytes) -> None:
        """Take an item as stored (tables/stored.py)."""
        ...

    def undo(self, tx: Transaction, suffix: bytes, change: Change) -> None:
        """Take back a change; older ones of the same item follow."""
        ...


@dataclass(frozen=True, slots=True)
class Rewind:
    """How far one has come.

    since   changes above this sequence are undone
    upto    changes above this one are not looked at; None while items are copied
    after   storage key of the last item copied, in hexadecimal
    shard   where the shard that is being walked starts; shards that start later are done
    before  of that shard, what lies above is done
    """

    since: int
    upto: int | None = None
    after: str = ""
    shard: int = _NO_END
    before: int = _NO_END

    @staticmethod
    def decode(fields: dict[str, Any]) -> "Rewind":
        return Rewind(**fields)

    def encode(self) -> dict[str, Any]:
        return asdict(self)


def rewind_step(tx: Transaction, table: Table, at: Rewind, sink: Sink) -> Rewind | None:
    """Take one step; None when everything is done."""
    if at.upto is None:
        return _copy_some(tx, table, at, sink)
    return _undo_some(tx, table, at, sink)


def _copy_some(tx: Transaction, table: Table, at: Rewind, sink: Sink) -> Rewind:
    start = bytes.fromhex(at.after) + b"\0" if at.after else table.prefix
    end = keyspace.successor(table.prefix)
    found = tx.range(start, end, limit=STEP_ENTRIES, bytes_max=_STEP_BYTES)
    for key, value in found:
        sink.copy(tx, key[len(table.prefix) :], value)
    if _is_cut(found):
        return replace(at, after=found[-1][0].hex())
    return replace(at, upto=tx.sequence())


def _undo_some(tx: Transaction, table: Table, at: Rewind, sink: Sink) -> Rewind | None:
    assert at.upto is not None
    for shard in history(tx, table):
        if shard.starting > min(at.shard, at.upto):
            continue
        if shard.ending is not None and shard.ending <= at.since:
            continue
        before = min(at.before, at.upto + 1) if shard.starting == at.shard else at.upto + 1
        start, _ = keyspace.log_range(shard.log, max(at.since + 1, shard.first_kept))
        end = keyspace.record_key(shard.log, before)
        found = (
            tx.range(start, end, reverse=True, limit=STEP_ENTRIES, bytes_max=_STEP_BYTES)
            if start < end
            else []
        )
        for _, record in found:
            change = unpack(record)
            sink.undo(tx, _suffix(table, change), change)
        if _is_cut(found):
            last = keyspace.sequence_of(found[-1][0])
            return replace(at, shard=shard.starting, before=last)
        if found:
            return replace(at, shard=shard.starting - 1, before=_NO_END)
    return None


def _is_cut(found: list[tuple[bytes, bytes]]) -> bool:
    """Whether a read ended because it was full."""
    if len(found) == STEP_ENTRIES:
        return True
    return bool(found) and sum(len(value) for _, value in found) >= _STEP_BYTES


def _suffix(table: Table, change: Change) -> bytes:
    return key_of_request(table, decode_item(change.keys)).data[len(table.prefix) :]


class Gathering:
    """A sink on disk: items by their suffix, as a backup keeps them."""

    def __init__(self, number: int) -> None:
        self.prefix = keyspace.gathered_prefix(number)

    def copy(self, tx: Transaction, suffix: bytes, value: bytes) -> None:
        tx.put(self.prefix + suffix, value)

    def undo(self, tx: Transaction, suffix: bytes, change: Change) -> None:
        if change.old:
            tx.put(self.prefix + suffix, stored.pack(change.old, change.old_size))
        else:
            tx.delete(self.prefix + suffix)

    def page(
        self, tx: Transaction, after: bytes, limit: int, bytes_max: int
    ) -> list[tuple[bytes, bytes]]:
        """Some entries behind the storage key `after`; b"" begins."""
        start = after + b"\0" if after else self.prefix
        end = keyspace.successor(self.prefix)
        return tx.range(start, end, limit=limit, bytes_max=bytes_max)

    def drop(self, tx: Transaction) -> None:
        """Forget all of it."""
        tx.delete_range(self.prefix, keyspace.successor(self.prefix))


class NewTable:
    """A sink that is a table being made; its items go through the one write path."""

    def __init__(self, table: Table, now_ms: int) -> None:
        self._table = table
        self._now_ms = now_ms

    def copy(self, tx: Transaction, suffix: bytes, value: bytes) -> None:
        size = stored.size_of(value)
        write.place(tx, self._table, stored.json_of(value), size, self._now_ms)

    def undo(self, tx: Transaction, suffix: bytes, change: Change) -> None:
        if change.old:
            write.place(tx, self._table, change.old, change.old_size, self._now_ms)
        else:
            key = key_of_request(self._table, decode_item(change.keys))
            write.delete(tx, self._table, key, self._now_ms)
