"""AWS's rates and its number of readers, for a node that was asked to be as strict (off otherwise).

    ListStreams      5 a second of an account in a region
    DescribeStream   10 a second of an account in a region
    GetRecords       5 a second of one reader, and 2 readers of one shard at a time

A reader is whoever goes on from one GetShardIterator: its number travels in the iterators. It
counts as reading for two seconds after each of its pages, so that it may pause between polls. All
of it is counted on the node's clock and forgotten with the node; a refused call changes nothing,
and neither does asking again.

Sources: AWS, API reference, ListStreams and DescribeStream (the rates); developer guide, "DynamoDB
Streams" (no more than two processes on a shard, one for global tables). That GetRecords allows 5 a
second is Kinesis's rule, which AWS is reported to apply here too; a shard with two readers then
takes 10, or the 4 polls a second that Lambda makes for each of two functions would be refused.
"Rate exceeded" is as reported for these operations (aws-sdk-java-v2, issue 470); the words for a
third reader are ours, because AWS's are not known.
"""

from headwater.arns import Scope
from headwater.changelog.position import Position
from headwater.clock import Clock
from headwater.errors import LimitExceeded, Throttling
from headwater.ids import Ids
from headwater.limits import (
    DESCRIBE_STREAM_CALLS_PER_SECOND,
    GET_RECORDS_CALLS_PER_SECOND,
    LIST_STREAMS_CALLS_PER_SECOND,
    SHARD_READERS_MAX,
)

READING_MS = 2_000
_SHARDS_KEPT = 1_000  # above this, those nobody reads any more are forgotten

_Shard = tuple[int, str]  # stream's number, shard id


class _Bucket:
    """So many calls a second, and as many at once after a second of rest."""

    __slots__ = ("_calls", "_millicalls", "_now_ms")

    def __init__(self, calls_per_second: int, now_ms: int) -> None:
        self._calls = calls_per_second
        self._millicalls = calls_per_second * 1000
        self._now_ms = now_ms

    def take(self, now_ms: int) -> None:
        """Raises Throttling when the rate is used up."""
        gained = max(0, now_ms - self._now_ms) * self._calls
        self._millicalls = min(self._calls * 1000, self._millicalls + gained)
        self._now_ms = now_ms
        if self._millicalls < 1000:
            raise Throttling("Rate exceeded")
        self._millicalls -= 1000


class _Reader:
    """One reader of one shard."""

    __slots__ = ("bucket", "seen_ms")

    def __init__(self, now_ms: int) -> None:
        self.bucket = _Bucket(GET_RECORDS_CALLS_PER_SECOND, now_ms)
        self.seen_ms = now_ms


class StreamLimits:
    """What is left to whom. Each method takes one call, or raises."""

    def __init__(self, clock: Clock, ids: Ids) -> None:
        self._clock = clock
        self._ids = ids
        self._lists: dict[Scope, _Bucket] = {}
        self._descriptions: dict[Scope, _Bucket] = {}
        self._readers: dict[_Shard, dict[int, _Reader]] = {}

    def new_reader(self) -> int:
        """A number for whoever asks for an iterator: 32 bits, never 0."""
        return int(self._ids.hex(8), 16) or 1

    def list_streams(self, scope: Scope) -> None:
        """Raises Throttling."""
        _of(self._lists, scope, LIST_STREAMS_CALLS_PER_SECOND, self._clock.now_ms())

    def describe_stream(self, scope: Scope) -> None:
        """Raises Throttling."""
        _of(self._descriptions, scope, DESCRIBE_STREAM_CALLS_PER_SECOND, self._clock.now_ms())

    def get_records(self, position: Position) -> None:
        """Raises LimitExceeded when two others are reading the shard, and Throttling."""
        now_ms = self._clock.now_ms()
        shard = (position.stream_id, position.shard_id)
        readers = _active(self._readers.get(shard, {}), now_ms)
        reader = readers.get(position.reader)
        if reader is None:
            if len(readers) >= SHARD_READERS_MAX:
                raise LimitExceeded(
                    f"No more than {SHARD_READERS_MAX} processes may read from a shard at the "
                    f"same time: {position.shard_id}"
                )
            reader = readers[position.reader] = _Reader(now_ms)
        self._readers[shard] = readers
        reader.bucket.take(now_ms)
        reader.seen_ms = now_ms
        if len(self._readers) > _SHARDS_KEPT:
            every = {one: _active(of, now_ms) for one, of in self._readers.items()}
            self._readers = {one: of for one, of in every.items() if of}


def _of(buckets: dict[Scope, _Bucket], scope: Scope, rate: int, now_ms: int) -> None:
    bucket = buckets.get(scope)
    if bucket is None:
        bucket = buckets[scope] = _Bucket(rate, now_ms)
    bucket.take(now_ms)


def _active(readers: dict[int, _Reader], now_ms: int) -> dict[int, _Reader]:
    """Those who have read lately; who came before the clock was set back has, too."""
    return {
        number: reader for number, reader in readers.items() if now_ms - reader.seen_ms < READING_MS
    }
