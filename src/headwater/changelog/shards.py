"""The shard tree of one stream: open, split, close, and the order readers must follow.

A stream has one open shard for each of its table's partitions, that is, for each range of the
partition key's hash. A shard is closed before its children take a record, so a reader that
finishes a parent first sees the changes of one item in the order they were committed. This file
knows shards and sequence numbers. It does not know tables, image views or who is reading.

Source: AWS, developer guide, "Change data capture for DynamoDB Streams" (shards, lineage).
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import orjson

from headwater.limits import STREAM_RETENTION_MS
from headwater.storage.keyspace import HASH_SPACE


@dataclass(frozen=True, slots=True)
class Shard:
    """One shard. Sequences are unsigned 64-bit numbers (storage/sequence.py)."""

    id: str  # shardId-<20 digits>-<8 hex digits>
    log: int  # where its records lie
    parent: str | None
    first_hash: int  # of the range it takes records for
    end_hash: int  # exclusive
    starting: int  # no record of it has a lower sequence
    ending: int | None  # None while it is open; no record of it has a higher one
    closed_ms: int | None = None  # when it was closed
    retention_ms: int = STREAM_RETENTION_MS  # how long its records are shown
    trimmed: int = 0  # records up to here were taken away by hand, before their time
    first_kept: int = 0  # none of its records is kept below this: where to begin to look

    @property
    def created_ms(self) -> int:
        """When it was opened: its id says so."""
        return int(self.id[8:28])

    def encode(self) -> bytes:
        return orjson.dumps(asdict(self))

    @staticmethod
    def decode(data: bytes) -> "Shard":
        fields: dict[str, Any] = orjson.loads(data)
        return Shard(**fields)

    def closed(self, ending: int, now_ms: int) -> "Shard":
        """This shard, closed: `ending` is its last record's sequence or any bound above it."""
        assert self.ending is None, f"shard {self.id} is closed already"
        ending = max(ending, self.starting, self.trimmed)
        return replace(self, ending=ending, closed_ms=now_ms)


def shard_id(created_ms: int, tail: str) -> str:
    """
    >>> shard_id(1772600767891, "5f0c9a1b")
    'shardId-00000001772600767891-5f0c9a1b'
    """
    return f"shardId-{created_ms:020d}-{tail}"


def partition_bounds(partitions: int) -> list[int]:
    """Lower bounds of `partitions` equal ranges of the hash.

    >>> partition_bounds(4)
    [0, 1073741824, 2147483648, 3221225472]
    """
    assert partitions >= 1
    return [HASH_SPACE * number // partitions for number in range(partitions)]


def ranges(bounds: Sequence[int]) -> list[tuple[int, int]]:
    """(first, end) of each partition, from their lower bounds."""
    return list(zip(bounds, [*bounds[1:], HASH_SPACE], strict=True))


class OpenShards:
    """The open shards of a stream, found by hash. Together they cover the whole hash space."""

    __slots__ = ("_bounds", "shards")

    def __init__(self, shards: Iterable[Shard]) -> None:
        self.shards = sorted(shards, key=lambda shard: shard.first_hash)
        self._bounds = [shard.first_hash for shard in self.shards]
        expected = 0
        for shard in self.shards:
            assert shard.first_hash == expected, f"hole or overlap before shard {shard.id}"
            assert shard.ending is None, f"shard {shard.id} is closed"
            expected = shard.end_hash
        assert expected == HASH_SPACE, "open shards must cover every hash"

    def at(self, hash_value: int) -> Shard:
        """The shard that takes the changes of keys with this hash."""
        return self.shards[bisect_right(self._bounds, hash_value) - 1]


def startable(shards: Sequence[Shard], finished: set[str]) -> list[Shard]:
    """The shards a reader may read now: not finished, and their parent finished or not listed.

    A parent that is no longer listed has been trimmed; its child is a root then.
    """
    listed = {shard.id for shard in shards}
    return [
        shard
        for shard in shards
        if shard.id not in finished
        and (shard.parent is None or shard.parent in finished or shard.parent not in listed)
    ]
