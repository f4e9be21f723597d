"""Which writes leave a record, and which do not: what counts is whether the item changed.

Source of the rule: a PutItem or UpdateItem that does not change any data in an item writes no
record (Developer Guide). What "change" means for each type is told by the types themselves: sets
and maps have no order, numbers are values.
"""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from kit.cases import GUIDE, GUIDE_TYPES, RECORDED, UPDATE_ITEM, complete, core
from kit.endpoint import Json
from kit.tables import Table

NO_CHANGE = f"{GUIDE}: what changes no data writes no record"
BY_VALUE = f"{NO_CHANGE}; {GUIDE_TYPES}"

A_MAP = {"M": {"x": {"S": "1"}, "y": {"S": "2"}}}


@core(GUIDE)
def test_putting_a_new_item_is_an_insert(table: Table, key: Json) -> None:
    table.put({**key, "a": {"S": "1"}})
    assert table.events(key) == ["INSERT"]


@core(GUIDE)
def test_putting_another_over_it_is_one_change(table: Table, key: Json) -> None:
    table.put({**key, "a": {"S": "1"}})
    table.put({**key, "b": {"S": "2"}})
    assert table.events(key) == ["INSERT", "MODIFY"]


@core(NO_CHANGE)
def test_putting_the_same_again_is_nothing(table: Table, key: Json) -> None:
    item = {**key, "a": {"S": "1"}, "b": A_MAP, "c": {"L": [{"N": "1"}, {"NULL": True}]}}
    table.put(item)
    table.put(item)
    assert table.events(key) == ["INSERT"]


EQUAL = {
    "number with a trailing zero": ({"N": "1"}, {"N": "1.0"}),
    "number with an exponent": ({"N": "100"}, {"N": "1e2"}),
    "number with leading zeros": ({"N": "7"}, {"N": "007"}),
    "zero and minus zero": ({"N": "0"}, {"N": "-0"}),
    "string set in another order": ({"SS": ["a", "b", "c"]}, {"SS": ["c", "a", "b"]}),
    "number set in another order": ({"NS": ["1", "2"]}, {"NS": ["2", "1.0"]}),
    "binary set in another order": ({"BS": [b"a", b"b"]}, {"BS": [b"b", b"a"]}),
    "map in another order": (A_MAP, {"M": dict(reversed(A_MAP["M"].items()))}),
    "set inside a map": ({"M": {"s": {"SS": ["a", "b"]}}}, {"M": {"s": {"SS": ["b", "a"]}}}),
    "number inside a list": ({"L": [{"N": "5"}]}, {"L": [{"N": "5.00"}]}),
    "binary": ({"B": b"\x00\x01"}, {"B": b"\x00\x01"}),
}


@complete(BY_VALUE)
@pytest.mark.parametrize("what", EQUAL)
def test_putting_an_equal_value_is_nothing(table: Table, key: Json, what: str) -> None:
    for value in EQUAL[what]:
        table.put({**key, "v": value})
    assert table.events(key) == ["INSERT"]


@complete(BY_VALUE)
@pytest.mark.parametrize("what", EQUAL)
def test_setting_an_equal_value_is_nothing(table: Table, key: Json, what: str) -> None:
    for value in EQUAL[what]:
        table.update(key, "SET v = :v", {":v": value})
    assert table.events(key) == ["INSERT"]


DIFFERENT = {
    "list in another order": ({"L": [{"S": "a"}, {"S": "b"}]}, {"L": [{"S": "b"}, {"S": "a"}]}),
    "number and its text": ({"N": "1"}, {"S": "1"}),
    "string and its bytes": ({"S": "a"}, {"B": b"a"}),
    "set and list": ({"SS": ["a"]}, {"L": [{"S": "a"}]}),
    "string in capitals": ({"S": "a"}, {"S": "A"}),
    "last of 38 digits": ({"N": "1" * 38}, {"N": "1" * 37 + "2"}),
    "true and false": ({"BOOL": True}, {"BOOL": False}),
    "null and an empty string": ({"NULL": True}, {"S": ""}),
    "a member deep inside": (
        {"M": {"a": {"M": {"b": {"L": [{"S": "1"}]}}}}},
        {"M": {"a": {"M": {"b": {"L": [{"S": "2"}]}}}}},
    ),
}


@complete(BY_VALUE)
@pytest.mark.parametrize("what", DIFFERENT)
def test_putting_a_different_value_is_a_change(table: Table, key: Json, what: str) -> None:
    for value in DIFFERENT[what]:
        table.put({**key, "v": value})
    assert table.events(key) == ["INSERT", "MODIFY"]


@core(GUIDE)
def test_an_attribute_more_or_less_is_a_change(table: Table, key: Json) -> None:
    table.put(key)
    table.put({**key, "a": {"S": ""}})
    table.put(key)
    assert table.events(key) == ["INSERT", "MODIFY", "MODIFY"]


@core(f"{GUIDE}; {UPDATE_ITEM}: adds a new item if there is none")
def test_updating_a_missing_item_is_an_insert(table: Table, key: Json) -> None:
    table.update(key, "SET a = :a", {":a": {"S": "1"}})
    (record,) = table.changes(key)
    assert record["eventName"] == "INSERT"
    assert record["dynamodb"]["NewImage"] == {**key, "a": {"S": "1"}}


@complete(f"{GUIDE}; {UPDATE_ITEM}: adds a new item if there is none")
def test_updating_a_missing_item_without_an_expression_is_an_insert(
    table: Table, key: Json
) -> None:
    table.update(key)
    (record,) = table.changes(key)
    assert record["eventName"] == "INSERT"
    assert record["dynamodb"]["NewImage"] == key


@complete(f"{GUIDE}; {UPDATE_ITEM}: ADD")
def test_counting_on_a_missing_item_is_an_insert(table: Table, key: Json) -> None:
    table.update(key, "ADD n :n", {":n": {"N": "3"}})
    (record,) = table.changes(key)
    assert record["dynamodb"]["NewImage"] == {**key, "n": {"N": "3"}}


@core(GUIDE)
@pytest.mark.parametrize(
    "expression",
    [
        "SET a = :v",
        "SET m.x = :v",
        "SET l[0] = :v",
        "SET l = list_append(l, :l)",
        "REMOVE a",
        "REMOVE l[0]",
        "ADD n :one",
        "ADD s :set",
        "DELETE s :old",
    ],
)
def test_an_update_that_changes_something_is_a_change(
    table: Table, key: Json, expression: str
) -> None:
    values: dict[str, Json] = {
        ":v": {"S": "new"},
        ":l": {"L": [{"S": "new"}]},
        ":one": {"N": "1"},
        ":set": {"SS": ["new"]},
        ":old": {"SS": ["old"]},
    }
    table.put(
        {
            **key,
            "a": {"S": "old"},
            "n": {"N": "1"},
            "s": {"SS": ["kept", "old"]},
            "m": {"M": {"x": {"S": "old"}}},
            "l": {"L": [{"S": "old"}]},
        }
    )
    words = expression.replace(")", " ").split()
    used = {name: value for name, value in values.items() if name in words}
    table.update(key, expression, used)
    assert table.events(key) == ["INSERT", "MODIFY"]


@core(NO_CHANGE)
@pytest.mark.parametrize(
    ("expression", "values"),
    [
        ("SET a = :v", {":v": {"S": "old"}}),
        ("SET a = a", {}),
        ("SET a = if_not_exists(a, :v)", {":v": {"S": "new"}}),
        ("SET n = n + :v", {":v": {"N": "0"}}),
        ("ADD n :v", {":v": {"N": "0"}}),
        ("ADD s :v", {":v": {"SS": ["old"]}}),
        ("DELETE s :v", {":v": {"SS": ["absent"]}}),
        ("REMOVE absent", {}),
        ("REMOVE l[9]", {}),
        ("", {}),
    ],
    ids=[
        "SET the same",
        "SET to itself",
        "SET if_not_exists",
        "SET plus 0",
        "ADD 0",
        "ADD a member that is there",
        "DELETE a member that is not",
        "REMOVE an absent attribute",
        "REMOVE an absent element",
        "no expression",
    ],
)
def test_an_update_that_changes_nothing_is_nothing(
    table: Table, key: Json, expression: str, values: Json
) -> None:
    item = {"a": {"S": "old"}, "n": {"N": "1"}, "s": {"SS": ["old"]}, "l": {"L": [{"S": "x"}]}}
    table.put({**key, **item})
    table.update(key, expression, values)
    assert table.events(key) == ["INSERT"]


@complete(RECORDED)
@pytest.mark.parametrize(
    ("expression", "values"), [("REMOVE a", {}), ("DELETE s :v", {":v": {"SS": ["x"]}})]
)
def test_taking_away_from_a_missing_item_is_nothing(
    table: Table, key: Json, expression: str, values: Json
) -> None:
    table.update(key, expression, values)
    assert table.events(key) == []


@complete(f"{NO_CHANGE}; {UPDATE_ITEM}: AttributeUpdates (legacy)")
def test_legacy_updates_follow_the_same_rule(table: Table, key: Json) -> None:
    for value in "112":
        table.endpoint.dynamodb.update_item(
            TableName=table.name,
            Key=key,
            AttributeUpdates={"a": {"Value": {"S": value}, "Action": "PUT"}},
        )
    assert table.events(key) == ["INSERT", "MODIFY"]


@core(GUIDE)
def test_there_and_back_again_is_two_changes(table: Table, key: Json) -> None:
    for value in "121":
        table.put({**key, "a": {"S": value}})
    assert table.events(key) == ["INSERT", "MODIFY", "MODIFY"]


@core(GUIDE)
def test_deleting_an_item_is_a_removal(table: Table, key: Json) -> None:
    table.put(key)
    table.delete(key)
    assert table.events(key) == ["INSERT", "REMOVE"]


@core(f"{GUIDE}: records are of items that were modified")
def test_deleting_what_is_not_there_is_nothing(table: Table, key: Json) -> None:
    table.delete(key)
    assert table.events(key) == []


@core(f"{GUIDE}: records are of items that were modified")
def test_deleting_twice_is_one_removal(table: Table, key: Json) -> None:
    table.put(key)
    table.delete(key)
    table.delete(key)
    assert table.events(key) == ["INSERT", "REMOVE"]


@core(GUIDE)
def test_putting_a_deleted_item_again_is_an_insert(table: Table, key: Json) -> None:
    table.put(key)
    table.delete(key)
    table.put(key)
    assert table.events(key) == ["INSERT", "REMOVE", "INSERT"]


def failing(table: Table, key: Json, what: str) -> None:
    """A write whose condition does not hold."""
    never: Json = {"ConditionExpression": "attribute_exists(never)"}
    calls: dict[str, Any] = {
        "PutItem": lambda: table.put({**key, "a": {"S": "new"}}, **never),
        "DeleteItem": lambda: table.delete(key, **never),
        "UpdateItem": lambda: table.endpoint.dynamodb.update_item(
            TableName=table.name,
            Key=key,
            UpdateExpression="SET a = :a",
            ExpressionAttributeValues={":a": {"S": "new"}},
            **never,
        ),
    }
    with pytest.raises(ClientError) as caught:
        calls[what]()
    assert caught.value.response["Error"]["Code"] == "ConditionalCheckFailedException"


@core(f"{GUIDE}: records are of items that were modified")
@pytest.mark.parametrize("what", ["PutItem", "UpdateItem", "DeleteItem"])
def test_a_condition_that_fails_is_nothing(table: Table, key: Json, what: str) -> None:
    table.put({**key, "a": {"S": "old"}})
    failing(table, key, what)
    assert table.events(key) == ["INSERT"]


@core(GUIDE)
def test_a_condition_that_holds_leaves_the_record_as_it_is(table: Table, key: Json) -> None:
    table.put(key, ConditionExpression="attribute_not_exists(pk)")
    table.delete(key, ConditionExpression="attribute_exists(pk)")
    assert table.events(key) == ["INSERT", "REMOVE"]


@core(f"{GUIDE}: records are of items that were modified")
def test_a_write_that_is_refused_is_nothing(table: Table, key: Json) -> None:
    table.put({**key, "a": {"S": "text"}})
    with pytest.raises(ClientError):
        table.update(key, "SET n = :n ADD a :n", {":n": {"N": "1"}})
    assert table.events(key) == ["INSERT"]


@core(f"{GUIDE}: records are of items that were modified")
def test_reading_is_nothing(table: Table, key: Json) -> None:
    table.put(key)
    dynamodb = table.endpoint.dynamodb
    dynamodb.get_item(TableName=table.name, Key=key, ConsistentRead=True)
    dynamodb.query(
        TableName=table.name,
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": key["pk"]},
    )
    assert table.events(key) == ["INSERT"]
