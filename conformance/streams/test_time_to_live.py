"""Items that a service deletes because their time has come: a removal that says who did it."""

import time

import pytest

from kit.cases import GUIDE_TTL, RECORD, complete
from kit.endpoint import Endpoint, Json, unique
from kit.tables import Table, Tables


@pytest.fixture(scope="module")
def expired(
    endpoint: Endpoint, tables: Tables, request: pytest.FixtureRequest
) -> tuple[Json, list[Json]]:
    """An item that was deleted by the service, and its records."""
    table = tables.own()
    endpoint.dynamodb.update_time_to_live(
        TableName=table.name,
        TimeToLiveSpecification={"Enabled": True, "AttributeName": "ends"},
    )
    item: Json = {
        "pk": {"S": unique("expired")},
        "ends": {"N": str(int(time.time()) - 60)},
        "kept": {"S": "in the image"},
    }
    table.put(item)
    key = {"pk": item["pk"]}
    wait_removed(table, key, request.config.getoption("--ttl-patience"))
    return item, table.reader.of(key)


def wait_removed(table: Table, key: Json, patience_s: float) -> None:
    """Read until there is a second record."""
    reader = table.reader
    reader.wait(lambda: len(reader.of(key)) >= 2, "the item to be deleted", patience_s)


@complete(GUIDE_TTL, needs="ttl")
def test_an_expired_item_is_removed(expired: tuple[Json, list[Json]]) -> None:
    assert [record["eventName"] for record in expired[1]] == ["INSERT", "REMOVE"]


@complete(f"{GUIDE_TTL}; {RECORD}: userIdentity", needs="ttl")
def test_its_removal_names_the_service(expired: tuple[Json, list[Json]]) -> None:
    insert, removal = expired[1]
    assert "userIdentity" not in insert
    assert removal["userIdentity"] == {
        "PrincipalId": "dynamodb.amazonaws.com",
        "Type": "Service",
    }


@complete(GUIDE_TTL, needs="ttl")
def test_its_removal_shows_the_whole_item(expired: tuple[Json, list[Json]]) -> None:
    item, (_, removal) = expired
    assert removal["dynamodb"]["OldImage"] == item
    assert "NewImage" not in removal["dynamodb"]
