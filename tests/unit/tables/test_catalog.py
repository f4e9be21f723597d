"""A table as transactions see it: their own changes at once, others' when they take effect.

Source of the expectations: storage/engine.py, "a transaction sees its own writes", and the
contract at the top of tables/catalog.py.
"""

import asyncio
from typing import Any

import pytest

from headwater.arns import Scope
from headwater.clock import ManualClock
from headwater.ids import SeededIds
from headwater.storage.memory import open_memory
from headwater.tables import definition, partitions
from headwater.tables.catalog import Catalog
from headwater.tables.schema import Schema, Table

SCOPE = Scope("000000000000", "us-east-1")
NOW_MS = 1_772_600_800_000
IDS = SeededIds(1)


class World:
    """A table named T with a stream of one shard."""

    def __init__(self) -> None:
        self.engine = open_memory(ManualClock(NOW_MS))
        self.catalog = Catalog()
        schema = Schema(SCOPE, "T", 1, "u", 0, {"pk": "S"}, "pk", None, "", (0, 0), (0,))
        self.now(lambda tx: definition.create(tx, self.catalog, IDS, NOW_MS, schema, "KEYS_ONLY"))

    def now(self, work: Any) -> Any:
        async def main() -> Any:
            return await self.engine.run(work)

        return asyncio.run(main())

    def find(self, tx: Any) -> Table | None:
        return self.catalog.find(tx, SCOPE, "T")

    def roll(self, tx: Any) -> Table:
        table = self.find(tx)
        assert table is not None and table.stream is not None
        (shard,) = table.stream.shards.shards
        return partitions.roll_over(tx, self.catalog, IDS, table, shard, NOW_MS)


def test_a_transaction_that_has_changed_a_table_finds_it_changed() -> None:
    world = World()

    def work(tx: Any) -> None:
        # A record put by what was found before would lie in a shard that is closed.
        rolled = world.roll(tx)
        assert world.find(tx) is rolled
        assert world.find(tx) is not world.roll(tx)

    world.now(work)


def test_a_transaction_that_has_dropped_a_table_finds_none() -> None:
    world = World()

    def work(tx: Any) -> None:
        table = world.find(tx)
        assert table is not None
        definition.drop(tx, world.catalog, table, NOW_MS)
        assert world.find(tx) is None

    world.now(work)
    assert world.now(world.find) is None


def test_nobody_finds_what_a_discarded_transaction_made() -> None:
    world = World()
    before = world.now(world.find)

    def work(tx: Any) -> None:
        world.roll(tx)
        raise RuntimeError("discarded")

    with pytest.raises(RuntimeError):
        world.now(work)
    assert world.now(world.find) is before
