"""What black-box tests of global tables share: regions of one node, tables in them, refusals."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

EAST, WEST, SOUTH = "us-east-1", "eu-west-1", "sa-east-1"


class Replicated:
    """One table name, seen from every region of a node."""

    def __init__(self, node: Any, name: str, eventually: Any) -> None:
        self.node = node
        self.name = name
        self._eventually = eventually
        self._clients: dict[str, Any] = {}

    def at(self, region: str) -> Any:
        """A client of that region."""
        if region not in self._clients:
            self._clients[region] = self.node.client("dynamodb", region_name=region)
        return self._clients[region]

    def create(self, region: str = EAST, **more: Any) -> None:
        request = {
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
            "BillingMode": "PAY_PER_REQUEST",
        }
        self.at(region).create_table(TableName=self.name, **(request | more))

    def ask(self, region: str, *updates: Any, **more: Any) -> dict[str, Any]:
        """UpdateTable with those ReplicaUpdates."""
        answer = self.at(region).update_table(
            TableName=self.name, ReplicaUpdates=list(updates), **more
        )
        return dict(answer["TableDescription"])

    def add(self, *regions: str, source: str = EAST, **about: Any) -> None:
        """Replicas in `regions`, one after the other, until they are ACTIVE everywhere."""
        for region in regions:
            self.ask(source, {"Create": {"RegionName": region, **about}})
            self.until(region, "ACTIVE", seen_from=source)

    def until(self, region: str, status: str | None, seen_from: str = EAST) -> None:
        """Wait for the status of a replica; None: until it is gone."""
        self._eventually(
            lambda: (
                self.replica(region, seen_from).get("ReplicaStatus") == status
                and self.table(seen_from)["TableStatus"] == "ACTIVE"
            ),
            what=f"{region} {status} as {seen_from} sees it",
        )

    def table(self, region: str = EAST) -> dict[str, Any]:
        return dict(self.at(region).describe_table(TableName=self.name)["Table"])

    def replica(self, region: str, seen_from: str = EAST) -> dict[str, Any]:
        """ReplicaDescription of a region; empty if there is none."""
        found = self.table(seen_from).get("Replicas", [])
        return next((one for one in found if one["RegionName"] == region), {})

    def exists(self, region: str) -> bool:
        # Other tests' tables are on the node too, more than a page of them.
        pages = self.at(region).get_paginator("list_tables").paginate()
        return any(self.name in page["TableNames"] for page in pages)

    def put(self, region: str, key: str, **more: Any) -> None:
        self.at(region).put_item(TableName=self.name, Item={"pk": {"S": key}, **more})

    def get(self, region: str, key: str) -> Any:
        answer = self.at(region).get_item(
            TableName=self.name, Key={"pk": {"S": key}}, ConsistentRead=True
        )
        return answer.get("Item")

    def soon(self, probe: Callable[[], Any], what: str = "") -> Any:
        return self._eventually(probe, what=what)


@pytest.fixture
def replicated(node: Any, table_name: str, eventually: Any) -> Replicated:
    """A name on the node that all tests share, which serves any region."""
    return Replicated(node, table_name, eventually)


@pytest.fixture
def replicated_on(table_name: str, eventually: Any) -> Callable[[Any], Replicated]:
    """replicated_on(node): the same on a node of the test's own."""
    return lambda node: Replicated(node, table_name, eventually)


@pytest.fixture
def orders(replicated: Replicated) -> Replicated:
    """A table in us-east-1 with a replica in eu-west-1."""
    replicated.create()
    replicated.add(WEST)
    return replicated


@pytest.fixture
def refusal() -> Callable[..., tuple[str, str]]:
    """refusal(call, ...): code and message of the error a call must end in."""

    def refused(call: Callable[..., Any], *args: Any, **params: Any) -> tuple[str, str]:
        with pytest.raises(ClientError) as caught:
            call(*args, **params)
        answer = caught.value.response
        return answer["Error"]["Code"], answer["Error"]["Message"]

    return refused


@pytest.fixture
def invalid(refusal: Any) -> Callable[..., str]:
    """invalid(call, ...): the message of the ValidationException a call must end in."""

    def message(call: Callable[..., Any], *args: Any, **params: Any) -> str:
        code, text = refusal(call, *args, **params)
        assert code == "ValidationException", (code, text)
        return str(text)

    return message
