"""A table with one key and its stream, through the API."""

from typing import Any


def create_table(client: Any, name: str, *, key: str = "pk", view: str = "", **more: Any) -> Any:
    """The TableDescription of a new table whose key is a string.

    view  what its stream shows; "" for none
    more  further parameters of CreateTable, or others instead of these
    """
    request: dict[str, Any] = {
        "TableName": name,
        "KeySchema": [{"AttributeName": key, "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": key, "AttributeType": "S"}],
        "BillingMode": "PAY_PER_REQUEST",
    }
    if view:
        request["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": view}
    return client.create_table(**(request | more))["TableDescription"]


def shards_of(streams: Any, arn: str) -> list[dict[str, Any]]:
    """All shards of a stream, in the order they are listed."""
    found: list[dict[str, Any]] = []
    page: dict[str, Any] = {}
    while not found or "LastEvaluatedShardId" in page:
        after = {"ExclusiveStartShardId": found[-1]["ShardId"]} if found else {}
        page = streams.describe_stream(StreamArn=arn, **after)["StreamDescription"]
        found += page["Shards"]
    return found


def iterator_of(streams: Any, arn: str, shard: str, kind: str = "TRIM_HORIZON", **more: Any) -> str:
    """An iterator of that kind."""
    answer = streams.get_shard_iterator(
        StreamArn=arn, ShardId=shard, ShardIteratorType=kind, **more
    )
    return str(answer["ShardIterator"])


def drain(streams: Any, iterator: str, **more: Any) -> list[dict[str, Any]]:
    """All records from an iterator to the end of what there is now."""
    found: list[dict[str, Any]] = []
    while True:
        page = streams.get_records(ShardIterator=iterator, **more)
        found += page["Records"]
        if not page["Records"] or "NextShardIterator" not in page:
            return found
        iterator = page["NextShardIterator"]


def records_of(
    streams: Any, arn: str, kind: str = "TRIM_HORIZON", **more: Any
) -> list[dict[str, Any]]:
    """Every record of a stream, in the order of sequence numbers."""
    found = [
        record
        for shard in shards_of(streams, arn)
        for record in drain(streams, iterator_of(streams, arn, shard["ShardId"], kind, **more))
    ]
    return sorted(found, key=lambda record: int(record["dynamodb"]["SequenceNumber"]))
