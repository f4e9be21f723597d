"""The real operations on a real engine, called as the front door calls them; time stands still."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from headwater.arns import Scope
from headwater.clock import ManualClock
from headwater.config import Settings
from headwater.ids import SeededIds
from headwater.operations.call import Call
from headwater.operations.dynamodb import OPERATIONS as DYNAMODB
from headwater.operations.services import Services
from headwater.operations.streams import OPERATIONS as STREAMS
from headwater.storage.embedded import open_embedded
from headwater.storage.local import LocalEngine, LocalTransaction
from headwater.storage.memory import open_memory
from headwater.tables import partitions
from headwater.tables.catalog import Catalog
from headwater.tables.schema import Table

SCOPE = Scope("000000000000", "us-east-1")
ENGINES = ("memory", "embedded")


class Rig:
    """A node without a door. Requests must be well-formed: nothing checks their form."""

    def __init__(self, engine: str, directory: Path) -> None:
        self.clock = ManualClock(1_772_600_767_891)
        self.engine: LocalEngine = (
            open_memory(self.clock)
            if engine == "memory"
            else open_embedded(directory, self.clock, sync=False)
        )
        self.node = Services(
            engine=self.engine,
            clock=self.clock,
            ids=SeededIds(7),
            settings=Settings(in_memory=True, initial_partitions=1),
            catalog=Catalog(),
            iterator_secret=b"k" * 32,
        )
        self.made = 0  # tables
        self._commits = 0

    def __call__(self, operation: str, **params: Any) -> dict[str, Any]:
        """The answer of an operation; raises its AwsError."""
        service, handlers = ("streams", STREAMS) if operation in STREAMS else ("dynamodb", DYNAMODB)
        call = Call(service, operation, SCOPE, params, "request", self.node)

        def work(tx: Any) -> Any:
            call.tx = tx
            return handlers[operation](call)

        answer = self.commit(work)
        decoded: dict[str, Any] = orjson.loads(answer) if isinstance(answer, bytes) else answer
        return decoded

    def commit(self, work: Any) -> Any:
        """Run `work` in a transaction of its own. Every other group is written at once."""
        tx = LocalTransaction(self.engine)
        result = work(tx)
        tx.commit()
        self._commits += 1
        if self._commits % 2:
            self.engine.flush()
        return result

    def table(self, name: str) -> Table:
        table = self.node.catalog.find(LocalTransaction(self.engine), SCOPE, name)
        assert table is not None
        return table

    def change_shards(self, kind: str, name: str) -> None:
        """Split or roll over the widest open shard of a table."""
        table = self.table(name)
        assert table.stream is not None
        widest = table.stream.shards.shards[0]
        now_ms = self.clock.now_ms()
        change = partitions.split if kind == "split" else partitions.roll_over
        self.commit(lambda tx: change(tx, self.node.catalog, self.node.ids, table, widest, now_ms))

    def pages(self, operation: str, **params: Any) -> Iterator[dict[str, Any]]:
        """Every page of a Query or Scan."""
        while True:
            page = self(operation, **params)
            yield page
            if "LastEvaluatedKey" not in page:
                return
            params["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def records(self, name: str) -> Iterator[dict[str, Any]]:
        """Every record of a table's stream from TRIM_HORIZON on, children after their parents."""
        arn = self("DescribeTable", TableName=name)["Table"]["LatestStreamArn"]
        shards = self("DescribeStream", StreamArn=arn)["StreamDescription"]["Shards"]
        waiting = {shard["ShardId"]: shard.get("ParentShardId") for shard in shards}
        while waiting:
            ready = [shard for shard, parent in waiting.items() if parent not in waiting]
            for shard in ready:
                del waiting[shard]
                yield from self._shard_records(arn, shard)

    def _shard_records(self, arn: str, shard: str) -> Iterator[dict[str, Any]]:
        answer = self(
            "GetShardIterator", StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON"
        )
        iterator = answer["ShardIterator"]
        while iterator is not None:
            page = self("GetRecords", ShardIterator=iterator, Limit=5)
            yield from page["Records"]
            iterator = page.get("NextShardIterator") if page["Records"] else None
