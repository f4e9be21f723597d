"""ListStreams and DescribeStream, and the turning on and off of streams that they show.

Source: AWS, API reference of DynamoDB Streams; what is listed when is recorded.
"""

import re

import pytest

ON = {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
OFF = {"StreamEnabled": False}
UNKNOWN = "arn:aws:dynamodb:us-east-1:000000000000:table/T/stream/2026-03-04T05:06:07.891"


def test_a_table_without_a_stream_lists_none(dynamodb, streams, make_table):
    name, _ = make_table(None)
    assert streams.list_streams(TableName=name)["Streams"] == []
    assert streams.list_streams(TableName="never-made")["Streams"] == []
    table = dynamodb.describe_table(TableName=name)["Table"]
    assert not {"StreamSpecification", "LatestStreamArn", "LatestStreamLabel"} & table.keys()


def test_a_stream_is_listed_by_arn_table_and_label(dynamodb, streams, make_table):
    name, arn = make_table("NEW_IMAGE")
    (listed,) = streams.list_streams(TableName=name)["Streams"]
    label = arn.rpartition("/")[2]
    assert listed == {"StreamArn": arn, "TableName": name, "StreamLabel": label}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}", label)
    table = dynamodb.describe_table(TableName=name)["Table"]
    assert arn == f"{table['TableArn']}/stream/{label}"
    assert (table["LatestStreamArn"], table["LatestStreamLabel"]) == (arn, label)
    assert table["StreamSpecification"] == {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}


def test_streams_are_listed_in_pages(dynamodb, streams, make_table):
    name, first = make_table()
    dynamodb.update_table(TableName=name, StreamSpecification=OFF)
    dynamodb.update_table(TableName=name, StreamSpecification=ON)
    page = streams.list_streams(TableName=name, Limit=1)
    assert [stream["StreamArn"] for stream in page["Streams"]] == [first]
    assert page["LastEvaluatedStreamArn"] == first
    rest = streams.list_streams(TableName=name, ExclusiveStartStreamArn=first)
    (second,) = rest["Streams"]
    assert second["StreamArn"] > first
    assert "LastEvaluatedStreamArn" not in rest
    # Where a stream that is gone would have stood, the list goes on too.
    gone = first.rpartition("/")[0] + "/2000-01-01T00:00:00.000"
    assert len(streams.list_streams(TableName=name, ExclusiveStartStreamArn=gone)["Streams"]) == 2


@pytest.mark.parametrize("limit", [0, -1, 101])
def test_a_limit_out_of_range_is_refused(streams, refusal, limit):
    for call in (
        lambda: streams.list_streams(Limit=limit),
        lambda: streams.describe_stream(StreamArn=UNKNOWN, Limit=limit),
    ):
        code, text = refusal(call)
        assert code == "ValidationException"
        assert f"Value '{limit}' at 'limit' failed to satisfy constraint" in text


def test_a_stream_is_described_with_an_open_root_shard_for_each_partition(streams, make_table):
    name, arn = make_table("OLD_IMAGE")
    described = streams.describe_stream(StreamArn=arn)["StreamDescription"]
    assert described["StreamArn"] == arn
    assert described["StreamLabel"] == arn.rpartition("/")[2]
    assert described["StreamStatus"] == "ENABLED"
    assert described["StreamViewType"] == "OLD_IMAGE"
    assert described["TableName"] == name
    assert described["KeySchema"] == [{"AttributeName": "pk", "KeyType": "HASH"}]
    assert "LastEvaluatedShardId" not in described
    # AWS gives a new on-demand table 4 partitions.
    assert len(described["Shards"]) == 4
    for shard in described["Shards"]:
        assert re.fullmatch(r"shardId-\d{20}-[0-9a-f]{8}", shard["ShardId"])
        assert re.fullmatch(r"\d{21}", shard["SequenceNumberRange"]["StartingSequenceNumber"])
        assert "EndingSequenceNumber" not in shard["SequenceNumberRange"]
        assert "ParentShardId" not in shard
    ids = [shard["ShardId"] for shard in described["Shards"]]
    assert ids == sorted(ids)


def test_a_small_provisioned_table_has_one_shard(streams, make_table):
    units = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}
    _, arn = make_table("KEYS_ONLY", BillingMode="PROVISIONED", ProvisionedThroughput=units)
    assert len(streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]) == 1


def test_shards_are_described_in_pages(streams, make_table, shards_of):
    _, arn = make_table()
    ids = [shard["ShardId"] for shard in shards_of(arn)]
    paged: list[str] = []
    after: dict[str, str] = {}
    while True:
        page = streams.describe_stream(StreamArn=arn, Limit=3, **after)["StreamDescription"]
        paged += [shard["ShardId"] for shard in page["Shards"]]
        if "LastEvaluatedShardId" not in page:
            break
        after = {"ExclusiveStartShardId": page["LastEvaluatedShardId"]}
    assert paged == ids
    # A start that names no shard is no error (recorded).
    beyond = "shardId-99999999999999999999-00000000"
    page = streams.describe_stream(StreamArn=arn, ExclusiveStartShardId=beyond)
    assert page["StreamDescription"]["Shards"] == []


def test_a_filter_for_children_is_checked_and_finds_none_of_an_open_shard(
    streams, make_table, shards_of, refusal
):
    _, arn = make_table()
    shard = shards_of(arn)[0]["ShardId"]
    wanted = {"Type": "CHILD_SHARDS", "ShardId": shard}
    page = streams.describe_stream(StreamArn=arn, ShardFilter=wanted)["StreamDescription"]
    assert page["Shards"] == []
    for missing, path in (("Type", "shardFilter.type"), ("ShardId", "shardFilter.shardId")):
        part = {name: value for name, value in wanted.items() if name != missing}
        code, text = refusal(streams.describe_stream, StreamArn=arn, ShardFilter=part)
        assert code == "ValidationException"
        assert path in text
    code, text = refusal(
        streams.describe_stream, StreamArn=arn, ShardFilter={"Type": "ALL", "ShardId": shard}
    )
    assert (code, "shardFilter.type" in text) == ("ValidationException", True)
    code, text = refusal(
        streams.describe_stream, StreamArn=arn, ShardFilter={**wanted, "ShardId": "x" * 37}
    )
    assert (code, "shardFilter.shardId" in text) == ("ValidationException", True)


def test_unknown_and_malformed_streams_are_told_apart(streams, refusal):
    assert refusal(streams.describe_stream, StreamArn=UNKNOWN) == (
        "ResourceNotFoundException",
        f"Requested resource not found: Stream: {UNKNOWN} not found",
    )
    for rubbish in ("bogus", "x" * 40, UNKNOWN.replace("dynamodb", "kinesis")):
        code, _ = refusal(streams.describe_stream, StreamArn=rubbish)
        assert code == "ValidationException"


def test_a_stream_turned_off_is_closed_and_stays_and_the_next_one_is_new(
    dynamodb, streams, make_table, records_of
):
    name, first = make_table("NEW_IMAGE")
    dynamodb.put_item(TableName=name, Item={"pk": {"S": "a"}})
    dynamodb.update_table(TableName=name, StreamSpecification=OFF)
    table = dynamodb.describe_table(TableName=name)["Table"]
    assert "StreamSpecification" not in table
    described = streams.describe_stream(StreamArn=first)["StreamDescription"]
    assert described["StreamStatus"] == "DISABLED"
    for shard in described["Shards"]:
        bounds = shard["SequenceNumberRange"]
        assert int(bounds["EndingSequenceNumber"]) >= int(bounds["StartingSequenceNumber"])
    dynamodb.put_item(TableName=name, Item={"pk": {"S": "unseen"}})

    dynamodb.update_table(TableName=name, StreamSpecification=ON)
    second = dynamodb.describe_table(TableName=name)["Table"]["LatestStreamArn"]
    assert second != first
    dynamodb.put_item(TableName=name, Item={"pk": {"S": "b"}})
    assert [record["dynamodb"]["Keys"] for record in records_of(first)] == [{"pk": {"S": "a"}}]
    assert [record["dynamodb"]["Keys"] for record in records_of(second)] == [{"pk": {"S": "b"}}]


def test_the_stream_of_a_deleted_table_stays_readable(dynamodb, streams, make_table, records_of):
    name, arn = make_table("NEW_IMAGE")
    dynamodb.put_item(TableName=name, Item={"pk": {"S": "a"}})
    dynamodb.delete_table(TableName=name)
    (listed,) = streams.list_streams(TableName=name)["Streams"]
    assert listed["StreamArn"] == arn
    # No record tells of the items that went with the table.
    assert [record["eventName"] for record in records_of(arn)] == ["INSERT"]


def test_turning_on_twice_or_off_twice_is_refused(dynamodb, make_table, refusal):
    name, _ = make_table()
    assert refusal(dynamodb.update_table, TableName=name, StreamSpecification=ON) == (
        "ValidationException",
        f"Table already has an enabled stream: TableName: {name}",
    )
    dynamodb.update_table(TableName=name, StreamSpecification=OFF)
    assert refusal(dynamodb.update_table, TableName=name, StreamSpecification=OFF) == (
        "ValidationException",
        f"Table has no stream to disable: TableName: {name}",
    )


def test_streams_survive_a_restart(node_factory):
    node = node_factory()
    dynamodb, streams = node.client("dynamodb"), node.client("dynamodbstreams")
    arn = dynamodb.create_table(
        TableName="kept",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification=ON,
    )["TableDescription"]["LatestStreamArn"]
    described = streams.describe_stream(StreamArn=arn)["StreamDescription"]
    iterators = [
        streams.get_shard_iterator(
            StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="LATEST"
        )["ShardIterator"]
        for shard in described["Shards"]
    ]
    dynamodb.put_item(TableName="kept", Item={"pk": {"S": "a"}})
    node.restart()
    assert streams.describe_stream(StreamArn=arn)["StreamDescription"] == described
    # An iterator from before the restart is still good.
    pages = [streams.get_records(ShardIterator=iterator) for iterator in iterators]
    assert sum(len(page["Records"]) for page in pages) == 1
