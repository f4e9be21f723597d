"""Time to live: what expires is deleted on the clock, through the one write path.

Source: AWS, developer guide, "Using time to live (TTL)": a Number in epoch seconds; not a Number,
or more than five years past, is ignored; the record of the deletion names the service.
"""

import asyncio
from typing import Any

import orjson
import pytest

from headwater.arns import Scope
from headwater.changelog.read import read_log
from headwater.changelog.record import REMOVE, TTL_IDENTITY, unpack
from headwater.changelog.wakeup import Wakeup
from headwater.clock import ManualClock
from headwater.consumers.expirer import Expirer
from headwater.ids import SeededIds
from headwater.loops import Tasks
from headwater.storage.identifiers import take_id
from headwater.storage.memory import open_memory
from headwater.tables import definition, ttl
from headwater.tables.catalog import Catalog
from headwater.tables.schema import Schema, Table
from headwater.tables.write import put
from headwater.values.size import item_size

SCOPE = Scope("000000000000", "us-east-1")
NOW_S = 1_772_600_800
HOUR_S = 3600
YEAR_S = 365 * 24 * HOUR_S


class World:
    """A table with the TTL attribute `end` and a stream, and the service that expires items."""

    def __init__(self) -> None:
        self.clock = ManualClock(NOW_S * 1000)
        self.engine = open_memory(self.clock)
        self.catalog = Catalog()
        self.tasks = Tasks()
        self.expirer = Expirer(self.engine, self.clock, self.catalog, Wakeup(self.engine))

    async def start(self, *, ttl_on: bool = True) -> None:
        def create(tx: Any) -> None:
            schema = Schema(
                SCOPE, "T", take_id(tx), "uuid", 0, {"pk": "S"}, "pk", None, "", (0, 0), (0,)
            )
            ids = SeededIds(1)
            table = definition.create(tx, self.catalog, ids, 0, schema, "NEW_AND_OLD_IMAGES")
            if ttl_on:
                ttl.turn_ttl_on(tx, self.catalog, table, "end")

        await self.engine.run(create)
        await self.expirer.start(self.tasks)
        await self.clock.advance(0)

    def table(self, tx: Any) -> Table:
        found = self.catalog.find(tx, SCOPE, "T")
        assert found is not None
        return found

    async def put(self, key: str, **attributes: Any) -> None:
        item = {"pk": {"S": key}, **attributes}

        def work(tx: Any) -> None:
            put(tx, self.table(tx), item, item_size(item), self.clock.now_ms())

        await self.engine.run(work)
        await self.clock.advance(0)

    async def keys(self) -> list[str]:
        def work(tx: Any) -> list[str]:
            prefix = self.table(tx).prefix
            found = tx.range(prefix, prefix + b"\xff")
            return sorted(orjson.loads(value[5:])["pk"]["S"] for _, value in found)

        return await self.engine.run(work)

    async def removals(self) -> list[Any]:
        def work(tx: Any) -> list[Any]:
            stream = self.table(tx).stream
            assert stream is not None
            entries = read_log(tx, stream.shards.shards[0].log, 0, 1000)
            return [unpack(entry.stored) for entry in entries]

        return [change for change in await self.engine.run(work) if change.kind == REMOVE]


def play(story: Any) -> None:
    async def main() -> None:
        world = World()
        try:
            await story(world)
        finally:
            await world.tasks.close()

    asyncio.run(main())


def test_an_item_goes_when_its_second_is_over_and_its_record_names_the_service() -> None:
    async def story(world: World) -> None:
        await world.start()
        await world.put("soon", end={"N": str(NOW_S + 10)})
        await world.put("later", end={"N": str(NOW_S + HOUR_S)})
        await world.clock.advance(10_000)
        assert await world.keys() == ["later", "soon"]
        await world.clock.advance(1_000)
        assert await world.keys() == ["later"]
        (removal,) = await world.removals()
        assert removal.identity == TTL_IDENTITY
        assert removal.created_ms == (NOW_S + 11) * 1000
        await world.clock.advance(48 * HOUR_S * 1000)
        assert await world.keys() == []

    play(story)


@pytest.mark.parametrize(
    "end",
    [
        {"S": str(NOW_S)},
        {"N": str(NOW_S - 5 * YEAR_S - 10)},
        {"N": "-1"},
        {"NULL": True},
        {"N": "9" * 38},
    ],
)
def test_what_is_not_a_recent_time_is_ignored(end: Any) -> None:
    async def story(world: World) -> None:
        await world.start()
        await world.put("a", end=end)
        await world.clock.advance(HOUR_S * 1000)
        assert await world.keys() == ["a"]

    play(story)


def test_an_item_that_was_prolonged_in_time_stays() -> None:
    async def story(world: World) -> None:
        await world.start()
        await world.put("a", end={"N": str(NOW_S + 10)})
        await world.put("a", end={"N": str(NOW_S + HOUR_S)})
        await world.put("b", end={"N": str(NOW_S + 10)})
        await world.put("b")
        await world.clock.advance(60_000)
        assert await world.keys() == ["a", "b"]

    play(story)


def test_items_from_before_ttl_was_turned_on_expire_too() -> None:
    async def story(world: World) -> None:
        await world.start(ttl_on=False)
        for number in range(ttl.STEP_ITEMS * 2 + 5):
            await world.put(f"{number:04d}", end={"N": str(NOW_S - 10)})
        await world.put("other")
        await world.engine.run(
            lambda tx: ttl.turn_ttl_on(tx, world.catalog, world.table(tx), "end")
        )
        await world.clock.advance(1_000, settle_turns=50)
        assert await world.keys() == ["other"]
        assert world.expirer.idle

    play(story)


def test_nothing_expires_after_ttl_was_turned_off() -> None:
    async def story(world: World) -> None:
        await world.start()
        await world.put("a", end={"N": str(NOW_S + 10)})
        await world.engine.run(lambda tx: ttl.turn_ttl_off(tx, world.catalog, world.table(tx)))
        await world.clock.advance(HOUR_S * 1000)
        assert await world.keys() == ["a"]

    play(story)


def test_ttl_turned_off_and_on_while_items_are_listed_lists_them_all_again() -> None:
    async def story(world: World) -> None:
        await world.start(ttl_on=False)
        for number in range(ttl.STEP_ITEMS * 3):
            await world.put(f"{number:04d}", end={"N": str(NOW_S - 10)})

        def turn_on(tx: Any) -> None:
            ttl.turn_ttl_on(tx, world.catalog, world.table(tx), "end")

        def again(tx: Any) -> None:
            ttl.turn_ttl_off(tx, world.catalog, world.table(tx))
            turn_on(tx)

        await world.engine.run(turn_on)
        while not world.expirer._filled_to:  # noqa: ASYNC110 - nobody tells of a step
            await asyncio.sleep(0)
        await world.engine.run(again)
        await world.clock.advance(1_000, settle_turns=50)
        assert await world.keys() == []

    play(story)


def test_a_table_that_goes_while_another_one_is_served_holds_nothing_up(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def story(world: World) -> None:
        await world.start()
        await world.put("a", end={"N": str(NOW_S + 10)})
        number = await world.engine.run(lambda tx: world.table(tx).schema.id)
        world.expirer._forget(number)
        await world.expirer._serve_table(number)

    play(story)
    assert "failed" not in caplog.text
