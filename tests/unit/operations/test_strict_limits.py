"""A strict node throttles readers of streams as AWS does; any other throttles nobody.

Source of the numbers: AWS, API reference, ListStreams ("5 times per second") and DescribeStream
("10 times per second"); developer guide, DynamoDB Streams ("no more than two processes"). The rate
of GetRecords is Kinesis's.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from headwater.errors import LimitExceeded, Throttling
from headwater.operations.streams.strictness import READING_MS, StreamLimits


@pytest.fixture
def strict(rig: Any) -> Any:
    rig.node.stream_limits = StreamLimits(rig.clock, rig.node.ids)
    return rig


def answered(ask: Callable[[], Any], tries: int) -> int:
    """How many of `tries` calls are not throttled."""
    count = 0
    for _ in range(tries):
        try:
            ask()
        except Throttling as refusal:
            assert refusal.message == "Rate exceeded"
        else:
            count += 1
    return count


def test_list_streams_is_answered_5_times_a_second(strict: Any) -> None:
    assert answered(lambda: strict("ListStreams"), 20) == 5
    strict.clock.move(ms=400)
    assert answered(lambda: strict("ListStreams"), 20) == 2


def test_describe_stream_is_answered_10_times_a_second(strict: Any) -> None:
    arn = strict.table()
    assert answered(lambda: strict("DescribeStream", StreamArn=arn), 30) == 10
    strict.clock.move(hours=1)
    assert answered(lambda: strict("DescribeStream", StreamArn=arn), 30) == 10


def test_a_reader_gets_5_pages_a_second(strict: Any) -> None:
    arn = strict.table()
    iterator = strict.iterator(arn)
    assert answered(lambda: strict("GetRecords", ShardIterator=iterator), 20) == 5
    strict.clock.move(seconds=1)
    assert answered(lambda: strict("GetRecords", ShardIterator=iterator), 20) == 5


def test_a_third_reader_of_a_shard_waits_until_one_has_stopped(strict: Any) -> None:
    arn = strict.table()
    one, two, three = (strict.iterator(arn) for _ in range(3))
    one = strict("GetRecords", ShardIterator=one)["NextShardIterator"]
    two = strict("GetRecords", ShardIterator=two)["NextShardIterator"]
    with pytest.raises(LimitExceeded, match="2 processes"):
        strict("GetRecords", ShardIterator=three)
    strict.clock.move(ms=READING_MS - 1)
    one = strict("GetRecords", ShardIterator=one)["NextShardIterator"]
    strict.clock.move(ms=1)
    strict("GetRecords", ShardIterator=three)
    with pytest.raises(LimitExceeded):
        strict("GetRecords", ShardIterator=two)
    strict("GetRecords", ShardIterator=one)


def test_readers_of_other_shards_do_not_count(strict: Any) -> None:
    arn = strict.table()
    first = [strict.iterator(arn) for _ in range(2)]
    for iterator in first:
        strict("GetRecords", ShardIterator=iterator)
    off, on = {"StreamEnabled": False}, {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
    strict("UpdateTable", TableName="T", StreamSpecification=off)
    strict("UpdateTable", TableName="T", StreamSpecification=on)
    other = strict("DescribeTable", TableName="T")["Table"]["LatestStreamArn"]
    assert "NextShardIterator" in strict("GetRecords", ShardIterator=strict.iterator(other))


def test_a_node_that_is_not_strict_throttles_nobody(rig: Any) -> None:
    arn = rig.table()
    iterators = [rig.iterator(arn) for _ in range(20)]
    assert answered(lambda: rig("ListStreams"), 20) == 20
    assert answered(lambda: rig("DescribeStream", StreamArn=arn), 20) == 20
    for iterator in iterators:
        assert answered(partial(rig, "GetRecords", ShardIterator=iterator), 7) == 7
