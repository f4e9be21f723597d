"""A node without a front door: handlers called in one process, on a clock that is moved.

Requests must be well-formed: nothing checks them.
"""

import asyncio
from collections.abc import Callable
from typing import Any

import orjson

from headwater.arns import Scope
from headwater.clock import ManualClock
from headwater.config.settings import Settings
from headwater.consumers.chores import sweep
from headwater.ids import SeededIds
from headwater.operations.call import Call
from headwater.operations.dynamodb import OPERATIONS as DYNAMODB
from headwater.operations.services import Services
from headwater.operations.streams import OPERATIONS as STREAMS
from headwater.storage.local import LocalEngine, LocalTransaction
from headwater.storage.memory import open_memory
from headwater.tables import partitions
from headwater.tables.catalog import Catalog
from headwater.tables.schema import Table

START_MS = 1_772_600_767_891
SCOPE = Scope("000000000000", "us-east-1")


class Doorless:
    """What operations need of a node, and a loop to run them on.

    engine_of  opens the engine on the clock it is given
    more       further parts of Services
    """

    def __init__(
        self,
        *,
        engine_of: Callable[[ManualClock], LocalEngine] = open_memory,
        initial_partitions: int = 1,
        **more: Any,
    ) -> None:
        self.clock = ManualClock(START_MS)
        self.engine = engine_of(self.clock)
        self.loop = asyncio.Runner()
        self.node = Services(
            engine=self.engine,
            clock=self.clock,
            ids=SeededIds(7),
            settings=Settings(in_memory=True, initial_partitions=initial_partitions),
            catalog=Catalog(),
            iterator_secret=b"k" * 32,
            **more,
        )

    def __call__(self, operation: str, **params: Any) -> dict[str, Any]:
        """doorless("PutItem", TableName=...): the answer, or the error that was raised."""
        service, handlers = ("streams", STREAMS) if operation in STREAMS else ("dynamodb", DYNAMODB)
        call = Call(service, operation, SCOPE, params, "request", self.node)

        def work(tx: Any) -> Any:
            call.tx = tx
            return handlers[operation](call)

        answer = self.do(work)
        decoded: dict[str, Any] = orjson.loads(answer) if isinstance(answer, bytes) else answer
        return decoded

    def do(self, work: Callable[[Any], Any]) -> Any:
        """Run `work` in a transaction of its own."""

        async def main() -> Any:
            return await self.engine.run(work)

        return self.loop.run(main())

    def close(self) -> None:
        self.engine.close()
        self.loop.close()

    def sweep(self) -> None:
        """What the node's chores do every hour."""
        self.loop.run(sweep(self.engine, self.clock, self.node.catalog))

    def table_of(self, name: str) -> Table:
        """A table as it is now; no test may ask for one that is not there."""
        table = self.node.catalog.find(LocalTransaction(self.engine), SCOPE, name)
        assert table is not None
        return table

    def turn_stream(self, name: str, view: str = "NEW_IMAGE") -> None:
        """Turn a table's stream on if it is off, and off if it is on."""
        described = self("DescribeTable", TableName=name)["Table"]
        wanted: dict[str, Any] = {"StreamEnabled": "StreamSpecification" not in described}
        if wanted["StreamEnabled"]:
            wanted["StreamViewType"] = view
        self("UpdateTable", TableName=name, StreamSpecification=wanted)

    def change_shards(self, name: str, *, splits: bool, pick: int = 0) -> None:
        """Split the open shard of a table that `pick` falls on, or roll it over."""
        table = self.table_of(name)
        assert table.stream is not None
        shards = table.stream.shards.shards
        shard = shards[pick % len(shards)]
        change = partitions.split if splits else partitions.roll_over
        catalog, ids, now_ms = self.node.catalog, self.node.ids, self.clock.now_ms()
        self.do(lambda tx: change(tx, catalog, ids, table, shard, now_ms))
