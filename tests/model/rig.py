"""The real operations on a real engine, called as the front door calls them; time stands still."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.doorless import Doorless

from headwater.storage.embedded import open_embedded
from headwater.storage.local import LocalTransaction
from headwater.storage.memory import open_memory

ENGINES = ("memory", "embedded")


class Rig(Doorless):
    """Every other group of transactions is written at once."""

    def __init__(self, engine: str, directory: Path) -> None:
        super().__init__(
            engine_of=open_memory
            if engine == "memory"
            else lambda clock: open_embedded(directory, clock, sync=False)
        )
        self.made = 0  # tables
        self._commits = 0

    def do(self, work: Callable[[Any], Any]) -> Any:
        """Run `work` in a transaction of its own."""
        tx = LocalTransaction(self.engine)
        result = work(tx)
        tx.commit()
        self._commits += 1
        if self._commits % 2:
            self.engine.flush()
        return result

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
