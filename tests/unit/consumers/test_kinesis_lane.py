"""Destinations on a clock that is moved by hand: retention, large records, back-off, positions.

Source: AWS, developer guide, "Kinesis Data Streams" for DynamoDB (24 hours of records, 1 MB of a
Kinesis record); the rest is the contract at the top of consumers/kinesis.
"""

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

import orjson

from headwater.arns import Scope
from headwater.changelog.retention import kept_streams, sweep_stream
from headwater.changelog.wakeup import Wakeup
from headwater.clock import ManualClock
from headwater.config.settings import Settings
from headwater.consumers.kinesis.destination import destinations_of
from headwater.consumers.kinesis.destinations import KinesisDestinations, Parts
from headwater.consumers.kinesis.lane import PACE_MS
from headwater.ids import SeededIds
from headwater.metrics.counters import Registry
from headwater.metrics.recorder import Recorder
from headwater.outbound.endpoints import Outbound
from headwater.outbound.failure import UNREACHABLE, CallFailed
from headwater.storage import keyspace
from headwater.storage.identifiers import take_id
from headwater.storage.memory import open_memory
from headwater.tables import definition, partitions
from headwater.tables.catalog import Catalog
from headwater.tables.schema import Schema, Table
from headwater.tables.write import put

SCOPE = Scope("000000000000", "us-east-1")
ARN = "arn:aws:kinesis:us-east-1:000000000000:stream/cdc"
NOW_MS = 1_772_600_800_000
DOWN = CallFailed(UNREACHABLE, "nobody answers")


class Kinesis(Outbound):
    """An endpoint that is a list. `trouble` is raised instead of an answer."""

    def __init__(self) -> None:
        super().__init__(Settings(kinesis_endpoint="http://127.0.0.1:1"))
        self.arrived: list[str] = []
        self.requests = 0
        self.trouble: CallFailed | None = None
        self.throttled = 0  # records of the next requests that are

    async def post(
        self, service: str, operation: str, region: str, params: dict[str, Any]
    ) -> dict[str, Any]:
        self.requests += 1
        if self.trouble is not None:
            raise self.trouble
        if operation == "DescribeStreamSummary":
            return {"StreamDescriptionSummary": {"StreamStatus": "ACTIVE"}}
        if self.throttled:
            self.throttled -= len(params["Records"])
            code = "ProvisionedThroughputExceededException"
            return {"Records": [{"ErrorCode": code} for _ in params["Records"]]}
        for record in params["Records"]:
            change = orjson.loads(record["Data"])
            self.arrived.append(change["dynamodb"]["Keys"]["pk"]["S"])
        return {"Records": [{} for _ in params["Records"]]}


class World:
    """A table T of one partition with a destination, its stream off."""

    def __init__(self) -> None:
        self.clock = ManualClock(NOW_MS)
        self.engine = open_memory(self.clock)
        self.ids = SeededIds(1)
        self.catalog = Catalog()
        self.kinesis = Kinesis()
        self.destinations = self._destinations()

    def _destinations(self) -> KinesisDestinations:
        self.registry = Registry()
        self.recorder = Recorder()
        parts = Parts(
            engine=self.engine,
            clock=self.clock,
            ids=self.ids,
            catalog=self.catalog,
            wakeup=Wakeup(self.engine),
            outbound=self.kinesis,
            real_clock=self.clock,
            recorder=self.recorder,
        )
        return KinesisDestinations(parts, self.registry)

    async def open(self) -> None:
        def work(tx: Any) -> None:
            kinds = {"pk": "S"}
            schema = Schema(SCOPE, "T", take_id(tx), "u", 0, kinds, "pk", None, "", (0, 0), (0,))
            table = definition.create(tx, self.catalog, self.ids, NOW_MS, schema, None)
            self.destinations.enable(tx, table, ARN, "MILLISECOND")

        await self.engine.run(work)
        await self.settle()

    async def enable(self, arn: str) -> None:
        await self.engine.run(
            lambda tx: self.destinations.enable(tx, self.table(tx), arn, "MILLISECOND")
        )

    def table(self, tx: Any) -> Table:
        found = self.catalog.find(tx, SCOPE, "T")
        assert found is not None
        return found

    async def put(self, *names: str, data: str = "") -> None:
        def work(tx: Any) -> None:
            for name in names:
                self.put_in(tx, name, data)

        await self.engine.run(work)
        await self.pass_time(PACE_MS)

    def put_in(self, tx: Any, name: str, data: str = "") -> None:
        item = {"pk": {"S": name}, "data": {"B": data}}
        put(tx, self.table(tx), item, 300_000 if data else 10, self.clock.now_ms())

    async def roll(self) -> None:
        def work(tx: Any) -> None:
            table = self.table(tx)
            assert table.stream is not None
            shard = table.stream.shards.shards[0]
            now_ms = self.clock.now_ms()
            partitions.roll_over(tx, self.catalog, self.ids, table, shard, now_ms)

        await self.engine.run(work)
        await self.settle()

    async def sweep(self) -> None:
        for stream in await self.engine.run(kept_streams):
            now_ms = self.clock.now_ms()
            await self.engine.run(partial(sweep_stream, stream=stream, now_ms=now_ms))

    async def shown(self) -> dict[str, str]:
        def work(tx: Any) -> list[dict[str, str]]:
            return self.destinations.describe(tx, self.table(tx))

        found = await self.engine.run(work)
        return found[0] if found else {}

    async def checkpoints(self) -> int:
        return len(await self.engine.run(lambda tx: tx.range(b"c", b"d")))

    async def crash(self) -> None:
        await self.destinations.close(grace_ms=0)
        self.destinations = self._destinations()
        await self.destinations.start()
        await self.settle()

    async def settle(self, turns: int = 80) -> None:
        for _ in range(turns):
            await asyncio.sleep(0)

    async def pass_time(self, ms: int) -> None:
        await self.clock.advance(ms, settle_turns=40)
        await self.settle()

    def counted(self) -> dict[str, str]:
        """The metrics of the destination, by outcome."""
        lines = self.registry.page().decode().splitlines()
        found = [line for line in lines if line.startswith("headwater_kinesis_records_total")]
        return {line.split('outcome="')[1].split('"')[0]: line.split()[-1] for line in found}

    def told(self) -> dict[str, tuple[float, float]]:
        """AWS's metrics since the last time: sum and maximum, by name."""
        self.recorder.minute_over()
        found = {}
        for series, samples in self.recorder.take():
            samples.settle()
            assert dict(series.dimensions)["TableName"] == "T"
            found[series.name] = (samples.total, samples.maximum)
        return found


def play(story: Callable[[World], Coroutine[Any, Any, None]]) -> None:
    async def main() -> None:
        world = World()
        await world.open()
        try:
            await story(world)
        finally:
            await world.destinations.close(grace_ms=0)

    asyncio.run(main())


def test_changes_are_delivered_at_once_and_in_order():
    async def story(world: World) -> None:
        assert (await world.shown())["DestinationStatus"] == "ACTIVE"
        await world.put("a", "b")
        await world.roll()
        await world.put("c")
        assert world.kinesis.arrived == ["a", "b", "c"]
        assert world.destinations.idle
        assert world.counted() == {"delivered": "3"}

    play(story)


def test_changes_that_come_one_by_one_share_requests():
    async def story(world: World) -> None:
        before = world.kinesis.requests
        for number in range(100):
            await world.engine.run(partial(world.put_in, name=str(number)))
            await world.settle()
        # The first at once, the others at the end of the pace.
        assert world.kinesis.arrived == ["0"]
        await world.pass_time(PACE_MS)
        assert world.kinesis.arrived == [str(number) for number in range(100)]
        assert world.kinesis.requests - before == 2

    play(story)


def test_what_fails_is_tried_again_after_longer_and_longer_pauses():
    async def story(world: World) -> None:
        world.kinesis.trouble = DOWN
        await world.put("a")
        before = world.kinesis.requests
        await world.pass_time(1_000)
        early = world.kinesis.requests - before
        await world.pass_time(600_000)
        # From 250 ms to a minute, doubling: at most 4 tries in the first second; in the next ten
        # minutes at least one and at most two a minute, beside the five or six while it grows.
        assert 1 <= early <= 4
        assert 10 <= world.kinesis.requests - before - early <= 28
        assert "nobody answers" in (await world.shown())["DestinationStatusDescription"]
        assert not world.destinations.idle
        world.kinesis.trouble = None
        await world.pass_time(60_000)
        assert world.kinesis.arrived == ["a"]
        assert "DestinationStatusDescription" not in await world.shown()

    play(story)


def test_what_is_older_than_a_day_is_lost_and_counted():
    async def story(world: World) -> None:
        world.kinesis.trouble = DOWN
        await world.put("old")
        await world.pass_time(23 * 3_600_000)
        await world.put("young")
        await world.pass_time(2 * 3_600_000)
        await world.sweep()
        world.kinesis.trouble = None
        await world.pass_time(60_000)
        assert world.kinesis.arrived == ["young"]
        assert world.counted()["expired"] == "1"

    play(story)


def test_a_change_over_1_mb_is_skipped_and_counted():
    async def story(world: World) -> None:
        large = "A" * 600_000
        await world.put("a", data=large)
        await world.put("a", data="B" + large[1:])  # with both images 1.2 MB
        await world.put("b")
        assert world.kinesis.arrived == ["a", "b"]
        assert world.counted()["too large"] == "1"

    play(story)


def test_after_a_crash_delivery_goes_on_where_it_is_known_to_have_been():
    async def story(world: World) -> None:
        await world.put("a")
        await world.pass_time(1_000)
        world.kinesis.trouble = DOWN
        await world.put("b")
        await world.crash()
        world.kinesis.trouble = None
        await world.pass_time(60_000)
        assert world.kinesis.arrived == ["a", "b"]

    play(story)


def test_an_endpoint_that_comes_up_within_a_minute_is_waited_for():
    async def story(world: World) -> None:
        world.kinesis.trouble = DOWN
        await world.enable(f"{ARN}-2")
        await world.settle()
        await world.put("a")
        await world.pass_time(20_000)
        world.kinesis.trouble = None
        await world.pass_time(60_000)
        assert world.kinesis.arrived == ["a", "a"]

    play(story)


def test_an_endpoint_that_does_not_come_up_makes_enabling_fail():
    async def story(world: World) -> None:
        world.kinesis.trouble = DOWN
        await world.enable(f"{ARN}-2")
        await world.pass_time(61_000)
        shown = await world.engine.run(lambda tx: world.destinations.describe(tx, world.table(tx)))
        assert shown[1]["DestinationStatus"] == "ENABLE_FAILED"
        assert "nobody answers" in shown[1]["DestinationStatusDescription"]
        users = await world.engine.run(lambda tx: world.table(tx).schema.log_users)
        assert len(users) == 1

    play(story)


def test_disabling_ends_within_half_a_minute_whatever_the_endpoint_does():
    async def story(world: World) -> None:
        world.kinesis.trouble = DOWN
        await world.put("a")
        await world.engine.run(lambda tx: world.destinations.disable(tx, world.table(tx), ARN))
        await world.settle()
        assert (await world.shown())["DestinationStatus"] == "DISABLING"
        await world.pass_time(31_000)
        assert (await world.shown())["DestinationStatus"] == "DISABLED"
        assert await world.checkpoints() == 0
        assert world.destinations.idle
        await world.pass_time(24 * 3_600_000 + 1)
        assert await world.shown() == {}

    play(story)


def test_a_disabling_that_a_crash_cut_off_is_ended_by_the_next_life():
    async def story(world: World) -> None:
        world.kinesis.trouble = DOWN
        await world.put("a")
        await world.engine.run(lambda tx: world.destinations.disable(tx, world.table(tx), ARN))
        await world.put("after")
        await world.crash()
        world.kinesis.trouble = None
        await world.pass_time(5_000)
        assert world.kinesis.arrived == ["a"]
        assert (await world.shown())["DestinationStatus"] == "DISABLED"

    play(story)


def test_a_destination_goes_with_its_table():
    async def story(world: World) -> None:
        number = await world.engine.run(lambda tx: world.table(tx).schema.id)
        await world.put("a")

        def drop(tx: Any) -> None:
            definition.drop(tx, world.catalog, world.table(tx), world.clock.now_ms())

        await world.engine.run(drop)
        await world.settle()
        assert world.kinesis.arrived == ["a"]
        assert await world.engine.run(lambda tx: destinations_of(tx, number)) == []
        assert await world.checkpoints() == 0
        prefix = keyspace.all_destinations_prefix()
        rest = await world.engine.run(lambda tx: tx.range(prefix, keyspace.successor(prefix)))
        assert rest == []

    play(story)


def test_what_does_not_arrive_is_told_in_awss_metrics():
    async def story(world: World) -> None:
        world.kinesis.throttled = 2
        await world.put("a", "b")
        assert world.told()["ThrottledPutRecordCount"] == (2, 1)
        await world.pass_time(60_000)
        assert world.kinesis.arrived == ["a", "b"]
        assert "AgeOfOldestUnreplicatedRecord" not in world.told()

        world.kinesis.trouble = DOWN
        await world.put("c")
        await world.pass_time(60_000)
        total, oldest = world.told()["AgeOfOldestUnreplicatedRecord"]
        assert total == oldest == 60_000 + PACE_MS
        await world.pass_time(25 * 60 * 60 * 1000)
        assert world.told()["FailedToReplicateRecordCount"] == (1, 1)

    play(story)
