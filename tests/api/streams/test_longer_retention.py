"""A table's tag headwater:stream-retention keeps its stream's records longer than 24 hours.

Source: the setting's own description (tables/stream_retention.py); without it AWS's 24 hours.
"""

import pytest
from botocore.exceptions import ClientError
from tests.tables import create_table, records_of

from headwater.testing import Stage

TAG = "headwater:stream-retention"


@pytest.fixture
def node(node_factory):
    """A node on a clock that is moved."""
    return node_factory("--clock", "virtual", in_memory=True)


@pytest.fixture
def table(node, table_name):
    """(client, ARN, stream's ARN) of a table with a stream of one shard's worth of records."""
    dynamodb = node.client("dynamodb")
    made = create_table(dynamodb, table_name, view="KEYS_ONLY")
    return dynamodb, made["TableArn"], made["LatestStreamArn"]


def advance(node, hours):
    with Stage(node.url) as stage:
        stage.clock.advance(hours=hours)


def keys_of(node, stream):
    found = records_of(node.client("dynamodbstreams"), stream)
    return sorted(record["dynamodb"]["Keys"]["pk"]["S"] for record in found)


def put(dynamodb, arn, key):
    dynamodb.put_item(TableName=arn, Item={"pk": {"S": key}})


def test_records_are_shown_as_long_as_the_tag_says(node, table):
    dynamodb, arn, stream = table
    put(dynamodb, arn, "before")
    dynamodb.tag_resource(ResourceArn=arn, Tags=[{"Key": TAG, "Value": "3d"}])
    put(dynamodb, arn, "after")
    advance(node, 71)
    assert keys_of(node, stream) == ["after", "before"]
    advance(node, 2)
    assert keys_of(node, stream) == []


def test_without_the_tag_it_is_24_hours_again(node, table):
    dynamodb, arn, stream = table
    dynamodb.tag_resource(ResourceArn=arn, Tags=[{"Key": TAG, "Value": "3d"}])
    put(dynamodb, arn, "a")
    advance(node, 25)
    assert keys_of(node, stream) == ["a"]
    dynamodb.untag_resource(ResourceArn=arn, TagKeys=[TAG])
    assert keys_of(node, stream) == []


def test_a_stream_that_is_turned_on_later_keeps_to_it(node, table):
    dynamodb, arn, _ = table
    dynamodb.tag_resource(ResourceArn=arn, Tags=[{"Key": TAG, "Value": "48h"}])
    dynamodb.update_table(TableName=arn, StreamSpecification={"StreamEnabled": False})
    specification = {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
    later = dynamodb.update_table(TableName=arn, StreamSpecification=specification)
    put(dynamodb, arn, "a")
    advance(node, 40)
    assert keys_of(node, later["TableDescription"]["LatestStreamArn"]) == ["a"]


@pytest.mark.parametrize("value", ["1h", "soon", "", "367d"])
def test_a_value_that_is_no_longer_time_is_refused(table, value):
    dynamodb, arn, _ = table
    with pytest.raises(ClientError) as refused:
        dynamodb.tag_resource(ResourceArn=arn, Tags=[{"Key": TAG, "Value": value}])
    error = refused.value.response["Error"]
    assert error["Code"] == "ValidationException"
    assert "it must be a duration from 24h to 366d" in error["Message"]
