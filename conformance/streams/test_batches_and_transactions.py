"""BatchWriteItem and TransactWriteItems: a record for each item that changed, all or none."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from kit.cases import (
    BATCH_WRITE_ITEM,
    GUIDE,
    GUIDE_TRANSACTIONS,
    TRANSACT_WRITE_ITEMS,
    complete,
    core,
)
from kit.endpoint import Json, unique
from kit.tables import Table

NO_CHANGE = f"{GUIDE}: what changes no data writes no record"
ALL_OR_NONE = f"{TRANSACT_WRITE_ITEMS}; {GUIDE_TRANSACTIONS}"


def keys(count: int) -> list[Json]:
    """Keys of items that no other case touches."""
    return [{"pk": {"S": unique("one-of-many")}} for _ in range(count)]


def batch(table: Table, *requests: Json) -> None:
    """BatchWriteItem, until all is processed."""
    unprocessed: Json = {table.name: list(requests)}
    while unprocessed:
        answer = table.endpoint.dynamodb.batch_write_item(RequestItems=unprocessed)
        unprocessed = answer["UnprocessedItems"]


def put(item: Json) -> Json:
    """A part of a batch."""
    return {"PutRequest": {"Item": item}}


def delete(key: Json) -> Json:
    """A part of a batch."""
    return {"DeleteRequest": {"Key": key}}


@core(f"{BATCH_WRITE_ITEM}; {GUIDE}")
def test_every_put_of_a_batch_is_an_insert(table: Table) -> None:
    some = keys(25)
    batch(table, *[put({**key, "n": {"N": str(n)}}) for n, key in enumerate(some)])
    records = table.changes(*some)
    assert [record["eventName"] for record in records] == ["INSERT"] * 25
    numbers = [record["dynamodb"]["NewImage"]["n"]["N"] for record in records]
    assert numbers == [str(n) for n in range(25)]


@core(f"{BATCH_WRITE_ITEM}; {GUIDE}")
def test_puts_and_deletes_of_a_batch_do_as_if_alone(table: Table) -> None:
    new, changed, gone = keys(3)
    table.put({**changed, "a": {"S": "1"}})
    table.put(gone)
    batch(table, put(new), put({**changed, "a": {"S": "2"}}), delete(gone))
    assert table.events(new) == ["INSERT"]
    assert table.events(changed) == ["INSERT", "MODIFY"]
    assert table.events(gone) == ["INSERT", "REMOVE"]


@core(NO_CHANGE)
def test_parts_of_a_batch_that_change_nothing_are_nothing(table: Table) -> None:
    same, missing, new = keys(3)
    table.put({**same, "n": {"N": "1"}})
    batch(table, put({**same, "n": {"N": "1.0"}}), delete(missing), put(new))
    assert table.events(same) == ["INSERT"]
    assert table.events(missing) == []
    assert table.events(new) == ["INSERT"]


@complete(f"{BATCH_WRITE_ITEM}: what is refused writes nothing")
def test_a_batch_that_is_refused_is_nothing(table: Table) -> None:
    good, twice = keys(2)
    with pytest.raises(ClientError):
        table.endpoint.dynamodb.batch_write_item(
            RequestItems={table.name: [put(good), put(twice), delete(twice)]}
        )
    assert table.events(good, twice) == []


def transact(table: Table, *actions: tuple[str, Json], **more: Any) -> None:
    """TransactWriteItems on one table."""
    table.endpoint.dynamodb.transact_write_items(
        TransactItems=[{kind: {"TableName": table.name, **action}} for kind, action in actions],
        **more,
    )


def setting(key: Json, value: str) -> tuple[str, Json]:
    """An Update that sets `a`."""
    return "Update", {
        "Key": key,
        "UpdateExpression": "SET a = :a",
        "ExpressionAttributeValues": {":a": {"S": value}},
    }


@core(ALL_OR_NONE, needs="transactions")
def test_every_write_of_a_transaction_is_a_record(table: Table) -> None:
    new, changed, gone = keys(3)
    table.put({**changed, "a": {"S": "1"}})
    table.put(gone)
    transact(table, ("Put", {"Item": new}), setting(changed, "2"), ("Delete", {"Key": gone}))
    assert table.events(new) == ["INSERT"]
    assert table.events(changed) == ["INSERT", "MODIFY"]
    assert table.events(gone) == ["INSERT", "REMOVE"]


@core(ALL_OR_NONE, needs="transactions")
def test_images_of_a_transaction_are_of_before_and_after(table: Table) -> None:
    (key,) = keys(1)
    table.put({**key, "a": {"S": "1"}})
    transact(table, setting(key, "2"))
    shown = table.changes(key)[1]["dynamodb"]
    assert shown["OldImage"] == {**key, "a": {"S": "1"}}
    assert shown["NewImage"] == {**key, "a": {"S": "2"}}


@core(ALL_OR_NONE, needs="transactions")
def test_a_check_of_a_transaction_is_nothing(table: Table) -> None:
    checked, new = keys(2)
    table.put(checked)
    check = {"Key": checked, "ConditionExpression": "attribute_exists(pk)"}
    transact(table, ("ConditionCheck", check), ("Put", {"Item": new}))
    assert table.events(checked) == ["INSERT"]
    assert table.events(new) == ["INSERT"]


@core(ALL_OR_NONE, needs="transactions")
@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_cancelled_transaction_is_nothing_at_all(table: Table, place: int) -> None:
    new, changed, gone, other = keys(4)
    table.put({**changed, "a": {"S": "1"}})
    table.put(gone)
    actions = [("Put", {"Item": new}), setting(changed, "2"), ("Delete", {"Key": gone})]
    fails = {"Key": other, "ConditionExpression": "attribute_exists(pk)"}
    actions.insert(place, ("ConditionCheck", fails))
    with pytest.raises(ClientError) as caught:
        transact(table, *actions)
    assert caught.value.response["Error"]["Code"] == "TransactionCanceledException"
    assert table.events(new, other) == []
    assert table.events(changed) == ["INSERT"]
    assert table.events(gone) == ["INSERT"]


@complete(NO_CHANGE, needs="transactions")
def test_parts_of_a_transaction_that_change_nothing_are_nothing(table: Table) -> None:
    same, missing, new = keys(3)
    table.put({**same, "a": {"S": "1"}})
    transact(table, setting(same, "1"), ("Delete", {"Key": missing}), ("Put", {"Item": new}))
    assert table.events(same) == ["INSERT"]
    assert table.events(missing) == []
    assert table.events(new) == ["INSERT"]


@complete(f"{TRANSACT_WRITE_ITEMS}: ClientRequestToken", needs="transactions")
def test_a_transaction_sent_twice_is_recorded_once(table: Table) -> None:
    (key,) = keys(1)
    count = {
        "Key": key,
        "UpdateExpression": "ADD n :n",
        "ExpressionAttributeValues": {":n": {"N": "1"}},
    }
    token = unique("token")
    for _ in range(2):
        transact(table, ("Update", count), ClientRequestToken=token)
    assert table.events(key) == ["INSERT"]


@complete(ALL_OR_NONE, needs="transactions")
def test_a_transaction_over_two_tables_is_in_both_streams(
    table: Table, sorted_table: Table
) -> None:
    (key,) = keys(1)
    whole = {**key, "sk": {"S": "s"}}
    table.endpoint.dynamodb.transact_write_items(
        TransactItems=[
            {"Put": {"TableName": table.name, "Item": key}},
            {"Put": {"TableName": sorted_table.name, "Item": whole}},
        ]
    )
    assert table.events(key) == ["INSERT"]
    assert sorted_table.events(whole) == ["INSERT"]
