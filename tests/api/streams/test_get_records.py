"""GetRecords: what a record shows under each view type, and how pages follow each other.

Source: AWS, API reference of DynamoDB Streams, GetRecords, Record and StreamRecord.
"""

import re
import threading

import pytest

KEY = {"pk": {"S": "o-1"}}
FIRST = {**KEY, "qty": {"N": "1"}}
SECOND = {**KEY, "qty": {"N": "2"}}

# What each event shows: AWS, developer guide, the table under "Enabling a stream".
SHOWN = {
    "KEYS_ONLY": ((None, None), (None, None), (None, None)),
    "NEW_IMAGE": ((FIRST, None), (SECOND, None), (None, None)),
    "OLD_IMAGE": ((None, None), (None, FIRST), (None, SECOND)),
    "NEW_AND_OLD_IMAGES": ((FIRST, None), (SECOND, FIRST), (None, SECOND)),
}
# By DynamoDB's size rules: keys 2 + 3, an image 2 + 3 + 3 + 2.
KEY_BYTES, IMAGE_BYTES = 5, 10


@pytest.mark.parametrize("view", SHOWN)
def test_an_item_put_changed_and_deleted_under_each_view_type(
    dynamodb, make_table, records_of, view
):
    name, arn = make_table(view)
    dynamodb.put_item(TableName=name, Item=FIRST)
    dynamodb.update_item(
        TableName=name,
        Key=KEY,
        UpdateExpression="ADD qty :one",
        ExpressionAttributeValues={":one": {"N": "1"}},
    )
    dynamodb.delete_item(TableName=name, Key=KEY)
    records = records_of(arn)
    assert [record["eventName"] for record in records] == ["INSERT", "MODIFY", "REMOVE"]
    for record, (new, old) in zip(records, SHOWN[view], strict=True):
        shown = record["dynamodb"]
        assert shown["Keys"] == KEY
        assert shown.get("NewImage") == new
        assert shown.get("OldImage") == old
        assert shown["StreamViewType"] == view
        images = [image for image in (new, old) if image is not None]
        assert shown["SizeBytes"] == KEY_BYTES + IMAGE_BYTES * len(images)


def test_a_record_has_awss_members(dynamodb, make_table, records_of):
    name, arn = make_table("NEW_IMAGE")
    dynamodb.put_item(TableName=name, Item={"pk": {"S": "Fred"}})
    (record,) = records_of(arn)
    assert record.keys() == {
        "eventID",
        "eventName",
        "eventVersion",
        "eventSource",
        "awsRegion",
        "dynamodb",
    }
    assert re.fullmatch(r"[0-9a-f]{32}", record["eventID"])
    assert record["eventVersion"] == "1.1"
    assert record["eventSource"] == "aws:dynamodb"
    assert record["awsRegion"] == "us-east-1"
    # Whole seconds (recorded).
    assert record["dynamodb"]["ApproximateCreationDateTime"].microsecond == 0
    assert re.fullmatch(r"\d{21,}", record["dynamodb"]["SequenceNumber"])


def test_what_changes_nothing_leaves_no_record(dynamodb, make_table, records_of):
    name, arn = make_table()
    dynamodb.put_item(TableName=name, Item=FIRST)
    dynamodb.put_item(TableName=name, Item={**KEY, "qty": {"N": "1.0"}})
    dynamodb.update_item(
        TableName=name,
        Key=KEY,
        UpdateExpression="ADD qty :nothing REMOVE absent",
        ExpressionAttributeValues={":nothing": {"N": "0"}},
    )
    dynamodb.delete_item(TableName=name, Key=KEY)
    dynamodb.delete_item(TableName=name, Key=KEY)
    assert [record["eventName"] for record in records_of(arn)] == ["INSERT", "REMOVE"]


@pytest.fixture
def one_shard(dynamodb, make_table, shards_of):
    """A table with a single shard: its name, its stream, the shard's id."""

    def make(view="NEW_AND_OLD_IMAGES"):
        units = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}
        name, arn = make_table(view, BillingMode="PROVISIONED", ProvisionedThroughput=units)
        return name, arn, shards_of(arn)[0]["ShardId"]

    return make


def put_many(dynamodb, name, count):
    for start in range(0, count, 25):
        rows = range(start, min(count, start + 25))
        puts = [{"PutRequest": {"Item": {"pk": {"S": f"{row:05d}"}}}} for row in rows]
        dynamodb.batch_write_item(RequestItems={name: puts})


def test_pages_follow_each_other_and_may_be_read_again(
    dynamodb, streams, one_shard, iterator_of, drain
):
    name, arn, shard = one_shard()
    put_many(dynamodb, name, 10)
    start = iterator_of(arn, shard)
    whole = drain(start)
    assert len(whole) == 10
    page = streams.get_records(ShardIterator=start, Limit=4)
    assert page["Records"] == whole[:4]
    assert streams.get_records(ShardIterator=start, Limit=4)["Records"] == whole[:4]
    onward = streams.get_records(ShardIterator=page["NextShardIterator"])
    assert onward["Records"] == whole[4:]
    idle = streams.get_records(ShardIterator=onward["NextShardIterator"])
    assert idle["Records"] == []
    assert idle["NextShardIterator"]
    numbers = [int(record["dynamodb"]["SequenceNumber"]) for record in whole]
    assert numbers == sorted(set(numbers))


def test_a_page_has_at_most_1000_records(dynamodb, streams, one_shard, iterator_of, refusal):
    name, arn, shard = one_shard("KEYS_ONLY")
    put_many(dynamodb, name, 1001)
    start = iterator_of(arn, shard)
    page = streams.get_records(ShardIterator=start)
    assert len(page["Records"]) == 1000
    assert len(streams.get_records(ShardIterator=page["NextShardIterator"])["Records"]) == 1
    for limit in (0, -1, 1001):
        code, text = refusal(streams.get_records, ShardIterator=start, Limit=limit)
        assert code == "ValidationException"
        assert f"Value '{limit}' at 'limit'" in text


def test_a_page_has_at_most_1_mb_unless_one_record_is_larger(
    dynamodb, streams, one_shard, iterator_of, drain
):
    name, arn, shard = one_shard()
    for letter in "abcdef":
        row = {"pk": {"S": letter}, "fill": {"S": letter * 300_000}}
        dynamodb.put_item(TableName=name, Item=row)
    # Three records of 300,000 bytes and some fit into 1,048,576, four do not.
    page = streams.get_records(ShardIterator=iterator_of(arn, shard))
    assert len(page["Records"]) == 3
    assert len(drain(iterator_of(arn, shard))) == 6
    # 399,000 bytes become 532,000 letters of base64, and both images are shown.
    for byte in (b"\0", b"\1"):
        big = {"pk": {"S": "big"}, "fill": {"B": byte * 399_000}}
        dynamodb.put_item(TableName=name, Item=big)
    last = drain(iterator_of(arn, shard))[-1]
    at = iterator_of(
        arn, shard, "AT_SEQUENCE_NUMBER", SequenceNumber=last["dynamodb"]["SequenceNumber"]
    )
    (record,) = streams.get_records(ShardIterator=at)["Records"]
    assert record["eventName"] == "MODIFY"


def test_a_page_of_keys_does_not_stop_at_images_nobody_sees(
    dynamodb, one_shard, iterator_of, drain
):
    name, arn, shard = one_shard("KEYS_ONLY")
    for number in range(20):
        row = {"pk": {"S": f"{number}"}, "fill": {"S": "x" * 380_000}}
        dynamodb.put_item(TableName=name, Item=row)
    assert len(drain(iterator_of(arn, shard))) == 20


def test_an_iterator_that_was_made_up_is_refused(
    dynamodb, streams, one_shard, iterator_of, refusal
):
    _, arn, shard = one_shard()
    good = iterator_of(arn, shard)
    for bad in ("rubbish", good[:-4], good.replace("|1|A", "|1|B"), arn + "|1|"):
        code, _ = refusal(streams.get_records, ShardIterator=bad)
        assert code == "ValidationException"


def test_a_closed_shard_ends_without_a_next_iterator(dynamodb, streams, one_shard, iterator_of):
    name, arn, shard = one_shard()
    put_many(dynamodb, name, 3)
    before = iterator_of(arn, shard, "LATEST")
    dynamodb.update_table(TableName=name, StreamSpecification={"StreamEnabled": False})
    latest = iterator_of(arn, shard, "LATEST")
    for iterator in (before, latest):
        assert "NextShardIterator" not in streams.get_records(ShardIterator=iterator)
    page = streams.get_records(ShardIterator=iterator_of(arn, shard), Limit=2)
    assert len(page["Records"]) == 2
    page = streams.get_records(ShardIterator=page["NextShardIterator"], Limit=1)
    assert len(page["Records"]) == 1
    assert "NextShardIterator" not in page


def test_an_empty_closed_shard_ends_at_once(dynamodb, streams, one_shard, iterator_of):
    name, arn, shard = one_shard()
    dynamodb.update_table(TableName=name, StreamSpecification={"StreamEnabled": False})
    page = streams.get_records(ShardIterator=iterator_of(arn, shard))
    assert page["Records"] == []
    assert "NextShardIterator" not in page


def test_a_stream_closed_while_it_is_read_loses_no_record(node, make_table, shards_of, iterator_of):
    """A reader that follows to the end sees every record that was acknowledged before it."""
    name, arn = make_table("KEYS_ONLY")
    dynamodb = node.client("dynamodb")
    written: list[str] = []

    def write():
        client = node.client("dynamodb")
        for number in range(300):
            client.put_item(TableName=name, Item={"pk": {"S": str(number)}})
            written.append(str(number))
        dynamodb.update_table(TableName=name, StreamSpecification={"StreamEnabled": False})

    seen: list[str] = []

    def follow(shard):
        client = node.client("dynamodbstreams")
        iterator = iterator_of(arn, shard["ShardId"])
        while iterator:
            page = client.get_records(ShardIterator=iterator)
            seen.extend(record["dynamodb"]["Keys"]["pk"]["S"] for record in page["Records"])
            iterator = page.get("NextShardIterator")

    threads = [threading.Thread(target=follow, args=(shard,)) for shard in shards_of(arn)]
    threads.append(threading.Thread(target=write))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(seen) == sorted(written)


def test_another_accounts_iterator_finds_nothing(node, one_shard, iterator_of, refusal):
    _, arn, shard = one_shard()
    other = node.client("dynamodbstreams", aws_access_key_id="123456789012")
    code, _ = refusal(other.get_records, ShardIterator=iterator_of(arn, shard))
    assert code == "ResourceNotFoundException"
