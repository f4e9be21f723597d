"""GetShardIterator: where each type starts, and what is refused.

Source: AWS, API reference of DynamoDB Streams, GetShardIterator.
"""

import datetime

import pytest

SHARD = "shardId-00000001772600767891-5f0c9a1b"
STREAM = "arn:aws:dynamodb:us-east-1:000000000000:table/T/stream/2026-03-04T05:06:07.891"
NUMBER = "100000000003218256368"


@pytest.fixture
def three(dynamodb, make_table, shards_of, iterator_of, drain):
    """Stream, shard and records of a table with three records of one item."""
    name, arn = make_table()
    for number in range(3):
        dynamodb.put_item(TableName=name, Item={"pk": {"S": "a"}, "n": {"N": str(number)}})
    for shard in shards_of(arn):
        records = drain(iterator_of(arn, shard["ShardId"]))
        if records:
            return name, arn, shard, records
    raise AssertionError("no shard holds the records")


def numbers(records):
    return [record["dynamodb"]["SequenceNumber"] for record in records]


def test_each_type_starts_where_it_says(dynamodb, three, iterator_of, drain):
    name, arn, shard, records = three
    first, second, third = numbers(records)
    shard_id = shard["ShardId"]

    def read(kind, **more):
        return numbers(drain(iterator_of(arn, shard_id, kind, **more)))

    assert read("TRIM_HORIZON") == [first, second, third]
    assert read("AT_SEQUENCE_NUMBER", SequenceNumber=second) == [second, third]
    assert read("AFTER_SEQUENCE_NUMBER", SequenceNumber=second) == [third]
    assert read("AFTER_SEQUENCE_NUMBER", SequenceNumber=third) == []
    starting = shard["SequenceNumberRange"]["StartingSequenceNumber"]
    assert read("AT_SEQUENCE_NUMBER", SequenceNumber=starting) == [first, second, third]
    latest = iterator_of(arn, shard_id, "LATEST")
    dynamodb.delete_item(TableName=name, Key={"pk": {"S": "a"}})
    assert [record["eventName"] for record in drain(latest)] == ["REMOVE"]


def test_a_timestamp_starts_at_the_first_record_from_then_on(three, iterator_of, drain):
    _, arn, shard, records = three
    created = records[0]["dynamodb"]["ApproximateCreationDateTime"]
    shard_id = shard["ShardId"]
    at = iterator_of(arn, shard_id, "AT_TIMESTAMP", Timestamp=created)
    assert numbers(drain(at)) == numbers(records)
    long_ago = created - datetime.timedelta(hours=30)
    horizon = iterator_of(arn, shard_id, "AT_TIMESTAMP", Timestamp=long_ago)
    assert numbers(drain(horizon)) == numbers(records)


def test_a_timestamp_in_the_future_is_refused(three, streams, refusal):
    _, arn, shard, records = three
    later = records[0]["dynamodb"]["ApproximateCreationDateTime"] + datetime.timedelta(hours=1)
    code, _ = refusal(
        streams.get_shard_iterator,
        StreamArn=arn,
        ShardId=shard["ShardId"],
        ShardIteratorType="AT_TIMESTAMP",
        Timestamp=later,
    )
    assert code == "ValidationException"


@pytest.mark.parametrize(
    "params",
    [
        {"ShardIteratorType": "AT_SEQUENCE_NUMBER"},
        {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER"},
        {"ShardIteratorType": "AT_TIMESTAMP"},
        {"ShardIteratorType": "LATEST", "SequenceNumber": NUMBER},
        {"ShardIteratorType": "TRIM_HORIZON", "SequenceNumber": NUMBER},
        {"ShardIteratorType": "SOMEWHERE"},
    ],
)
def test_a_type_takes_what_it_needs_and_nothing_else(streams, refusal, params):
    code, text = refusal(streams.get_shard_iterator, StreamArn=STREAM, ShardId=SHARD, **params)
    assert code == "ValidationException"
    assert params["ShardIteratorType"] in text


def test_a_number_that_is_none_or_of_no_record_here_is_refused(three, streams, refusal):
    _, arn, shard, records = three
    beyond = str(int(numbers(records)[-1]) + 1)
    for number in ("9" * 21, "x" * 21, "100000000000000000001", beyond):
        code, text = refusal(
            streams.get_shard_iterator,
            StreamArn=arn,
            ShardId=shard["ShardId"],
            ShardIteratorType="AT_SEQUENCE_NUMBER",
            SequenceNumber=number,
        )
        assert code == "ValidationException"
        assert number in text


def test_an_unknown_shard_and_an_unknown_stream_have_their_texts(three, streams, refusal):
    _, arn, _, _ = three
    latest = {"ShardId": SHARD, "ShardIteratorType": "LATEST"}
    # Both recorded.
    assert refusal(streams.get_shard_iterator, StreamArn=arn, **latest) == (
        "ResourceNotFoundException",
        "Requested resource not found: Shard does not exist",
    )
    assert refusal(streams.get_shard_iterator, StreamArn=STREAM, **latest) == (
        "ResourceNotFoundException",
        f"Requested resource not found: Stream: {STREAM} not found",
    )
    code, _ = refusal(streams.get_shard_iterator, StreamArn="x" * 40, **latest)
    assert code == "ValidationException"
