"""Streams: their documents, their statuses, and the writes that open and close them.

A stream belongs to a table, but outlives it: turned off, or its table deleted, it stays readable
for 24 hours. A hidden stream is a table's internal log: the same in every way, except that no
API names or lists it (tables/log.py says when there is one). This file keeps documents and
shards. What a table does with its stream is decided in tables/; who may read which part is
decided in read.py.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any

import orjson

from headwater.arns import Scope, StreamName, stream_arn
from headwater.changelog.shards import OpenShards, Shard, ranges, shard_id
from headwater.ids import Ids
from headwater.limits import STREAM_RETENTION_MS
from headwater.storage import keyspace
from headwater.storage.engine import Transaction
from headwater.storage.identifiers import take_id


@dataclass(frozen=True, slots=True)
class Stream:
    """One stream, as stored. view is one of record.VIEW_TYPES."""

    id: int
    scope: Scope
    table: str
    label: str
    view: str
    created_ms: int
    key_schema: list[dict[str, str]]  # the table's, in AWS's shape
    disabled_ms: int | None = None
    table_id: int = 0  # tells the streams of a table from those of another one of its name
    hidden: bool = False
    retention_ms: int = STREAM_RETENTION_MS  # of its shards, those to come too

    @property
    def arn(self) -> str:
        return stream_arn(self.scope, self.table, self.label)

    @property
    def name(self) -> StreamName:
        return StreamName(self.scope, self.table, self.label, self.hidden)

    @property
    def status(self) -> str:
        return "ENABLED" if self.disabled_ms is None else "DISABLED"

    @property
    def key(self) -> bytes:
        return _key(self.name)

    def encode(self) -> bytes:
        return orjson.dumps(asdict(self) | {"scope": tuple(self.scope)})

    @staticmethod
    def decode(data: bytes) -> "Stream":
        fields: dict[str, Any] = orjson.loads(data)
        fields["scope"] = Scope(*fields["scope"])
        return Stream(**fields)


class OpenStream:
    """A stream that takes records: what the write path holds in memory.

    writes  appends by log since somebody last looked: how hot each partition is. It is a
            measure, not a count: writes of discarded transactions are in it
    """

    __slots__ = ("shards", "stream", "writes")

    def __init__(self, stream: Stream, shards: Sequence[Shard]) -> None:
        self.stream = stream
        self.shards = OpenShards(shard for shard in shards if shard.ending is None)
        self.writes: dict[int, int] = {}


def label_of(created_ms: int) -> str:
    """
    >>> label_of(1772600767891)
    '2026-03-04T05:06:07.891'
    """
    seconds, millis = divmod(created_ms, 1000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{millis:03d}"


def open_stream(
    tx: Transaction,
    ids: Ids,
    now_ms: int,
    scope: Scope,
    table: str,
    view: str,
    key_schema: list[dict[str, str]],
    partition_bounds: Sequence[int],
    *,
    table_id: int = 0,
    hidden: bool = False,
    retention_ms: int = STREAM_RETENTION_MS,
) -> OpenStream:
    """Start a new stream with one root shard for each partition."""
    created_ms = now_ms
    # Off and on again within one millisecond still gives two streams, hence two labels.
    while tx.get(_key(StreamName(scope, table, label_of(created_ms), hidden))) is not None:
        created_ms += 1
    stream = Stream(
        id=take_id(tx),
        scope=scope,
        table=table,
        label=label_of(created_ms),
        view=view,
        created_ms=created_ms,
        key_schema=key_schema,
        table_id=table_id,
        hidden=hidden,
        retention_ms=retention_ms,
    )
    shards = [
        open_shard(tx, ids, stream, None, first, end, now_ms)
        for first, end in ranges(partition_bounds)
    ]
    tx.put(stream.key, stream.encode())
    return OpenStream(stream, shards)


def open_shard(
    tx: Transaction,
    ids: Ids,
    stream: Stream,
    parent: Shard | None,
    first_hash: int,
    end_hash: int,
    now_ms: int,
) -> Shard:
    """Start a shard. A child starts above its parent's last sequence, and sorts after it."""
    created_ms = now_ms
    if parent is not None:
        assert parent.ending is not None, f"child of open shard {parent.id}"
        created_ms = max(now_ms, parent.created_ms + 1)
    shard = Shard(
        id=shard_id(created_ms, ids.hex(8)),
        log=take_id(tx),
        parent=None if parent is None else parent.id,
        first_hash=first_hash,
        end_hash=end_hash,
        starting=tx.sequence(),
        ending=None,
        retention_ms=stream.retention_ms,
    )
    tx.put(keyspace.shard_key(stream.id, shard.id), shard.encode())
    return shard


def close_shard(tx: Transaction, stream: Stream, shard: Shard, now_ms: int) -> Shard:
    """End a shard: its ending is its last record's sequence, or its start if it has none."""
    last = last_sequence(tx, shard)
    # The caller's may be from before it was swept.
    shard = load_shard(tx, stream, shard.id) or shard
    closed = shard.closed(shard.starting if last is None else last, now_ms)
    tx.put(keyspace.shard_key(stream.id, shard.id), closed.encode())
    tx.touch(shard.log)
    return closed


def close_stream(tx: Transaction, opened: OpenStream, now_ms: int) -> Stream:
    """Turn a stream off: its shards end without children, so readers come to a natural end."""
    for shard in opened.shards.shards:
        close_shard(tx, opened.stream, shard, now_ms)
    stream = replace(opened.stream, disabled_ms=now_ms)
    tx.put(stream.key, stream.encode())
    return stream


def last_sequence(tx: Transaction, shard: Shard) -> int | None:
    """Sequence of a shard's newest record, or None if it has none."""
    newest = tx.range(*keyspace.log_range(shard.log), reverse=True, limit=1)
    return keyspace.sequence_of(newest[0][0]) if newest else None


def load_stream(tx: Transaction, name: StreamName) -> Stream | None:
    data = tx.get(_key(name))
    return None if data is None else Stream.decode(data)


def _key(name: StreamName) -> bytes:
    make = keyspace.hidden_stream_key if name.hidden else keyspace.stream_key
    return make(name.scope, name.table, name.label)


def later_streams(
    tx: Transaction, scope: Scope, table: str, table_id: int, after: int
) -> list[Stream]:
    """The streams of a table with numbers above `after`, hidden ones too, oldest first.

    At any moment at most one stream of a table is open, and while somebody needs every change,
    the next is opened in the transaction that closes one: together they hold all changes.
    """
    prefixes = (
        keyspace.streams_prefix(scope, table),
        keyspace.hidden_streams_prefix(scope, table),
    )
    found = [
        Stream.decode(data)
        for prefix in prefixes
        for _, data in tx.range(prefix, keyspace.successor(prefix))
    ]
    later = [one for one in found if one.table_id == table_id and one.id > after]
    return sorted(later, key=lambda one: one.id)


def load_shards(
    tx: Transaction, stream: Stream, after: str = "", limit: int | None = None
) -> list[Shard]:
    """Every shard of a stream that is kept, by id, that is, by time; only those above `after`,
    and at most `limit`."""
    prefix = keyspace.shards_prefix(stream.id)
    start = prefix + after.encode() + b"\0" if after else prefix
    found = tx.range(start, keyspace.successor(prefix), limit=limit)
    return [Shard.decode(data) for _, data in found]


def load_shard(tx: Transaction, stream: Stream, wanted: str) -> Shard | None:
    data = tx.get(keyspace.shard_key(stream.id, wanted))
    return None if data is None else Shard.decode(data)


def keep_for(tx: Transaction, stream: Stream, retention_ms: int) -> Stream:
    """Show the records of a stream for so long from now on; what is gone does not come back."""
    kept = replace(stream, retention_ms=retention_ms)
    tx.put(kept.key, kept.encode())
    for shard in load_shards(tx, stream):
        longer = replace(shard, retention_ms=retention_ms)
        tx.put(keyspace.shard_key(stream.id, shard.id), longer.encode())
    return kept
