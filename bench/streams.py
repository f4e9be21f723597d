"""Reading a stream as its API wants it: shards, iterators, pages."""

from collections.abc import Iterator
from typing import Any

from wire import Caller


def stream_arn(caller: Caller, table: str) -> str:
    """The ARN of the table's stream."""
    arn: str = caller.call("DescribeTable", TableName=table)["Table"]["LatestStreamArn"]
    return arn


def shards(caller: Caller, arn: str) -> list[str]:
    """The ids of all shards, oldest first, over as many pages as there are."""
    found: list[str] = []
    start: dict[str, str] = {}
    while True:
        answer = caller.call("DescribeStream", StreamArn=arn, **start)["StreamDescription"]
        found += [shard["ShardId"] for shard in answer["Shards"]]
        if "LastEvaluatedShardId" not in answer:
            return found
        start = {"ExclusiveStartShardId": answer["LastEvaluatedShardId"]}


def iterator(caller: Caller, arn: str, shard: str, kind: str, number: str = "") -> str:
    """A shard iterator: kind TRIM_HORIZON or LATEST, or one that takes a sequence number."""
    asked = {"StreamArn": arn, "ShardId": shard, "ShardIteratorType": kind}
    if number:
        asked["SequenceNumber"] = number
    token: str = caller.call("GetShardIterator", **asked)["ShardIterator"]
    return token


def pages(caller: Caller, arn: str) -> Iterator[list[dict[str, Any]]]:
    """Every page of every shard, from the oldest record until an open shard has no more."""
    for shard in shards(caller, arn):
        token: str | None = iterator(caller, arn, shard, "TRIM_HORIZON")
        while token:
            answer = caller.call("GetRecords", ShardIterator=token)
            if not answer["Records"]:
                break
            yield answer["Records"]
            token = answer.get("NextShardIterator")
