"""PartiQL: statements leave the records that the operations they stand for would leave."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from kit.cases import GUIDE, GUIDE_PARTIQL, complete
from kit.endpoint import Json
from kit.tables import Table

SOURCE = f"{GUIDE_PARTIQL}; {GUIDE}"
NO_CHANGE = f"{SOURCE}: what changes no data writes no record"


def statement(table: Table, text: str, *values: Json) -> Json:
    """One statement, with the table's name in place of T."""
    stated: Json = {"Statement": text.replace("T", f'"{table.name}"', 1)}
    return {**stated, "Parameters": list(values)} if values else stated


def execute(table: Table, text: str, *values: Json) -> Any:
    """ExecuteStatement."""
    return table.endpoint.dynamodb.execute_statement(**statement(table, text, *values))


PUT = "insert into T value {'pk': ?, 'a': ?}"
SET = "update T set a = ? where pk = ?"
DELETE = "delete from T where pk = ?"


@complete(SOURCE, needs="partiql")
def test_insert_is_an_insert(table: Table, key: Json) -> None:
    execute(table, PUT, key["pk"], {"S": "1"})
    (record,) = table.changes(key)
    assert record["eventName"] == "INSERT"
    assert record["dynamodb"]["NewImage"] == {**key, "a": {"S": "1"}}


@complete(SOURCE, needs="partiql")
def test_inserting_what_is_there_is_nothing(table: Table, key: Json) -> None:
    table.put(key)
    with pytest.raises(ClientError) as caught:
        execute(table, PUT, key["pk"], {"S": "1"})
    assert caught.value.response["Error"]["Code"] == "DuplicateItemException"
    assert table.events(key) == ["INSERT"]


@complete(SOURCE, needs="partiql")
def test_update_is_a_change(table: Table, key: Json) -> None:
    table.put({**key, "a": {"S": "1"}})
    execute(table, SET, {"S": "2"}, key["pk"])
    shown = table.changes(key)[1]["dynamodb"]
    assert shown["OldImage"] == {**key, "a": {"S": "1"}}
    assert shown["NewImage"] == {**key, "a": {"S": "2"}}


@complete(NO_CHANGE, needs="partiql")
def test_updating_to_the_same_is_nothing(table: Table, key: Json) -> None:
    table.put({**key, "a": {"S": "1"}})
    execute(table, SET, {"S": "1"}, key["pk"])
    assert table.events(key) == ["INSERT"]


@complete(SOURCE, needs="partiql")
def test_delete_is_a_removal(table: Table, key: Json) -> None:
    table.put(key)
    execute(table, DELETE, key["pk"])
    assert table.events(key) == ["INSERT", "REMOVE"]


@complete(SOURCE, needs="partiql")
def test_select_is_nothing(table: Table, key: Json) -> None:
    table.put(key)
    execute(table, "select * from T where pk = ?", key["pk"])
    assert table.events(key) == ["INSERT"]


@complete(SOURCE, needs="partiql")
def test_a_batch_is_a_record_for_each(table: Table, key: Json) -> None:
    other = {"pk": {"S": key["pk"]["S"] + "-other"}}
    table.put(other)
    table.endpoint.dynamodb.batch_execute_statement(
        Statements=[
            statement(table, PUT, key["pk"], {"S": "1"}),
            statement(table, DELETE, other["pk"]),
        ]
    )
    assert table.events(key) == ["INSERT"]
    assert table.events(other) == ["INSERT", "REMOVE"]


@complete(SOURCE, needs="partiql")
def test_a_transaction_is_all_or_nothing(table: Table, key: Json) -> None:
    other = {"pk": {"S": key["pk"]["S"] + "-other"}}
    table.put(other)
    dynamodb = table.endpoint.dynamodb
    insert = statement(table, PUT, key["pk"], {"S": "1"})
    with pytest.raises(ClientError):
        dynamodb.execute_transaction(
            TransactStatements=[insert, statement(table, PUT, other["pk"], {"S": "1"})]
        )
    dynamodb.execute_transaction(TransactStatements=[insert, statement(table, DELETE, other["pk"])])
    assert table.events(key) == ["INSERT"]
    assert table.events(other) == ["INSERT", "REMOVE"]
