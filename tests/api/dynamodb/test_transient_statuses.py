"""CREATING, UPDATING and DELETING that last as long as the node is told, on the node's clock.

Source: AWS, API reference, TableDescription ("TableStatus", "IndexStatus", "Backfilling"),
UpdateTable and DeleteTable; developer guide, "Managing GSIs", phases of index creation.
"""

import json
import urllib.request

import pytest
from botocore.exceptions import ClientError

DELAY_S = 30


@pytest.fixture
def slow(node_factory):
    return node_factory("--status-delay", f"{DELAY_S}s", "--clock", "virtual")


@pytest.fixture
def table(slow, table_name):
    return Table(slow, table_name)


class Table:
    """One table of a slow node."""

    def __init__(self, node, name):
        self.node = node
        self.name = name
        self.api = node.client("dynamodb")

    def wait(self, seconds=DELAY_S):
        body = json.dumps({"advance_ms": seconds * 1000}).encode()
        request = urllib.request.Request(f"{self.node.url}/_headwater/clock", data=body)
        urllib.request.urlopen(request).read()

    def create(self, **more):
        return self.api.create_table(
            TableName=self.name,
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
            **more,
        )

    def describe(self):
        return self.api.describe_table(TableName=self.name)["Table"]

    def index(self):
        found = self.describe().get("GlobalSecondaryIndexes", [])
        return found[0] if found else None

    def put(self, pk, **attributes):
        item = {"pk": {"S": pk}} | {name: {"S": text} for name, text in attributes.items()}
        self.api.put_item(TableName=self.name, Item=item)

    def update(self, **parts):
        return self.api.update_table(TableName=self.name, **parts)["TableDescription"]

    def add_index(self):
        return self.update(
            AttributeDefinitions=[{"AttributeName": "x", "AttributeType": "S"}],
            GlobalSecondaryIndexUpdates=[
                {
                    "Create": {
                        "IndexName": "by-x",
                        "KeySchema": [{"AttributeName": "x", "KeyType": "HASH"}],
                        "Projection": {"ProjectionType": "ALL"},
                    }
                }
            ],
        )

    def found(self):
        return self.api.query(
            TableName=self.name,
            IndexName="by-x",
            KeyConditionExpression="x = :x",
            ExpressionAttributeValues={":x": {"S": "a"}},
        )["Count"]


def code(call, *given, **named):
    with pytest.raises(ClientError) as caught:
        call(*given, **named)
    return caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]


def test_a_table_is_creating_until_its_moment(table):
    assert table.create()["TableDescription"]["TableStatus"] == "CREATING"
    table.wait(DELAY_S - 1)
    assert table.describe()["TableStatus"] == "CREATING"
    assert table.name in table.api.list_tables()["TableNames"]
    assert code(table.put, "1") == ("ResourceNotFoundException", "Requested resource not found")
    busy = "Attempt to change a resource which is still in use: Table is being created: "
    assert code(table.api.delete_table, TableName=table.name) == (
        "ResourceInUseException",
        busy + table.name,
    )
    assert code(table.update, DeletionProtectionEnabled=True)[0] == "ResourceInUseException"
    table.wait(1)
    assert table.describe()["TableStatus"] == "ACTIVE"
    table.put("1")


def test_a_table_is_updating_and_serves_meanwhile(table):
    table.create()
    table.wait()
    assert table.update(DeletionProtectionEnabled=True)["TableStatus"] == "UPDATING"
    assert table.describe()["TableStatus"] == "UPDATING"
    table.put("1")
    assert code(table.update, TableClass="STANDARD")[0] == "ResourceInUseException"
    table.wait()
    assert table.describe()["TableStatus"] == "ACTIVE"
    assert table.describe()["DeletionProtectionEnabled"]


def test_a_stream_is_enabling_and_disabling_as_long(slow, table):
    streams = slow.client("dynamodbstreams")

    def status(arn):
        return streams.describe_stream(StreamArn=arn)["StreamDescription"]["StreamStatus"]

    on = {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
    first = table.create(StreamSpecification=on)["TableDescription"]["LatestStreamArn"]
    assert status(first) == "ENABLING"
    table.wait()
    assert status(first) == "ENABLED"
    table.update(StreamSpecification={"StreamEnabled": False})
    assert status(first) == "DISABLING"
    table.wait()
    assert status(first) == "DISABLED"
    second = table.update(StreamSpecification=on)["LatestStreamArn"]
    assert (status(first), status(second)) == ("DISABLED", "ENABLING")
    table.wait()
    table.api.delete_table(TableName=table.name)
    table.wait()
    assert code(table.describe)[0] == "ResourceNotFoundException"
    assert status(second) == "DISABLED"


def test_a_table_is_deleting_until_it_is_gone(table):
    table.create()
    table.wait()
    table.put("1")
    for _ in range(2):  # API reference: once more is no error
        answer = table.api.delete_table(TableName=table.name)
        assert answer["TableDescription"]["TableStatus"] == "DELETING"
    assert table.describe()["TableStatus"] == "DELETING"
    assert code(table.create)[0] == "ResourceInUseException"
    table.wait()
    assert code(table.describe)[0] == "ResourceNotFoundException"
    table.create()
    table.wait()
    assert table.api.scan(TableName=table.name)["Count"] == 0


def test_an_index_is_given_its_resources_then_filled_then_dropped(table):
    table.create()
    table.wait()
    table.put("1", x="a")
    made = table.add_index()
    assert made["TableStatus"] == "UPDATING"
    assert table.index()["IndexStatus"] == "CREATING"
    assert table.index()["Backfilling"] is False
    table.put("2", x="a")
    assert "backfilling" in code(table.found)[1]
    table.wait()
    assert table.describe()["TableStatus"] == "ACTIVE"
    assert table.index()["IndexStatus"] == "ACTIVE"
    assert table.found() == 2

    table.update(GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "by-x"}}])
    assert table.index()["IndexStatus"] == "DELETING"
    table.put("3", x="a")
    table.wait()
    assert table.index() is None
    names = [one["AttributeName"] for one in table.describe()["AttributeDefinitions"]]
    assert names == ["pk"]


def test_what_had_begun_ends_after_a_kill(slow, table):
    table.create()
    table.wait()
    table.put("1", x="a")
    table.add_index()
    slow.kill()
    slow.start()
    assert table.index()["IndexStatus"] == "CREATING"
    table.wait(4 * DELAY_S)  # a virtual clock may begin earlier than it ended
    assert table.index()["IndexStatus"] == "ACTIVE"
    assert table.found() == 1
    table.api.delete_table(TableName=table.name)
    slow.kill()
    slow.start()
    assert table.describe()["TableStatus"] == "DELETING"
    table.wait(8 * DELAY_S)
    assert code(table.describe)[0] == "ResourceNotFoundException"
