"""Several real nodes, each of a region of its own, that know each other as peers."""

import contextlib
import random
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest

KEY = {
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
}


def free_port() -> int:
    """Free, and none of those that the system gives to whoever asks for any."""
    while True:
        port = random.randrange(15_000, 32_000)
        with socket.socket() as taken, contextlib.suppress(OSError):
            taken.bind(("127.0.0.1", port))
            return port


class Region:
    """One node that serves one region."""

    def __init__(self, name: str, node: Any) -> None:
        self.name = name
        self.node = node
        self.dynamodb = node.client("dynamodb", region_name=name)
        self.streams = node.client("dynamodbstreams", region_name=name)

    def create(self, name: str, **about: Any) -> None:
        """A table with the key `pk`, in this region."""
        self.dynamodb.create_table(TableName=name, **(KEY | about))

    def put(self, name: str, key: str, value: Any) -> None:
        item = {"pk": {"S": key}, "v": {"S": str(value)}}
        self.dynamodb.put_item(TableName=name, Item=item)

    def delete(self, name: str, key: str) -> None:
        self.dynamodb.delete_item(TableName=name, Key={"pk": {"S": key}})

    def values(self, name: str) -> dict[str, str]:
        """The attribute `v` of every item, by key."""
        return {key: item["v"]["S"] for key, item in self.table(name).items()}

    def table(self, name: str) -> dict[str, Any]:
        """Every item, by its key `pk`."""
        pages = self.dynamodb.get_paginator("scan").paginate(TableName=name, ConsistentRead=True)
        return {item["pk"]["S"]: item for page in pages for item in page["Items"]}

    def replicas(self, name: str) -> dict[str, str]:
        """Status of each other replica, by region."""
        described = self.dynamodb.describe_table(TableName=name)["Table"]
        found = described.get("Replicas", [])
        return {replica["RegionName"]: replica["ReplicaStatus"] for replica in found}


@pytest.fixture
def regions(node_factory: Any) -> Iterator[Callable[..., list[Region]]]:
    """A node for each, in this order."""

    def make(*names: str, flags: tuple[str, ...] = ()) -> list[Region]:
        ports = {name: free_port() for name in names}
        made = []
        for name in names:
            peers = [
                word
                for other in names
                if other != name
                for word in ("--peer", f"{other}=http://127.0.0.1:{ports[other]}")
            ]
            node = node_factory("--region", name, *peers, *flags, port=ports[name])
            made.append(Region(name, node))
        return made

    yield make


@pytest.fixture
def add_replica(eventually: Any) -> Callable[[Region, str, str], None]:
    """add_replica(region, table, other): and wait until it is there."""

    def add(region: Region, table: str, other: str) -> None:
        region.dynamodb.update_table(
            TableName=table, ReplicaUpdates=[{"Create": {"RegionName": other}}]
        )
        eventually(
            lambda: region.replicas(table).get(other) == "ACTIVE",
            seconds=60,
            what=f"the replica in {other}",
        )

    return add
