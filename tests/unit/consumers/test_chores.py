"""The chores of a node: filling an index step by step, whatever happens meanwhile.

Source: AWS, developer guide, "Managing GSIs": writes go on during a backfill, an index that is
being filled may be dropped, and a table may be.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from headwater.arns import Scope
from headwater.clock import ManualClock
from headwater.consumers.chores import Chores, fill_index, sweep
from headwater.ids import SeededIds
from headwater.loops import Tasks, run
from headwater.storage import keyspace
from headwater.storage.identifiers import take_id
from headwater.storage.memory import open_memory
from headwater.tables import definition, transaction
from headwater.tables.catalog import Catalog
from headwater.tables.keys import key_of_request
from headwater.tables.schema import ACTIVE, CREATING, Index, Schema, Table
from headwater.tables.write import delete, put
from headwater.values.size import item_size

SCOPE = Scope("000000000000", "us-east-1")
INDEX = Index(0, "idx", True, ("x",), (), "ALL")
ROWS = definition.BACKFILL_ITEMS * 2 + 10


class World:
    """A table T of ROWS items, made by hand."""

    def __init__(self) -> None:
        self.clock = ManualClock(1_772_600_767_891)
        self.engine = open_memory(self.clock)
        self.catalog = Catalog()
        self.tasks = Tasks()

    async def do(self, work: Callable[[Any], Any]) -> Any:
        return await self.engine.run(work)

    async def table(self) -> Table:
        await self.do(self._create)
        for row in range(ROWS):
            await self.put(f"{row:04d}", "a")
        found: Table = await self.do(self.find)
        return found

    def find(self, tx: Any) -> Table:
        table = self.catalog.find(tx, SCOPE, "T")
        assert table is not None
        return table

    def _create(self, tx: Any) -> Table:
        schema = Schema(
            scope=SCOPE,
            name="T",
            id=take_id(tx),
            uuid="",
            created_ms=0,
            attributes={"pk": "S", "x": "S"},
            hash_name="pk",
            range_name=None,
            billing="PAY_PER_REQUEST",
            throughput=(0, 0),
            partitions=(0,),
        )
        return definition.create(tx, self.catalog, SeededIds(1), 0, schema, None)

    async def put(self, key: str, x: str) -> None:
        item = {"pk": {"S": key}, "x": {"S": x}}
        await self.do(lambda tx: put(tx, self.find(tx), item, item_size(item), 0))

    async def begin(self) -> Table:
        table: Table = await self.do(
            lambda tx: definition.add_index(tx, self.catalog, self.find(tx), INDEX)
        )
        return table

    async def fill(self, table: Table) -> None:
        index = table.indexes["idx"]
        await fill_index(self.engine, self.clock, self.catalog, table, index)

    async def entries(self) -> tuple[int, int]:
        """Entries of the index as they lie on disk, and as they are counted."""

        def count(tx: Any) -> tuple[int, int]:
            (plan,) = self.find(tx).plans
            found = tx.range(plan.prefix, keyspace.successor(plan.prefix))
            return len(found), tx.counter(plan.counter_key)[0]

        result: tuple[int, int] = await self.do(count)
        return result

    async def status(self) -> str:
        table = await self.do(self.find)
        return str(table.indexes["idx"].status)


@pytest.fixture
def in_world() -> Callable[[Callable[[World], Awaitable[None]]], None]:
    """in_world(test): run an async test in a world of its own."""

    def start(test: Callable[[World], Awaitable[None]]) -> None:
        async def main() -> None:
            world = World()
            await test(world)
            await world.tasks.close()
            world.engine.close()

        run(main())

    return start


def test_an_index_is_filled_while_items_come_change_and_go(in_world):
    async def test(world):
        await world.table()
        table = await world.begin()
        filling = world.tasks.spawn("fill", world.fill(table))
        await world.put("0000", "b")
        await world.put("9999", "b")
        await world.put("new", "b")
        await filling
        assert await world.status() == ACTIVE
        assert await world.entries() == (ROWS + 2, ROWS + 2)

    in_world(test)


def test_items_that_cannot_have_an_entry_are_passed_over(in_world):
    """An empty string or 3,000 bytes are fine in an attribute that was no key when it came."""

    async def test(world):
        await world.do(world._create)
        for key, x in (("a", ""), ("b", "x" * 3000), ("c", "x" * 2048)):
            await world.put(key, x)
        table = await world.begin()
        await world.fill(table)
        assert await world.entries() == (1, 1)
        for key in "ab":
            await world.do(
                lambda tx, one=key: delete(
                    tx, world.find(tx), key_of_request(table, {"pk": {"S": one}}), 0
                )
            )
        assert await world.entries() == (1, 1)

    in_world(test)


def test_filling_again_changes_nothing(in_world):
    async def test(world):
        await world.table()
        table = await world.begin()
        plan = table.plans[0]
        first = await world.do(lambda tx: definition.backfill(tx, world.catalog, table, "idx", b""))
        assert not first.is_done
        # A node that dies here starts again from the beginning.
        await world.fill(table)
        assert await world.entries() == (ROWS, ROWS)
        assert plan.index.status == CREATING

    in_world(test)


def test_a_node_goes_on_with_what_one_before_it_began(in_world):
    async def test(world):
        await world.table()
        await world.begin()
        chores = Chores(world.engine, world.clock, Catalog(), world.tasks)
        await chores.start()
        for _ in range(100):
            await world.clock.advance(0)
            world.catalog = Catalog()
            if await world.status() == ACTIVE:
                break
        assert await world.entries() == (ROWS, ROWS)

    in_world(test)


def test_an_index_that_was_dropped_meanwhile_is_let_go(in_world):
    async def test(world):
        await world.table()
        table = await world.begin()
        await world.do(lambda tx: definition.remove_index(tx, world.catalog, world.find(tx), "idx"))
        await world.fill(table)
        assert (await world.do(world.find)).indexes == {}

    in_world(test)


def test_another_index_or_table_of_the_name_is_not_touched(in_world):
    async def test(world):
        await world.table()
        table = await world.begin()
        stale = replace(table.indexes["idx"], number=table.schema.next_index + 7)
        await fill_index(world.engine, world.clock, world.catalog, table, stale)
        assert await world.entries() == (0, 0)
        await world.do(lambda tx: definition.drop(tx, world.catalog, world.find(tx), 0))
        await world.table()
        await world.begin()
        await world.fill(table)
        assert await world.entries() == (0, 0)
        assert await world.status() == CREATING

    in_world(test)


def test_tokens_are_forgotten_after_ten_minutes(in_world):
    """Source: AWS, API reference, TransactWriteItems, ClientRequestToken."""

    async def test(world):
        def remember(first):
            def work(tx):
                now_ms = world.clock.now_ms()
                for number in range(first, first + 300):
                    transaction.remember(tx, SCOPE, f"token{number:04d}", "d", now_ms, {})

            return work

        async def tokens():
            prefix = keyspace.all_tokens_prefix()
            found = await world.do(lambda tx: tx.range(prefix, keyspace.successor(prefix)))
            return len(found)

        await world.do(remember(0))
        world.clock.move(minutes=5)
        await world.do(remember(300))
        await sweep(world.engine, world.clock, world.catalog)
        assert await tokens() == 600
        world.clock.move(minutes=5)
        await sweep(world.engine, world.clock, world.catalog)
        assert await tokens() == 300

    in_world(test)
