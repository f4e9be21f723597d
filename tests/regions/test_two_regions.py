"""Two real nodes in two regions and a table in both.

Source of what is expected: AWS, developer guide, "Global tables: multi-active, multi-Region
replication"; UpdateTable in its API reference.
"""

import json
import urllib.request
from typing import Any

from tests.tables import create_table

TABLE = "Orders"


def test_a_replica_gets_what_there_is_and_writes_travel_both_ways(
    regions: Any, add_replica: Any, eventually: Any
) -> None:
    east, west = regions("us-east-1", "eu-west-1")
    east.create(TABLE)
    for number in range(700):
        east.put(TABLE, f"k{number}", number)
    add_replica(east, TABLE, "eu-west-1")
    assert west.table(TABLE) == east.table(TABLE)
    assert west.replicas(TABLE) == {"us-east-1": "ACTIVE"}
    west.put(TABLE, "k1", "west")
    east.delete(TABLE, "k2")
    east.put(TABLE, "new", "east")
    expected = {f"k{number}": str(number) for number in range(700) if number != 2}
    expected |= {"k1": "west", "new": "east"}
    eventually(lambda: east.values(TABLE) == expected == west.values(TABLE), what="equality")


def test_of_two_writes_of_an_item_the_later_one_wins_everywhere(
    regions: Any, add_replica: Any, eventually: Any
) -> None:
    """The link is down while both write: that node is killed."""
    east, west = regions("us-east-1", "eu-west-1")
    east.create(TABLE)
    add_replica(east, TABLE, "eu-west-1")
    west.node.kill()
    for key in ("a", "b", "c"):
        east.put(TABLE, key, "east")
    east.delete(TABLE, "c")
    east.node.kill()
    west.node.start()
    west.put(TABLE, "a", "west")
    west.delete(TABLE, "b")
    west.put(TABLE, "c", "west")
    east.node.start()
    expected = {"a": "west", "b": "east", "c": "west"}
    eventually(lambda: east.values(TABLE) == expected == west.values(TABLE), what="equality")


def test_a_replica_that_is_deleted_leaves_a_plain_table(
    regions: Any, add_replica: Any, eventually: Any
) -> None:
    east, west = regions("us-east-1", "eu-west-1")
    east.create(TABLE)
    east.put(TABLE, "a", 1)
    add_replica(east, TABLE, "eu-west-1")
    east.dynamodb.update_table(
        TableName=TABLE, ReplicaUpdates=[{"Delete": {"RegionName": "eu-west-1"}}]
    )
    eventually(lambda: not east.replicas(TABLE), what="the end of the replica")
    assert west.dynamodb.list_tables()["TableNames"] == []
    described = east.dynamodb.describe_table(TableName=TABLE)["Table"]
    assert described["TableStatus"] == "ACTIVE"
    assert "GlobalTableVersion" not in described
    assert east.values(TABLE) == {"a": "1"}


def test_figures_of_links_are_on_the_metrics_page(
    regions: Any, add_replica: Any, eventually: Any
) -> None:
    east, west = regions("us-east-1", "eu-west-1")
    east.create(TABLE)
    east.put(TABLE, "before", 1)
    add_replica(east, TABLE, "eu-west-1")
    east.put(TABLE, "after", 1)
    eventually(lambda: len(west.values(TABLE)) == 2)

    def figures() -> dict[str, str]:
        with urllib.request.urlopen(east.node.url + "/_headwater/metrics") as page:
            lines = page.read().decode().splitlines()
        found = [line.rpartition(" ") for line in lines if line.startswith("headwater_region_")]
        return {name: value for name, _, value in found}

    labels = 'account="000000000000",table="Orders",from="us-east-1",to="eu-west-1"'
    expected = {
        f"headwater_region_pending_writes{{{labels}}}": "0",
        f"headwater_region_lag_ms{{{labels}}}": "0",
        f'headwater_region_writes_total{{{labels},outcome="shipped"}}': "1",
        f'headwater_region_writes_total{{{labels},outcome="copied"}}': "1",
        f'headwater_region_writes_total{{{labels},outcome="superseded"}}': "0",
    }
    eventually(lambda: figures() == expected, seconds=10)
    west.node.kill()
    east.put(TABLE, "more", 1)
    pending = f"headwater_region_pending_writes{{{labels}}}"
    eventually(lambda: figures()[pending] == "1")


def test_one_node_serves_several_regions_of_a_table(node_factory: Any, eventually: Any) -> None:
    node = node_factory(in_memory=True)
    east, west = (node.client("dynamodb", region_name=name) for name in ("us-east-1", "eu-west-1"))
    create_table(east, TABLE)
    key = {"pk": {"S": "a"}}
    east.put_item(TableName=TABLE, Item=key)
    east.update_table(TableName=TABLE, ReplicaUpdates=[{"Create": {"RegionName": "eu-west-1"}}])

    def status() -> str:
        return str(east.describe_table(TableName=TABLE)["Table"]["TableStatus"])

    eventually(lambda: status() == "ACTIVE")
    assert west.get_item(TableName=TABLE, Key=key)["Item"] == key
    west.delete_item(TableName=TABLE, Key=key)
    eventually(lambda: "Item" not in east.get_item(TableName=TABLE, Key=key))
    with urllib.request.urlopen(f"{node.url}/_headwater/regions") as answer:
        told = json.load(answer)
    assert {one["region"]: one["replicas"] for one in told["tables"]} == {
        "us-east-1": {"eu-west-1": "ACTIVE"},
        "eu-west-1": {"us-east-1": "ACTIVE"},
    }
    assert {(one["from"], one["to"]) for one in told["links"]} == {
        ("us-east-1", "eu-west-1"),
        ("eu-west-1", "us-east-1"),
    }
