"""UpdateTimeToLive and DescribeTimeToLive, and the records of items whose time has come.

Sources: AWS, API reference of both; developer guide, "Using time to live (TTL)" and "DynamoDB
Streams and Time to Live" (userIdentity); the texts of refusals are recorded answers.
"""

import json
import time
import urllib.request

import pytest
from botocore.exceptions import ClientError
from tests.tables import create_table, records_of


@pytest.fixture
def table(node, table_name):
    """A table with a stream of whole images, TTL still off; (client, name, stream ARN)."""
    dynamodb = node.client("dynamodb")
    made = create_table(dynamodb, table_name, view="NEW_AND_OLD_IMAGES")
    dynamodb.get_waiter("table_exists").wait(TableName=table_name)
    yield dynamodb, table_name, made["LatestStreamArn"]
    dynamodb.delete_table(TableName=table_name)


def turn(dynamodb, name, on, attribute="end"):
    return dynamodb.update_time_to_live(
        TableName=name,
        TimeToLiveSpecification={"Enabled": on, "AttributeName": attribute},
    )["TimeToLiveSpecification"]


def described(dynamodb, name):
    return dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]


def records(node, arn):
    return records_of(node.client("dynamodbstreams"), arn)


def test_it_is_turned_on_and_off_and_tells_so(table, eventually):
    dynamodb, name, _ = table
    assert described(dynamodb, name) == {"TimeToLiveStatus": "DISABLED"}
    assert turn(dynamodb, name, True) == {"Enabled": True, "AttributeName": "end"}
    eventually(lambda: described(dynamodb, name)["TimeToLiveStatus"] == "ENABLED")
    assert described(dynamodb, name)["AttributeName"] == "end"
    assert turn(dynamodb, name, False) == {"Enabled": False, "AttributeName": "end"}
    eventually(lambda: described(dynamodb, name) == {"TimeToLiveStatus": "DISABLED"})


@pytest.mark.parametrize(
    ("is_on", "wanted", "attribute", "text"),
    [
        (True, True, "end", "TimeToLive is already enabled"),
        (False, False, "end", "TimeToLive is already disabled"),
        (
            True,
            True,
            "other",
            "TimeToLive is active on a different AttributeName: current AttributeName is end",
        ),
        (
            True,
            False,
            "other",
            "TimeToLive is active on a different AttributeName: current AttributeName is end",
        ),
    ],
)
def test_a_change_that_is_none_is_refused(table, is_on, wanted, attribute, text):
    dynamodb, name, _ = table
    if is_on:
        turn(dynamodb, name, True)
    with pytest.raises(ClientError) as refused:
        turn(dynamodb, name, wanted, attribute)
    assert refused.value.response["Error"] == {"Code": "ValidationException", "Message": text}


def test_a_strict_node_takes_one_change_an_hour(node_factory, table_name):
    """API reference, UpdateTimeToLive: "any additional UpdateTimeToLive calls for the same table
    during this one hour duration result in a ValidationException"."""
    node = node_factory("--strict-limits", "--clock", "virtual", in_memory=True)
    dynamodb = node.client("dynamodb")
    dynamodb.create_table(
        TableName=table_name,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )

    def turned(on):
        try:
            return turn(dynamodb, table_name, on)["Enabled"]
        except ClientError as refused:
            return refused.response["Error"]["Message"]

    def advance(seconds):
        body = json.dumps({"advance_ms": seconds * 1000}).encode()
        urllib.request.urlopen(f"{node.url}/_headwater/clock", body).read()

    too_soon = "Time to live has been modified multiple times within a fixed interval"
    assert turned(True) is True
    assert turned(False) == too_soon
    assert turned(True) == "TimeToLive is already enabled"
    advance(3599)
    assert turned(False) == too_soon
    advance(1)
    assert turned(False) is False
    assert turned(True) == too_soon


def test_a_missing_table_is_named(node, table_name):
    dynamodb = node.client("dynamodb")
    for call in (
        lambda: described(dynamodb, table_name),
        lambda: turn(dynamodb, table_name, True),
    ):
        with pytest.raises(ClientError) as refused:
            call()
        error = refused.value.response["Error"]
        assert error["Code"] == "ResourceNotFoundException"
        assert error["Message"] == f"Requested resource not found: Table: {table_name} not found"


def test_an_expired_item_is_deleted_by_the_service_and_a_deleted_one_by_its_caller(
    node, table, eventually
):
    dynamodb, name, arn = table
    past = str(int(time.time()) - 60)
    dynamodb.put_item(TableName=name, Item={"pk": {"S": "before"}, "end": {"N": past}})
    turn(dynamodb, name, True)
    dynamodb.put_item(TableName=name, Item={"pk": {"S": "after"}, "end": {"N": past}})
    dynamodb.put_item(TableName=name, Item={"pk": {"S": "text"}, "end": {"S": past}})
    dynamodb.put_item(TableName=name, Item={"pk": {"S": "mine"}})
    dynamodb.delete_item(TableName=name, Key={"pk": {"S": "mine"}})
    eventually(lambda: dynamodb.scan(TableName=name)["Count"] == 1)
    removed = {
        record["dynamodb"]["Keys"]["pk"]["S"]: record.get("userIdentity")
        for record in records(node, arn)
        if record["eventName"] == "REMOVE"
    }
    service = {"PrincipalId": "dynamodb.amazonaws.com", "Type": "Service"}
    assert removed == {"before": service, "after": service, "mine": None}
