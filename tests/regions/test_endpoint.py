"""A region that is any endpoint that speaks DynamoDB: here a node that knows nothing of regions."""

from typing import Any

import pytest

TABLE = "Orders"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "any", "AWS_SECRET_ACCESS_KEY": "any"}


def test_changes_go_one_way_to_an_endpoint_that_speaks_dynamodb(
    node_factory: Any, eventually: Any
) -> None:
    there = node_factory(in_memory=True)
    here = node_factory(
        "--peer",
        f"eu-west-1=dynamodb+{there.url}",
        "--peer",
        "sa-east-1=here",
        environment=CREDENTIALS,
        in_memory=True,
    )
    east = here.client("dynamodb", region_name="us-east-1")
    south = here.client("dynamodb", region_name="sa-east-1")
    west = there.client("dynamodb", region_name="eu-west-1")
    east.create_table(
        TableName=TABLE,
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": kind}
            for name, kind in (("pk", "S"), ("sk", "N"), ("day", "S"))
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "byDay",
                "KeySchema": [{"AttributeName": "day", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["v"]},
            }
        ],
        BillingMode="PAY_PER_REQUEST",
    )

    def item(key: str, value: int) -> dict[str, Any]:
        return {"pk": {"S": key}, "sk": {"N": "1"}, "v": {"N": str(value)}, "day": {"S": "Mon"}}

    def values(client: Any) -> dict[str, int]:
        found = client.query(
            TableName=TABLE,
            IndexName="byDay",
            KeyConditionExpression="#d = :d",
            ExpressionAttributeNames={"#d": "day"},
            ExpressionAttributeValues={":d": {"S": "Mon"}},
        )
        return {one["pk"]["S"]: int(one["v"]["N"]) for one in found["Items"]}

    def add(region: str) -> None:
        east.update_table(TableName=TABLE, ReplicaUpdates=[{"Create": {"RegionName": region}}])
        eventually(lambda: region in replicas() and status() == "ACTIVE", what=region)

    def replicas() -> list[str]:
        found = east.describe_table(TableName=TABLE)["Table"].get("Replicas", [])
        return [one["RegionName"] for one in found if one["ReplicaStatus"] == "ACTIVE"]

    def status() -> str:
        return str(east.describe_table(TableName=TABLE)["Table"]["TableStatus"])

    for number in range(60):
        east.put_item(TableName=TABLE, Item=item(f"k{number}", number))
    add("sa-east-1")
    add("eu-west-1")
    assert values(west) == values(east)
    for number in range(30):
        east.put_item(TableName=TABLE, Item=item("a", number))
    east.delete_item(TableName=TABLE, Key={"pk": {"S": "k1"}, "sk": {"N": "1"}})
    # What another region has written goes there too, by way of the one that knows the endpoint.
    south.put_item(TableName=TABLE, Item=item("k2", -2))
    eventually(lambda: values(west) == values(east) and values(west)["k2"] == -2)
    assert values(west)["a"] == 29
    assert "k1" not in values(west)
    west.put_item(TableName=TABLE, Item=item("theirs", 1))
    east.update_table(TableName=TABLE, ReplicaUpdates=[{"Delete": {"RegionName": "eu-west-1"}}])
    eventually(lambda: "eu-west-1" not in replicas() and status() == "ACTIVE")
    assert "theirs" not in values(east)
    with pytest.raises(west.exceptions.ResourceNotFoundException):
        west.describe_table(TableName=TABLE)
