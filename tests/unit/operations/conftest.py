"""Operations without a front door: handlers called in one process, on a clock that is moved."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from headwater.arns import Scope
from headwater.clock import ManualClock
from headwater.config import Settings
from headwater.consumers.chores import sweep
from headwater.ids import SeededIds
from headwater.loops import run
from headwater.operations.call import Call
from headwater.operations.dynamodb import OPERATIONS as DYNAMODB
from headwater.operations.services import Services
from headwater.operations.streams import OPERATIONS as STREAMS
from headwater.storage.memory import open_memory
from headwater.tables.catalog import Catalog

START_MS = 1_772_600_767_891


class Rig:
    """Everything synchronous operations need. Requests must be well-formed: nothing checks them."""

    def __init__(self) -> None:
        self.clock = ManualClock(START_MS)
        self.node = Services(
            engine=open_memory(self.clock),
            clock=self.clock,
            ids=SeededIds(7),
            settings=Settings(in_memory=True, initial_partitions=1),
            catalog=Catalog(),
            iterator_secret=b"k" * 32,
        )

    def __call__(self, operation: str, **params: Any) -> dict[str, Any]:
        """rig("PutItem", TableName=...): the answer, or the error that was raised."""
        service, handlers = ("streams", STREAMS) if operation in STREAMS else ("dynamodb", DYNAMODB)
        scope = Scope("000000000000", "us-east-1")
        call = Call(service, operation, scope, params, "request", self.node)

        def work(tx: Any) -> Any:
            call.tx = tx
            return handlers[operation](call)

        async def main() -> Any:
            answer = await self.node.engine.run(work)
            await self.node.tasks.close()
            return answer

        answer = run(main())
        decoded: dict[str, Any] = json.loads(answer) if isinstance(answer, bytes) else answer
        return decoded

    def sweep(self) -> None:
        """What the node's chores do every few minutes."""
        run(sweep(self.node.engine, self.clock, self.node.catalog))

    def table(self, view: str = "NEW_IMAGE") -> str:
        """The stream's ARN of a new table T, with the key pk and one shard."""
        made = self(
            "CreateTable",
            TableName="T",
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
            StreamSpecification={"StreamEnabled": True, "StreamViewType": view},
        )
        return str(made["TableDescription"]["LatestStreamArn"])

    def put(self, key: str) -> None:
        self("PutItem", TableName="T", Item={"pk": {"S": key}})

    def shard(self, arn: str) -> str:
        (shard,) = self("DescribeStream", StreamArn=arn)["StreamDescription"]["Shards"]
        return str(shard["ShardId"])

    def iterator(self, arn: str, kind: str = "TRIM_HORIZON", **more: Any) -> str:
        answer = self(
            "GetShardIterator",
            StreamArn=arn,
            ShardId=self.shard(arn),
            ShardIteratorType=kind,
            **more,
        )
        return str(answer["ShardIterator"])

    def keys(self, iterator: str) -> list[str]:
        """Keys of the records on the page of an iterator."""
        records = self("GetRecords", ShardIterator=iterator)["Records"]
        return [record["dynamodb"]["Keys"]["pk"]["S"] for record in records]


@pytest.fixture
def rig() -> Iterator[Rig]:
    made = Rig()
    yield made
    made.node.engine.close()
