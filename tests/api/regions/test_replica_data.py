"""Items and streams of replicas: what travels, what is judged where, what streams tell.

Source: AWS, developer guide, "Global tables: how it works": last writer wins, conditions and
transactions are of their region, consistent reads see what was written in their region, each
replica has a stream of its own.
"""

import time
from typing import Any

import pytest
from tests.tables import records_of

EAST, WEST = "us-east-1", "eu-west-1"


def records(table, region):
    """What a replica's stream tells, in its order: (event, key, identity)."""
    streams = table.node.client("dynamodbstreams", region_name=region)
    arn = table.table(region)["LatestStreamArn"]
    return [
        (
            one["eventName"],
            one["dynamodb"]["Keys"]["pk"]["S"],
            one.get("userIdentity", {}).get("PrincipalId"),
        )
        for one in records_of(streams, arn)
    ]


def test_each_replica_has_a_stream_of_its_own_with_the_writes_of_all(orders):
    orders.put(EAST, "a")
    orders.put(WEST, "b")
    orders.soon(lambda: orders.get(EAST, "b") and orders.get(WEST, "a"))
    orders.at(EAST).delete_item(TableName=orders.name, Key={"pk": {"S": "b"}})
    orders.soon(lambda: not orders.get(WEST, "b"))
    expected = {("INSERT", "a", None), ("INSERT", "b", None), ("REMOVE", "b", None)}
    for region in (EAST, WEST):
        told = records(orders, region)
        assert len(told) == 3 and set(told) == expected, region
        arn = orders.table(region)["LatestStreamArn"]
        assert arn.split(":")[3] == region


@pytest.mark.parametrize("region", [EAST, WEST])
def test_the_stream_of_a_replica_stays_as_it_is(orders, invalid, region):
    update = orders.at(region).update_table
    off = {"StreamEnabled": False}
    # Recorded, as is that a stream that is on is not turned on again.
    assert invalid(update, TableName=orders.name, StreamSpecification=off) == (
        "One or more parameter values were invalid: Disabling Stream is not allowed for a Global "
        "Table replica."
    )
    on = {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
    text = invalid(update, TableName=orders.name, StreamSpecification=on)
    assert text == f"Table already has an enabled stream: TableName: {orders.name}"


def test_a_stream_of_another_view_is_kept_and_copied(replicated):
    """Recorded: KEYS_ONLY stays KEYS_ONLY, and the new replica has it too."""
    keys = {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
    replicated.create(StreamSpecification=keys)
    replicated.add(WEST)
    assert replicated.table(EAST)["StreamSpecification"] == keys
    assert replicated.table(WEST)["StreamSpecification"] == keys
    replicated.put(WEST, "a", v={"S": "1"})
    item = {"pk": {"S": "a"}, "v": {"S": "1"}}
    replicated.soon(lambda: replicated.get(EAST, "a") == item)


def test_the_end_of_an_item_is_told_as_ttls_in_the_region_that_wrote_it(orders):
    ttl = {"Enabled": True, "AttributeName": "ends"}
    orders.at(EAST).update_time_to_live(TableName=orders.name, TimeToLiveSpecification=ttl)
    described = orders.at(WEST).describe_time_to_live
    orders.soon(
        lambda: "AttributeName" in described(TableName=orders.name)["TimeToLiveDescription"]
    )
    ends = {"N": str(int(time.time()) + 2)}
    orders.put(WEST, "a", ends=ends)
    orders.soon(lambda: orders.get(EAST, "a"))
    orders.soon(lambda: not orders.get(EAST, "a") and not orders.get(WEST, "a"))
    assert records(orders, EAST) == [("INSERT", "a", None), ("REMOVE", "a", None)]
    told = records(orders, WEST)
    assert told in (
        [("INSERT", "a", None), ("REMOVE", "a", "dynamodb.amazonaws.com")],
        # The other region was a moment faster, and its delete has come here first.
        [("INSERT", "a", None), ("REMOVE", "a", None)],
    )


def test_transactions_arrive_and_counters_count_on_what_their_region_has(orders):
    """A transaction is one in its region; a condition sees what has arrived there."""
    names = ["a", "b", "c"]
    orders.at(EAST).transact_write_items(
        TransactItems=[
            {"Put": {"TableName": orders.name, "Item": {"pk": {"S": name}, "n": {"N": "1"}}}}
            for name in names
        ]
    )
    orders.soon(lambda: all(orders.get(WEST, name) for name in names))
    west = orders.at(WEST)
    west.update_item(
        TableName=orders.name,
        Key={"pk": {"S": "a"}},
        UpdateExpression="SET n = n + :one",
        ConditionExpression="n = :one",
        ExpressionAttributeValues={":one": {"N": "1"}},
    )
    with pytest.raises(west.exceptions.ConditionalCheckFailedException):
        west.put_item(
            TableName=orders.name,
            Item={"pk": {"S": "b"}},
            ConditionExpression="attribute_not_exists(pk)",
        )
    orders.soon(lambda: orders.get(EAST, "a") == {"pk": {"S": "a"}, "n": {"N": "2"}})


class Provider:
    """Creates, reads, updates and deletes a table with replicas as infrastructure tools do: a
    plan is what differs between what is wanted and what DescribeTable says."""

    def __init__(self, table):
        self.table = table
        self.api = table.at(EAST)

    def read(self):
        """What a tool would write into its state."""
        told = self.table.table()
        return {
            "billing": told["BillingModeSummary"]["BillingMode"],
            "stream": told.get("StreamSpecification", {}).get("StreamViewType"),
            "indexes": {one["IndexName"] for one in told.get("GlobalSecondaryIndexes", [])},
            "replicas": {
                one["RegionName"]: {
                    "class": one.get("ReplicaTableClassSummary", {}).get("TableClass", "STANDARD"),
                    "key": one.get("KMSMasterKeyId"),
                    "status": one["ReplicaStatus"],
                }
                for one in told.get("Replicas", [])
            },
        }

    def settle(self, replica=None):
        def is_settled():
            told = self.table.table()
            replicas = {one["RegionName"]: one for one in told.get("Replicas", [])}
            busy = any(one["ReplicaStatus"] != "ACTIVE" for one in replicas.values())
            return told["TableStatus"] == "ACTIVE" and not busy and (replica in (None, *replicas))

        self.table.soon(is_settled)


def test_tools_that_compare_see_no_drift(replicated):
    tool = Provider(replicated)
    stream = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    replicated.create(StreamSpecification=stream)
    plain = {"class": "STANDARD", "key": None, "status": "ACTIVE"}
    wanted: dict[str, Any] = {
        "billing": "PAY_PER_REQUEST",
        "stream": "NEW_AND_OLD_IMAGES",
        "indexes": set(),
        "replicas": {WEST: plain, "sa-east-1": plain},
    }
    for region in wanted["replicas"]:
        replicated.ask(EAST, {"Create": {"RegionName": region}})
        tool.settle(region)
    assert tool.read() == wanted == tool.read()
    # An update in place, and an index.
    infrequent = {"RegionName": WEST, "TableClassOverride": "STANDARD_INFREQUENT_ACCESS"}
    replicated.ask(EAST, {"Update": infrequent})
    tool.settle()
    wanted["replicas"][WEST] = plain | {"class": "STANDARD_INFREQUENT_ACCESS"}
    assert tool.read() == wanted
    tool.api.update_table(
        TableName=replicated.name,
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"} for name in ("pk", "owner")
        ],
        GlobalSecondaryIndexUpdates=[
            {
                "Create": {
                    "IndexName": "by-owner",
                    "KeySchema": [{"AttributeName": "owner", "KeyType": "HASH"}],
                    "Projection": {"ProjectionType": "ALL"},
                }
            }
        ],
    )
    tool.settle()
    wanted["indexes"] = {"by-owner"}
    assert tool.read() == wanted
    # The end: replicas first, then the table.
    for region in list(wanted["replicas"]):
        replicated.ask(EAST, {"Delete": {"RegionName": region}})
        replicated.until(region, None)
    assert tool.read() == wanted | {"replicas": {}}
    tool.api.delete_table(TableName=replicated.name)
    assert not any(replicated.exists(region) for region in (EAST, WEST, "sa-east-1"))
