"""Sweeping a stream: what is left on disk, counted key by key.

Source: AWS, developer guide, "Data retention limit for DynamoDB Streams": 24 hours.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from headwater.arns import Scope
from headwater.changelog.lifecycle import split
from headwater.changelog.retention import SWEEP_SHARDS, kept_streams, sweep_stream
from headwater.changelog.stream import (
    Stream,
    close_stream,
    last_sequence,
    load_shards,
    open_stream,
)
from headwater.clock import ManualClock
from headwater.ids import SeededIds
from headwater.loops import run
from headwater.storage import keyspace
from headwater.storage.memory import open_memory

SCOPE = Scope("000000000000", "us-east-1")


class World:
    """One stream of one shard, on a clock that is moved."""

    def __init__(self) -> None:
        self.clock = ManualClock(1_772_600_767_891)
        self.engine = open_memory(self.clock)
        ids = SeededIds(1)
        self.open = self.do(
            lambda tx: open_stream(tx, ids, self.clock.now_ms(), SCOPE, "T", "NEW_IMAGE", [], [0])
        )
        (self.shard,) = self.open.shards.shards

    def do(self, work: Callable[[Any], Any]) -> Any:
        async def main() -> Any:
            return await self.engine.run(work)

        return run(main())

    def append(self) -> int:
        sequence: int = self.do(lambda tx: tx.append(self.shard.log, b"record"))
        return sequence

    def sweep(self) -> None:
        for stream in self.do(kept_streams):
            self.do(partial(sweep_stream, stream=stream, now_ms=self.clock.now_ms()))

    def sequences(self) -> list[int]:
        found = self.do(lambda tx: tx.range(*keyspace.log_range(self.shard.log)))
        return [keyspace.sequence_of(key) for key, _ in found]

    def close(self) -> None:
        self.do(lambda tx: close_stream(tx, self.open, self.clock.now_ms()))

    def documents(self) -> int:
        """How many stream documents, shard documents and records there are."""

        def count(tx: Any) -> int:
            return sum(len(tx.range(one, keyspace.successor(one))) for one in (b"s", b"h", b"r"))

        found: int = self.do(count)
        return found


@pytest.fixture
def world() -> Iterator[World]:
    made = World()
    yield made
    made.engine.close()


def test_of_what_is_too_old_only_the_newest_stays_as_a_witness(world):
    old = [world.append() for _ in range(3)]
    world.clock.move(hours=12)
    young = [world.append() for _ in range(2)]
    world.sweep()
    assert world.sequences() == old + young
    world.clock.move(hours=12, ms=1)
    for _ in range(2):
        world.sweep()
        assert world.sequences() == [old[-1], *young]
    world.clock.move(hours=12)
    world.sweep()
    assert world.sequences() == young[-1:]


def test_a_shard_knows_its_last_record_however_old_it_is(world):
    last = world.append()
    world.clock.move(hours=100)
    world.sweep()
    assert world.do(lambda tx: last_sequence(tx, world.shard)) == last


def test_nobody_looks_where_everything_was_swept(world):
    """A store is slow there; a reader that stands there is told so by the witness all the same."""
    old = [world.append() for _ in range(3)]
    world.clock.move(hours=24, ms=1)
    world.sweep()
    (shard,) = world.do(lambda tx: load_shards(tx, world.open.stream))
    assert shard.first_kept == old[-1]
    world.close()
    (closed,) = world.do(lambda tx: load_shards(tx, world.open.stream))
    assert (closed.first_kept, closed.ending) == (old[-1], old[-1])


def test_a_stream_of_many_shards_is_swept_in_steps(world):
    ids = SeededIds(3)
    for _ in range(SWEEP_SHARDS):
        shard = world.open.shards.shards[0]
        middle = (shard.first_hash + shard.end_hash) // 2
        now_ms = world.clock.now_ms()
        world.open = world.do(
            lambda tx, of=world.open, at=middle, shard=shard, now_ms=now_ms: split(
                tx, ids, of, shard, at, now_ms
            )
        )
    world.clock.move(hours=25)
    step = partial(sweep_stream, stream=world.open.stream, now_ms=world.clock.now_ms())
    after = world.do(step)
    assert after is not None
    open_shards = len(world.open.shards.shards)
    while after is not None:
        after = world.do(partial(step, after=after))
    assert len(world.do(lambda tx: load_shards(tx, world.open.stream))) == open_shards


def test_a_stream_that_was_turned_off_leaves_nothing_after_24_hours(world):
    world.append()
    world.close()
    world.clock.move(hours=24)
    world.sweep()
    assert world.documents() == 3  # the stream, its shard, its record
    world.clock.move(ms=1)
    world.sweep()
    assert world.documents() == 0


def test_a_stream_of_the_same_label_that_came_later_is_not_swept(world):
    before: Stream = world.open.stream
    world.close()
    world.clock.move(hours=25)
    world.sweep()
    world.do(
        lambda tx: open_stream(
            tx, SeededIds(2), before.created_ms, SCOPE, "T", "NEW_IMAGE", [], [0]
        )
    )
    world.do(lambda tx: sweep_stream(tx, before, world.clock.now_ms()))
    assert world.documents() == 2
