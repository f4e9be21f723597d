"""The internal log: there while somebody needs changes and no stream is on, one append for each.

Source of the expectations: the contract at the top of tables/log.py; that a stream holds only
what was written after it was enabled is AWS's, developer guide, "Enabling a stream".
"""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from headwater.arns import Scope
from headwater.changelog.read import read_log
from headwater.changelog.record import unpack
from headwater.changelog.retention import kept_streams, sweep_stream
from headwater.changelog.stream import Stream, later_streams, load_shards
from headwater.clock import ManualClock
from headwater.ids import SeededIds
from headwater.limits import STREAM_RETENTION_MS
from headwater.storage import keyspace
from headwater.storage.identifiers import take_id
from headwater.storage.memory import open_memory
from headwater.tables import definition, partitions
from headwater.tables.catalog import Catalog
from headwater.tables.schema import Schema, Table
from headwater.tables.write import put

SCOPE = Scope("000000000000", "us-east-1")
NOW_MS = 1_772_600_800_000


class World:
    """One table named T, with two partitions; each method is a transaction of its own."""

    def __init__(self) -> None:
        self.clock = ManualClock(NOW_MS)
        self.engine = open_memory(self.clock)
        self.catalog = Catalog()
        self.ids = SeededIds(1)

    def now(self, work: Callable[[Any], Any]) -> Any:
        return asyncio.run(self._run(work))

    async def _run(self, work: Callable[[Any], Any]) -> Any:
        return await self.engine.run(work)

    def create(self, view: str | None = None) -> None:
        def work(tx: Any) -> None:
            kinds, bounds = {"pk": "S"}, (0, 1 << 31)
            number = take_id(tx)
            schema = Schema(SCOPE, "T", number, "u", 0, kinds, "pk", None, "", (0, 0), bounds)
            definition.create(tx, self.catalog, self.ids, NOW_MS, schema, view)

        self.now(work)

    def table(self, tx: Any) -> Table:
        found = self.catalog.find(tx, SCOPE, "T")
        assert found is not None
        return found

    def need(self, user: str) -> None:
        self._change(definition.need_log, user)

    def release(self, user: str) -> None:
        self._change(definition.release_log, user)

    def turn_on(self) -> None:
        self._change(definition.turn_stream_on, "KEYS_ONLY")

    def turn_off(self) -> None:
        self._change(definition.turn_stream_off)

    def _change(self, change: Any, *more: Any) -> None:
        now_ms = self.clock.now_ms()
        self.now(lambda tx: change(tx, self.catalog, self.ids, now_ms, self.table(tx), *more))

    def put(self, *names: str) -> None:
        def work(tx: Any) -> None:
            for name in names:
                put(tx, self.table(tx), {"pk": {"S": name}}, 10, self.clock.now_ms())

        self.now(work)

    def drop(self) -> None:
        self.now(lambda tx: definition.drop(tx, self.catalog, self.table(tx), NOW_MS))

    def listed(self) -> list[Stream]:
        """What ListStreams sees."""
        prefix = keyspace.streams_prefix(SCOPE)
        found = self.now(lambda tx: tx.range(prefix, keyspace.successor(prefix)))
        return [Stream.decode(data) for _, data in found]

    def streams(self) -> list[Stream]:
        return sorted(self.now(kept_streams), key=lambda stream: stream.id)

    def keys(self, stream: Stream) -> list[str]:
        """Keys of the changes in a stream, by sequence."""

        def work(tx: Any) -> list[str]:
            entries = [
                entry
                for shard in load_shards(tx, stream)
                for entry in read_log(tx, shard.log, -1, 100)
            ]
            return [unpack(stored).keys.decode().split('"')[5] for _, stored in sorted(entries)]

        found: list[str] = self.now(work)
        return found

    def records(self) -> int:
        return len(self.now(lambda tx: tx.range(b"r", b"s")))


@pytest.fixture
def world() -> World:
    return World()


def test_without_a_stream_and_without_a_user_nothing_is_recorded(world):
    world.create()
    world.put("a")
    assert world.records() == 0
    assert world.streams() == []


def test_a_user_without_a_stream_gets_a_log_that_no_api_lists(world):
    world.create()
    world.put("before")
    world.need("kinesis")
    world.put("a", "b")
    assert world.listed() == []
    (log,) = world.streams()
    assert log.hidden and world.keys(log) == ["a", "b"]


def test_a_user_beside_a_stream_costs_no_second_record(world):
    world.create("KEYS_ONLY")
    world.need("kinesis")
    world.need("views")
    world.put("a", "b")
    assert world.records() == 2
    assert len(world.streams()) == 1


def test_turning_the_stream_on_and_off_leaves_no_gap_and_no_double(world):
    """Sequence of the table's streams: internal, shown, internal; each change in one of them."""
    world.create()
    world.need("kinesis")
    world.put("a")
    world.turn_on()
    world.put("b")
    world.turn_off()
    world.put("c")
    first, shown, last = world.streams()
    assert [one.hidden for one in (first, shown, last)] == [True, False, True]
    assert [world.keys(one) for one in (first, shown, last)] == [["a"], ["b"], ["c"]]
    assert world.listed() == [shown]
    assert shown.view == "KEYS_ONLY"
    assert world.now(lambda tx: later_streams(tx, SCOPE, "T", first.table_id, first.id)) == [
        shown,
        last,
    ]


def test_the_log_is_closed_with_its_last_user_and_not_before(world):
    world.create()
    world.need("kinesis")
    world.need("views")
    world.release("kinesis")
    world.put("a")
    assert world.records() == 1
    world.release("views")
    world.put("b")
    assert world.records() == 1
    assert world.streams()[0].disabled_ms is not None


def test_releasing_leaves_a_stream_that_is_on_alone(world):
    world.create("KEYS_ONLY")
    world.need("kinesis")
    world.release("kinesis")
    world.put("a")
    assert world.keys(world.listed()[0]) == ["a"]


def test_a_table_knows_its_log_after_a_restart(world):
    world.create()
    world.need("kinesis")
    world.catalog = Catalog()
    world.put("a")
    assert world.keys(world.streams()[0]) == ["a"]


def test_shards_of_the_log_roll_and_split_as_those_of_a_stream(world):
    world.create()
    world.need("kinesis")

    def work(tx: Any) -> int:
        table = world.table(tx)
        assert table.stream is not None
        shard = table.stream.shards.shards[0]
        table = partitions.split(tx, world.catalog, world.ids, table, shard, NOW_MS)
        assert table.stream is not None
        return len(table.stream.shards.shards)

    assert world.now(work) == 3
    world.put("a")
    assert world.keys(world.streams()[0]) == ["a"]


def test_streams_of_another_table_of_the_same_name_do_not_follow(world):
    world.create()
    world.need("kinesis")
    world.drop()
    world.create("KEYS_ONLY")
    old, new = world.streams()
    assert world.now(lambda tx: later_streams(tx, SCOPE, "T", old.table_id, old.id)) == []
    assert old.table_id != new.table_id


def test_a_log_is_forgotten_a_day_after_it_was_closed(world):
    world.create()
    world.need("kinesis")
    world.put("a")
    world.release("kinesis")
    (log,) = world.streams()
    later_ms = NOW_MS + STREAM_RETENTION_MS + 1
    world.now(lambda tx: sweep_stream(tx, log, later_ms))
    assert world.streams() == [] and world.records() == 0
