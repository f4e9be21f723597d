"""Shards end by themselves: by age at their moment, by load over a minute, never otherwise.

Source: AWS, developer guide, "Change data capture for DynamoDB Streams"; 1,000 write units is a
partition's limit ("Burst and adaptive capacity").
"""

import asyncio
from typing import Any

from headwater.arns import Scope
from headwater.changelog.lifecycle import HOUR_MS, ShardPolicy
from headwater.changelog.shards import Shard
from headwater.changelog.stream import load_shards
from headwater.clock import ManualClock
from headwater.consumers.shard_keeper import MEASURE_MS, RETRY_MS, ShardKeeper
from headwater.errors import ServiceUnavailable
from headwater.ids import SeededIds
from headwater.loops import Tasks
from headwater.storage.identifiers import take_id
from headwater.storage.memory import open_memory
from headwater.tables import definition
from headwater.tables.catalog import Catalog
from headwater.tables.schema import Schema, Table
from headwater.tables.write import put

SCOPE = Scope("000000000000", "us-east-1")
NOW_MS = 1_772_600_800_000


class World:
    """A table with two partitions and a stream, and the keeper of its shards."""

    def __init__(self, policy: ShardPolicy) -> None:
        self.clock = ManualClock(NOW_MS)
        self.engine = open_memory(self.clock)
        self.catalog = Catalog()
        self.tasks = Tasks()
        ids = SeededIds(1)
        self.ids = ids
        self.keeper = ShardKeeper(self.engine, self.clock, ids, self.catalog, policy)

    async def start(self) -> None:
        def create(tx: Any) -> None:
            bounds = (0, 1 << 31)
            schema = Schema(
                SCOPE, "T", take_id(tx), "uuid", 0, {"pk": "S"}, "pk", None, "", (0, 0), bounds
            )
            definition.create(tx, self.catalog, self.ids, NOW_MS, schema, "KEYS_ONLY")

        await self.engine.run(create)
        await self.keeper.start(self.tasks)

    def table(self, tx: Any) -> Table:
        found = self.catalog.find(tx, SCOPE, "T")
        assert found is not None
        return found

    async def put_many(self, count: int) -> None:
        def work(tx: Any) -> None:
            for number in range(count):
                item = {"pk": {"S": "one partition key"}, "n": {"N": str(number)}}
                put(tx, self.table(tx), item, 10, self.clock.now_ms())

        await self.engine.run(work)

    async def shards(self) -> list[Shard]:
        def work(tx: Any) -> list[Shard]:
            stream = self.table(tx).stream
            assert stream is not None
            return load_shards(tx, stream.stream)

        return await self.engine.run(work)


def play(story: Any, policy: ShardPolicy | None = None) -> None:
    async def main() -> None:
        world = World(policy or ShardPolicy())
        try:
            await world.start()
            await story(world)
        finally:
            await world.tasks.close()

    asyncio.run(main())


def test_a_day_without_writes_gives_each_partition_a_chain_of_shards() -> None:
    async def story(world: World) -> None:
        await world.clock.advance(25 * HOUR_MS)
        shards = await world.shards()
        opened = [shard for shard in shards if shard.ending is None]
        assert len(opened) == 2
        # 25 hours hold 5 to 7 periods of 3.5 to 4.5 hours, for each of the two partitions.
        assert 2 * 6 <= len(shards) <= 2 * 8
        roots = [shard for shard in shards if shard.parent is None]
        assert len(roots) == 2

    play(story)


def test_a_hot_partition_is_split_after_a_minute_and_a_cool_one_is_not() -> None:
    async def story(world: World) -> None:
        await world.put_many(61_000)
        await world.clock.advance(MEASURE_MS)
        shards = await world.shards()
        parents = {shard.parent for shard in shards if shard.parent}
        assert len(shards) == 4 and len(parents) == 1
        async_table = await world.engine.run(world.table)
        assert len(async_table.schema.partitions) == 3

    play(story)


def test_a_partition_below_its_limit_stays_whole() -> None:
    async def story(world: World) -> None:
        await world.put_many(59_000)
        await world.clock.advance(MEASURE_MS)
        await world.put_many(10)
        await world.clock.advance(MEASURE_MS)
        assert len(await world.shards()) == 2

    play(story)


def test_a_table_that_was_dropped_is_left_alone() -> None:
    async def story(world: World) -> None:
        def drop(tx: Any) -> None:
            definition.drop(tx, world.catalog, world.table(tx), NOW_MS)

        await world.engine.run(drop)
        await world.clock.advance(10 * HOUR_MS)
        assert world.keeper.kept() == []

    play(story)


def test_a_store_that_fails_leaves_the_loop_to_others() -> None:
    """A look that fails is repeated after a while, also when what it is for is long due."""

    async def story(world: World) -> None:
        await world.put_many(10)
        looks = 0

        async def fails(work: Any) -> Any:
            nonlocal looks
            looks += 1
            raise ServiceUnavailable("the store failed")

        world.engine.run = fails  # type: ignore[method-assign]  # as an engine in trouble does
        await asyncio.wait_for(world.clock.advance(MEASURE_MS + 2 * RETRY_MS), 20)
        assert looks == 3

    play(story)
