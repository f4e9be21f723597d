"""INSERT, UPDATE and DELETE of ExecuteStatement as a client sees them.

Texts and behaviour are recorded answers of AWS of 2026 unless a test names its page of the
developer guide ("PartiQL - a SQL-compatible query language for Amazon DynamoDB").
"""

import pytest


@pytest.fixture
def table(statement_rows):
    return statement_rows


def test_insert_makes_an_item_of_every_type(run, dynamodb, table):
    """Guide, "PartiQL data types": the statement is its own example."""
    run(
        f"INSERT INTO \"{table}\" value {{'pk':'1', 'NumberType':1, "
        "'MapType' : {'entryname1': 'value', 'entryname2': 4}, 'ListType': [1,'stringval'], "
        "'NumberSetType':<<1,34,32,4.5>>, 'StringSetType':<<'stringval','stringval2'>>, "
        "'It''s': NULL, 'b': ?}",
        {"B": b"\x00"},
    )
    item = dynamodb.get_item(TableName=table, Key={"pk": {"S": "1"}})["Item"]
    assert sorted(item.pop("NumberSetType")["NS"]) == ["1", "32", "34", "4.5"]
    assert item == {
        "pk": {"S": "1"},
        "NumberType": {"N": "1"},
        "MapType": {"M": {"entryname1": {"S": "value"}, "entryname2": {"N": "4"}}},
        "ListType": {"L": [{"N": "1"}, {"S": "stringval"}]},
        "StringSetType": {"SS": ["stringval", "stringval2"]},
        "It's": {"NULL": True},
        "b": {"B": b"\x00"},
    }


def test_insert_is_no_upsert(run, refusal, table):
    code, text = refusal(lambda: run(f"INSERT INTO \"{table}\" VALUE {{'pk': 'a'}}"))
    assert (code, text) == ("DuplicateItemException", "Duplicate primary key exists in table")


def test_update_changes_what_it_names(run, dynamodb, table):
    """Guide, "PartiQL data types" and "PartiQL update statements"."""
    run(
        f'UPDATE "{table}" SET n = n + 100 SET tags = LIST_APPEND(tags, [4]) '
        "SET k = {'Grammys': [2020]} WHERE pk = 'a'"
    )
    run(f"UPDATE \"{table}\" SET s = SET_ADD(s, <<'r'>>) REMOVE gone SET n = 1 - 3 WHERE pk = 'c'")
    a, c = (dynamodb.get_item(TableName=table, Key={"pk": {"S": pk}})["Item"] for pk in ("a", "c"))
    assert a["n"] == {"N": "101"}
    assert a["tags"]["L"][3] == {"N": "4"}
    assert a["k"] == {"M": {"Grammys": {"L": [{"N": "2020"}]}}}
    assert (c["s"], c["n"]) == ({"SS": ["p", "q", "r"]}, {"N": "-2"})
    run(f"UPDATE \"{table}\" SET s = SET_DELETE(s, <<'p', 'q', 'r'>>) WHERE pk = 'c'")
    assert "s" not in dynamodb.get_item(TableName=table, Key={"pk": {"S": "c"}})["Item"]


def test_update_of_a_missing_item_fails_and_makes_none(run, refusal, dynamodb, table):
    code, text = refusal(lambda: run(f"UPDATE \"{table}\" SET n = 1 WHERE pk = 'none'"))
    assert (code, text) == ("ConditionalCheckFailedException", "The conditional request failed")
    assert "Item" not in dynamodb.get_item(TableName=table, Key={"pk": {"S": "none"}})


@pytest.mark.parametrize("statement", ["UPDATE {} SET n = 9", "DELETE FROM {}"])
def test_the_rest_of_where_is_a_condition(run, dynamodb, table, statement):
    statement = f"{statement.format(table)} WHERE pk = 'a' AND n = ?".replace(table, f'"{table}"')
    with pytest.raises(dynamodb.exceptions.ConditionalCheckFailedException) as failed:
        run(statement, {"N": "7"}, ReturnValuesOnConditionCheckFailure="ALL_OLD")
    assert failed.value.response["Item"]["n"] == {"N": "1"}
    assert run(statement, {"N": "1"})["Items"] == []


def test_delete_of_a_missing_item_does_nothing_whatever_where_says(items, table):
    statement = f"DELETE FROM \"{table}\" WHERE pk = 'none' AND n = 1 RETURNING ALL OLD *"
    assert items(statement) == []


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM {} WHERE n = 1",
        "UPDATE {} SET n = 1",
        "UPDATE {} SET n = 1 WHERE pk IN ['a']",
        "DELETE FROM {} WHERE pk > 'a'",
    ],
)
def test_a_write_names_the_whole_key(run, invalid, table, statement):
    text = invalid(lambda: run(statement.format(f'"{table}"')))
    assert text == "Where clause does not contain a mandatory equality on all key attributes"


@pytest.mark.parametrize(
    ("change", "returning", "found"),
    [
        ("SET tags[2] = 'w', tags[0] = 'v'", "MODIFIED NEW", [["v", "w"]]),
        ("SET tags[2] = 'w', tags[0] = 'v'", "MODIFIED OLD", [["x", "z"]]),
        ("SET tags[5] = 'w'", "MODIFIED NEW", []),
        ("SET tags[3] = 'w'", "MODIFIED NEW", [["w"]]),
        ("SET tags[3] = 'w'", "MODIFIED OLD", []),
        ("REMOVE tags[1]", "MODIFIED OLD", [["y"]]),
        ("REMOVE tags[1]", "MODIFIED NEW", [["z"]]),
        ("REMOVE tags[2]", "MODIFIED NEW", []),
        ("REMOVE tags", "MODIFIED NEW", []),
    ],
)
def test_returning_modified_packs_changed_elements_densely(items, table, change, returning, found):
    rows = items(f"UPDATE \"{table}\" {change} WHERE pk = 'a' RETURNING {returning} *")
    assert [[one["S"] for one in row["tags"]["L"]] for row in rows] == found
    assert all(list(row) == ["tags"] for row in rows)


def test_returning_all_shows_the_whole_item(items, table):
    statement = f"UPDATE \"{table}\" SET n = 5 WHERE pk = 'b' RETURNING ALL {{}} *"
    (old,) = items(statement.format("OLD"))
    (new,) = items(statement.format("NEW"))
    assert (old["n"], new["n"]) == ({"N": "2"}, {"N": "5"})
    assert old["pk"] == new["pk"] == {"S": "b"}
    (gone,) = items(f"DELETE FROM \"{table}\" WHERE pk = 'b' RETURNING ALL OLD *")
    assert gone == new


@pytest.mark.parametrize("returning", ["MODIFIED OLD", "MODIFIED NEW", "ALL NEW"])
def test_delete_returns_the_old_item_or_nothing(run, invalid, table, returning):
    text = invalid(lambda: run(f"DELETE FROM \"{table}\" WHERE pk = 'a' RETURNING {returning} *"))
    assert text == (
        f"Invalid returning clause: RETURNING {returning} *. Only RETURNING ALL OLD * is allowed "
        "in DELETE statements."
    )


def test_writes_cost_what_their_items_weigh(run, table):
    cost = {"ReturnConsumedCapacity": "TOTAL"}
    statement = f"INSERT INTO \"{table}\" VALUE {{'pk': 'big', 'v': ?}}"
    answer = run(statement, {"S": "x" * 1500}, **cost)
    assert answer["ConsumedCapacity"] == {"TableName": table, "CapacityUnits": 2.0}
    answer = run(f"UPDATE \"{table}\" REMOVE v WHERE pk = 'big'", **cost)
    assert answer["ConsumedCapacity"]["CapacityUnits"] == 2.0
