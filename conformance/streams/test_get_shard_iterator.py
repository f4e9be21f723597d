"""GetShardIterator: where each of the five types starts, and what is refused."""

from datetime import timedelta
from typing import Any

import pytest

from kit.cases import (
    GET_SHARD_ITERATOR,
    GUIDE,
    MODEL,
    RECORDED,
    complete,
    core,
    strict,
)
from kit.endpoint import Endpoint, Json, unique
from kit.past import HISTORY, Past
from kit.reader import Reader, iterator, pages, read, read_to_end
from kit.tables import Tables

NO_SHARD = "shardId-00000001414576573621-f55eea83"


def numbers(records: list[Json]) -> list[str]:
    """Their sequence numbers."""
    return [record["dynamodb"]["SequenceNumber"] for record in records]


def read_past(endpoint: Endpoint, past: Past, count: int, kind: str, **more: Any) -> list[str]:
    """The sequence numbers that come first from an iterator on."""
    start = iterator(endpoint, past.arn, past.shard_id, kind, **more)
    return numbers(read(endpoint, start, count))


def refused(endpoint: Endpoint, past: Past, kind: str, **more: Any) -> str:
    """The code of the refusal."""
    params = {
        "StreamArn": past.arn,
        "ShardId": past.shard_id,
        "ShardIteratorType": kind,
        **more,
    }
    return endpoint.refused("GetShardIterator", params).code


@core(f"{GET_SHARD_ITERATOR}: TRIM_HORIZON")
def test_trim_horizon_starts_at_the_oldest_record(endpoint: Endpoint, past: Past) -> None:
    assert read_past(endpoint, past, HISTORY, "TRIM_HORIZON") == past.numbers


@core(f"{GET_SHARD_ITERATOR}: AT_SEQUENCE_NUMBER")
@pytest.mark.parametrize("which", [0, 2, HISTORY - 1])
def test_at_a_number_starts_with_its_record(endpoint: Endpoint, past: Past, which: int) -> None:
    found = read_past(
        endpoint,
        past,
        HISTORY - which,
        "AT_SEQUENCE_NUMBER",
        SequenceNumber=past.numbers[which],
    )
    assert found == past.numbers[which:]


@core(f"{GET_SHARD_ITERATOR}: AFTER_SEQUENCE_NUMBER")
@pytest.mark.parametrize("which", [0, 2, HISTORY - 2])
def test_after_a_number_starts_behind_its_record(
    endpoint: Endpoint, past: Past, which: int
) -> None:
    found = read_past(
        endpoint,
        past,
        HISTORY - which - 1,
        "AFTER_SEQUENCE_NUMBER",
        SequenceNumber=past.numbers[which],
    )
    assert found == past.numbers[which + 1 :]


@core(f"{GET_SHARD_ITERATOR}: AFTER_SEQUENCE_NUMBER")
def test_after_the_last_number_of_a_closed_shard_there_is_nothing(
    endpoint: Endpoint, closed: Past
) -> None:
    start = iterator(
        endpoint,
        closed.arn,
        closed.shard_id,
        "AFTER_SEQUENCE_NUMBER",
        SequenceNumber=closed.numbers[-1],
    )
    assert all(page["Records"] == [] for page in read_to_end(endpoint, start))


@complete(f"{GET_SHARD_ITERATOR}; the range that DescribeStream tells")
def test_the_starting_number_of_a_shard_can_be_started_at(endpoint: Endpoint, past: Past) -> None:
    described = endpoint.streams.describe_stream(StreamArn=past.arn)["StreamDescription"]
    (starting,) = [
        shard["SequenceNumberRange"]["StartingSequenceNumber"]
        for shard in described["Shards"]
        if shard["ShardId"] == past.shard_id
    ]
    found = read_past(endpoint, past, HISTORY, "AT_SEQUENCE_NUMBER", SequenceNumber=starting)
    assert found == past.numbers


@core(f"{GET_SHARD_ITERATOR}: LATEST")
def test_latest_sees_what_is_written_afterwards(endpoint: Endpoint, tables: Tables) -> None:
    table = tables.own()
    reader = Reader(endpoint, table.arn, "LATEST")
    key = {"pk": {"S": unique("later")}}
    table.put(key)
    (record,) = reader.wait_for(key, 1)
    assert record["eventName"] == "INSERT"


@strict(f"{GET_SHARD_ITERATOR}: LATEST; AWS may be some seconds behind")
def test_latest_sees_nothing_older(endpoint: Endpoint, past: Past) -> None:
    start = iterator(endpoint, past.arn, past.shard_id, "LATEST")
    (page,) = pages(endpoint, start, lambda _: True)
    assert page["Records"] == []


@complete(f"{GET_SHARD_ITERATOR}: LATEST; {GUIDE}: closed shards take no more records")
def test_latest_of_a_closed_shard_comes_to_the_end(endpoint: Endpoint, closed: Past) -> None:
    start = iterator(endpoint, closed.arn, closed.shard_id, "LATEST")
    assert all(page["Records"] == [] for page in read_to_end(endpoint, start))


@core(GET_SHARD_ITERATOR)
@pytest.mark.parametrize("kind", ["TRIM_HORIZON", "AT_SEQUENCE_NUMBER"])
def test_a_closed_shard_is_read_as_an_open_one(endpoint: Endpoint, closed: Past, kind: str) -> None:
    more = {"SequenceNumber": closed.numbers[0]} if kind == "AT_SEQUENCE_NUMBER" else {}
    assert read_past(endpoint, closed, HISTORY, kind, **more) == closed.numbers


@core(f"{MODEL}: ShardIterator has 1 to 2048 characters")
def test_an_iterator_is_a_text_of_bounded_length(endpoint: Endpoint, past: Past) -> None:
    start = iterator(endpoint, past.arn, past.shard_id, "TRIM_HORIZON")
    assert 1 <= len(start) <= 2048


@complete(f"{MODEL}: Timestamp; it names whole seconds as records show them", needs="at-timestamp")
def test_at_a_time_starts_at_the_first_record_from_then_on(endpoint: Endpoint, past: Past) -> None:
    created = past.seen[0].record["dynamodb"]["ApproximateCreationDateTime"]
    found = read_past(endpoint, past, HISTORY, "AT_TIMESTAMP", Timestamp=created)
    assert found == past.numbers


@complete(f"{MODEL}: Timestamp", needs="at-timestamp")
def test_at_a_time_long_ago_starts_at_the_oldest_record(endpoint: Endpoint, past: Past) -> None:
    created = past.seen[0].record["dynamodb"]["ApproximateCreationDateTime"]
    long_ago = created - timedelta(days=2)
    assert read_past(endpoint, past, HISTORY, "AT_TIMESTAMP", Timestamp=long_ago) == past.numbers


@complete(f"{MODEL}: Timestamp", needs="at-timestamp")
def test_a_time_to_come_is_refused(endpoint: Endpoint, past: Past) -> None:
    created = past.seen[-1].record["dynamodb"]["ApproximateCreationDateTime"]
    later = int((created + timedelta(days=1)).timestamp())
    assert refused(endpoint, past, "AT_TIMESTAMP", Timestamp=later) == "ValidationException"


@complete(f"{MODEL}: Timestamp", needs="at-timestamp")
def test_at_a_time_without_a_time_is_refused(endpoint: Endpoint, past: Past) -> None:
    assert refused(endpoint, past, "AT_TIMESTAMP") == "ValidationException"


@complete(GET_SHARD_ITERATOR)
@pytest.mark.parametrize("kind", ["AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"])
def test_a_type_by_number_without_a_number_is_refused(
    endpoint: Endpoint, past: Past, kind: str
) -> None:
    assert refused(endpoint, past, kind) == "ValidationException"


@strict(RECORDED)
@pytest.mark.parametrize("kind", ["TRIM_HORIZON", "LATEST"])
def test_a_number_with_another_type_is_refused(endpoint: Endpoint, past: Past, kind: str) -> None:
    code = refused(endpoint, past, kind, SequenceNumber=past.numbers[0])
    assert code == "ValidationException"


@complete(f"{MODEL}: SequenceNumber")
@pytest.mark.parametrize("number", ["1", "9" * 41, "x" * 25], ids=["short", "long", "letters"])
def test_what_is_no_sequence_number_is_refused(endpoint: Endpoint, past: Past, number: str) -> None:
    code = refused(endpoint, past, "AT_SEQUENCE_NUMBER", SequenceNumber=number)
    assert code == "ValidationException"


@strict(RECORDED)
def test_a_number_beyond_the_shard_is_refused(endpoint: Endpoint, past: Past) -> None:
    code = refused(endpoint, past, "AT_SEQUENCE_NUMBER", SequenceNumber="9" * 38)
    assert code == "ValidationException"


@complete(f"{MODEL}: ShardIteratorType")
def test_an_unknown_type_is_refused(endpoint: Endpoint, past: Past) -> None:
    assert refused(endpoint, past, "EARLIEST") == "ValidationException"


@strict(RECORDED)
def test_the_refusal_of_a_type_lists_the_five(endpoint: Endpoint, past: Past) -> None:
    params = {"StreamArn": past.arn, "ShardId": past.shard_id, "ShardIteratorType": "EARLIEST"}
    message = endpoint.refused("GetShardIterator", params).message
    assert message.startswith(
        "1 validation error detected: Value 'EARLIEST' at 'shardIteratorType' failed to satisfy "
        "constraint: Member must satisfy enum value set: ["
    )
    for kind in ("TRIM_HORIZON", "LATEST", "AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"):
        assert kind in message


@core(f"{GET_SHARD_ITERATOR}: ResourceNotFoundException")
def test_a_shard_that_does_not_exist_is_not_found(endpoint: Endpoint, past: Past) -> None:
    code = refused(endpoint, past, "TRIM_HORIZON", ShardId=NO_SHARD)
    assert code == "ResourceNotFoundException"


@strict(RECORDED)
def test_the_refusal_of_a_shard_has_awss_words(endpoint: Endpoint, past: Past) -> None:
    params = {"StreamArn": past.arn, "ShardId": NO_SHARD, "ShardIteratorType": "TRIM_HORIZON"}
    message = endpoint.refused("GetShardIterator", params).message
    assert message == "Requested resource not found: Shard does not exist"


@complete(f"{GET_SHARD_ITERATOR}: ResourceNotFoundException")
def test_a_shard_of_another_stream_is_not_found(
    endpoint: Endpoint, past: Past, closed: Past
) -> None:
    code = refused(endpoint, past, "TRIM_HORIZON", ShardId=closed.shard_id)
    assert code == "ResourceNotFoundException"


@complete(f"{MODEL}: ShardId has 28 to 65 characters")
@pytest.mark.parametrize("shard", ["shardId-0", "s" * 66], ids=["short", "long"])
def test_what_is_no_shards_id_is_refused(endpoint: Endpoint, past: Past, shard: str) -> None:
    assert refused(endpoint, past, "TRIM_HORIZON", ShardId=shard) == "ValidationException"


@core(f"{GET_SHARD_ITERATOR}: ResourceNotFoundException")
def test_a_stream_that_does_not_exist_is_not_found(endpoint: Endpoint, past: Past) -> None:
    gone = past.arn.rpartition("/")[0] + "/2015-05-11T21:21:33.291"
    code = refused(endpoint, past, "TRIM_HORIZON", StreamArn=gone)
    assert code == "ResourceNotFoundException"


@complete(f"{MODEL}: StreamArn")
@pytest.mark.parametrize("arn", ["bogus", "x" * 40], ids=["short", "rubbish"])
def test_what_is_no_arn_is_refused(endpoint: Endpoint, past: Past, arn: str) -> None:
    assert refused(endpoint, past, "TRIM_HORIZON", StreamArn=arn) == "ValidationException"
