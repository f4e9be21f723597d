"""Operations without a front door: handlers called in one process, on a clock that is moved."""

from collections.abc import Iterator
from typing import Any

import pytest
from tests.doorless import Doorless


class Rig(Doorless):
    """With a table T of one shard."""

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
    made.close()
