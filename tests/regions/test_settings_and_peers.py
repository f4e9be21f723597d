"""Settings that are changed while another region is down, and nodes that must know each other.

Source: tables/shared.py says who wins; AWS, developer guide, "Global tables: settings that are
synchronized between replicas".
"""

from pathlib import Path
from typing import Any

import pytest
from tests.regions.conftest import KEY, free_port
from tests.tables import create_table

from headwater.testing.process import NodeProcess

TLS = Path(__file__).parents[1] / "data" / "tls"
CERTIFICATE = str(TLS / "localhost.crt")
TABLE = "Orders"


def add_index(region: Any, name: str, key: str, kind: str = "S") -> None:
    region.dynamodb.update_table(
        TableName=TABLE,
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": key, "AttributeType": kind},
        ],
        GlobalSecondaryIndexUpdates=[
            {
                "Create": {
                    "IndexName": name,
                    "KeySchema": [{"AttributeName": key, "KeyType": "HASH"}],
                    "Projection": {"ProjectionType": "ALL"},
                }
            }
        ],
    )


def seen(region: Any) -> tuple[Any, ...]:
    """What of a table is the same everywhere."""
    table = region.dynamodb.describe_table(TableName=TABLE)["Table"]
    ttl = region.dynamodb.describe_time_to_live(TableName=TABLE)["TimeToLiveDescription"]
    indexes = {
        one["IndexName"]: (one["IndexStatus"], one["KeySchema"][0]["AttributeName"])
        for one in table.get("GlobalSecondaryIndexes", [])
    }
    types = {one["AttributeName"]: one["AttributeType"] for one in table["AttributeDefinitions"]}
    caps = table.get("OnDemandThroughput", {}).get("MaxWriteRequestUnits")
    return indexes, types, caps, ttl.get("AttributeName")


def test_settings_changed_on_both_sides_of_a_cut_end_the_same(
    regions: Any, add_replica: Any, eventually: Any
) -> None:
    east, west = regions("us-east-1", "eu-west-1")
    east.create(TABLE)
    add_replica(east, TABLE, "eu-west-1")
    west.node.kill()
    add_index(east, "by-owner", "owner")
    ttl = {"Enabled": True, "AttributeName": "ends"}
    east.dynamodb.update_time_to_live(TableName=TABLE, TimeToLiveSpecification=ttl)
    caps = {"MaxReadRequestUnits": -1, "MaxWriteRequestUnits": 10}
    east.dynamodb.update_table(TableName=TABLE, OnDemandThroughput=caps)
    east.node.kill()
    west.node.start()
    # The same attribute in another type: only one of the two indexes can be.
    add_index(west, "by-number", "owner", "N")
    add_index(west, "by-buyer", "buyer")
    caps["MaxWriteRequestUnits"] = 20
    west.dynamodb.update_table(TableName=TABLE, OnDemandThroughput=caps)
    east.node.start()
    expected = (
        {"by-owner": ("ACTIVE", "owner"), "by-buyer": ("ACTIVE", "buyer")},
        {"pk": "S", "owner": "S", "buyer": "S"},
        20,  # the later one
        "ends",
    )
    eventually(lambda: seen(east) == expected == seen(west), what=f"{seen(east)} {seen(west)}")
    item = {"pk": {"S": "a"}, "owner": {"S": "x"}, "buyer": {"S": "y"}}
    west.dynamodb.put_item(TableName=TABLE, Item=item)
    eventually(lambda: east.dynamodb.scan(TableName=TABLE, IndexName="by-owner")["Count"] == 1)
    # With the end of the one the other can be, here and there.
    east.dynamodb.update_table(
        TableName=TABLE, GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "by-owner"}}]
    )
    indexes = {"by-number": ("ACTIVE", "owner"), "by-buyer": ("ACTIVE", "buyer")}
    types = {"pk": "S", "owner": "N", "buyer": "S"}
    expected = (indexes, types, 20, "ends")
    eventually(lambda: seen(east) == expected == seen(west), what=f"{seen(east)} {seen(west)}")


def test_a_replica_that_cannot_be_made_says_why_and_can_be_taken_away(
    regions: Any, node_factory: Any, add_replica: Any, eventually: Any
) -> None:
    """The node of the third region knows that of the first, but not that of the second."""
    east, west = regions("us-east-1", "eu-west-1")
    third = node_factory(
        "--region", "sa-east-1", "--peer", f"us-east-1={east.node.url}", in_memory=True
    )
    east.create(TABLE)
    add_replica(east, TABLE, "eu-west-1")
    east.node.stop()
    flags = ("--region", "us-east-1", "--peer", f"eu-west-1={west.node.url}")
    both = node_factory(
        *flags,
        "--peer",
        f"sa-east-1={third.url}",
        data=east.node.process.data,
        port=int(east.node.url.rpartition(":")[2]),
    )
    dynamodb = both.client("dynamodb")
    dynamodb.update_table(TableName=TABLE, ReplicaUpdates=[{"Create": {"RegionName": "sa-east-1"}}])

    def third_replica() -> dict[str, Any]:
        found = dynamodb.describe_table(TableName=TABLE)["Table"]["Replicas"]
        return next((one for one in found if one["RegionName"] == "sa-east-1"), {})

    eventually(lambda: third_replica().get("ReplicaStatus") == "CREATION_FAILED")
    why = third_replica()["ReplicaStatusDescription"]
    assert why.startswith("the node of region sa-east-1 knows no node of region eu-west-1")
    assert dynamodb.describe_table(TableName=TABLE)["Table"]["TableStatus"] == "ACTIVE"
    dynamodb.update_table(TableName=TABLE, ReplicaUpdates=[{"Delete": {"RegionName": "sa-east-1"}}])
    eventually(lambda: not third_replica())
    assert dynamodb.describe_table(TableName=TABLE)["Table"]["TableStatus"] == "ACTIVE"


def test_a_region_that_no_node_was_named_for_is_refused(regions: Any) -> None:
    (east,) = regions("us-east-1", flags=("--peer", "eu-west-1=here"))
    east.create(TABLE)
    with pytest.raises(east.dynamodb.exceptions.ClientError, match=r"\[eu-west-1, us-east-1\]$"):
        east.dynamodb.update_table(
            TableName=TABLE, ReplicaUpdates=[{"Create": {"RegionName": "sa-east-1"}}]
        )


def test_a_table_of_another_nodes_region_is_made_there_or_not_at_all(regions: Any) -> None:
    east, _ = regions("us-east-1", "eu-west-1")
    away = east.node.client("dynamodb", region_name="eu-west-1")
    with pytest.raises(away.exceptions.ClientError, match="is served by another node"):
        away.create_table(TableName=TABLE, **KEY)
    assert away.list_tables()["TableNames"] == []


def test_nodes_reach_each_other_with_tls(node_factory: Any, eventually: Any) -> None:
    ports = {"us-east-1": free_port(), "eu-west-1": free_port()}
    flags = ("--tls-cert", CERTIFICATE, "--tls-key", str(TLS / "localhost.key"))
    clients = {}
    for region, other in (("us-east-1", "eu-west-1"), ("eu-west-1", "us-east-1")):
        peer = ("--peer", f"{other}=https://localhost:{ports[other]}", "--peer-ca", CERTIFICATE)
        node = node_factory("--region", region, *peer, *flags, in_memory=True, port=ports[region])
        clients[region] = node.client("dynamodb", region_name=region, verify=CERTIFICATE)
    east, west = clients["us-east-1"], clients["eu-west-1"]
    create_table(east, TABLE)
    east.update_table(TableName=TABLE, ReplicaUpdates=[{"Create": {"RegionName": "eu-west-1"}}])
    eventually(lambda: east.describe_table(TableName=TABLE)["Table"]["TableStatus"] == "ACTIVE")
    key = {"pk": {"S": "a"}}
    west.put_item(TableName=TABLE, Item=key)
    eventually(lambda: "Item" in east.get_item(TableName=TABLE, Key=key))


def test_certificates_that_cannot_be_read_end_the_start(tmp_path: Path) -> None:
    process = NodeProcess(
        "--peer",
        "eu-west-1=https://localhost:1",
        "--peer-ca",
        str(tmp_path / "none.pem"),
        data=None,
        log=tmp_path / "log",
    )
    try:
        process.start()
    except Exception:
        assert "cannot take certificates of peers from" in process.last_words()
    else:
        process.stop()
        raise AssertionError("it started")
