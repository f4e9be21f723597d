"""What black-box tests of DynamoDB Streams share: a table with a stream, and reading it whole."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.config import Config


@pytest.fixture
def streams(node) -> Any:
    """A client of the Streams API that sends whatever it is given."""
    return node.client("dynamodbstreams", config=Config(parameter_validation=False))


@pytest.fixture
def make_table(dynamodb, table_name) -> Callable[..., tuple[str, str]]:
    """make_table("NEW_IMAGE"): name and stream ARN of a new table with the string key `pk`.

    No view: a table without a stream, and "" for its ARN.
    """
    made: list[str] = []

    def make(view: str | None = "NEW_AND_OLD_IMAGES", **more: Any) -> tuple[str, str]:
        name = f"{table_name}.{len(made)}"
        made.append(name)
        request: dict[str, Any] = {
            "TableName": name,
            "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
            "BillingMode": "PAY_PER_REQUEST",
            **more,
        }
        if view is not None:
            request["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": view}
        answer = dynamodb.create_table(**request)["TableDescription"]
        return name, answer.get("LatestStreamArn", "")

    return make


@pytest.fixture
def shards_of(streams) -> Callable[..., list[dict[str, Any]]]:
    """shards_of(arn): all shards of a stream, in the order they are listed."""

    def shards(arn: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        page: dict[str, Any] = {}
        while not found or "LastEvaluatedShardId" in page:
            after = {"ExclusiveStartShardId": found[-1]["ShardId"]} if found else {}
            page = streams.describe_stream(StreamArn=arn, **after)["StreamDescription"]
            found += page["Shards"]
        return found

    return shards


@pytest.fixture
def iterator_of(streams) -> Callable[..., str]:
    """iterator_of(arn, shard, "LATEST", **more)."""

    def iterator(arn: str, shard: str, kind: str = "TRIM_HORIZON", **more: Any) -> str:
        answer = streams.get_shard_iterator(
            StreamArn=arn, ShardId=shard, ShardIteratorType=kind, **more
        )
        return str(answer["ShardIterator"])

    return iterator


@pytest.fixture
def drain(streams) -> Callable[..., list[dict[str, Any]]]:
    """drain(iterator, Limit=2): all records from there to the end of what there is now."""

    def records(iterator: str, **more: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while True:
            page = streams.get_records(ShardIterator=iterator, **more)
            found += page["Records"]
            if not page["Records"] or "NextShardIterator" not in page:
                return found
            iterator = page["NextShardIterator"]

    return records


@pytest.fixture
def records_of(shards_of, iterator_of, drain) -> Callable[..., list[dict[str, Any]]]:
    """records_of(arn): every record of a stream, in the order of sequence numbers."""

    def records(arn: str, kind: str = "TRIM_HORIZON", **more: Any) -> list[dict[str, Any]]:
        found = [
            record
            for shard in shards_of(arn)
            for record in drain(iterator_of(arn, shard["ShardId"], kind, **more))
        ]
        return sorted(found, key=lambda record: int(record["dynamodb"]["SequenceNumber"]))

    return records
