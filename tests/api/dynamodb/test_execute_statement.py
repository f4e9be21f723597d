"""ExecuteStatement as a client sees it.

Texts and behaviour are recorded answers of AWS of 2026 unless a test names its page of the
developer guide ("PartiQL - a SQL-compatible query language for Amazon DynamoDB").
"""

from typing import Any

import pytest


@pytest.fixture
def table(statement_rows):
    return statement_rows


def keys(items):
    return sorted(item["pk"]["S"] for item in items)


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ("pk = 'a'", "a"),
        ("n > 1", "b"),
        ("pk IN ['a', 'c', 'x']", "ac"),
        ("pk = 'a' OR pk = 'b'", "ab"),
        ("pk = 'a' AND n <> 1", ""),
        ("n <> 1", "b"),  # not where it is missing
        ("NOT n = 1", "bc"),  # but here it is
        ("n IS MISSING", "c"),
        ("n IS NOT MISSING AND pk <> 'a'", "b"),
        ("m.\"in\" = 'deep'", "b"),
        ("tags[1] = 'y'", "a"),
        ("size(tags) = 3", "a"),
        ("contains(s, 'q')", "c"),
        ("attribute_type(n, 'N')", "ab"),
        ("s = <<'q', 'p'>>", "c"),
        ("n BETWEEN 1 AND 1.5", "a"),
        ("NOT begins_with(pk, 'a') AND n IS MISSING", "c"),
    ],
)
def test_where_chooses_items(items, table, where, found):
    assert keys(items(f'SELECT * FROM "{table}" WHERE {where}')) == list(found)


def test_columns_are_named_by_the_last_part_of_their_path(items, table):
    (item,) = items(f'SELECT pk, m."in", tags FROM "{table}" WHERE pk = \'b\'')
    assert item == {"pk": {"S": "b"}, "in": {"S": "deep"}}


def test_a_column_that_ends_in_an_index_is_named_by_its_place(items, table):
    """PartiQL specification: expressions without a name are _1, _2, ..."""
    (item,) = items(f"SELECT pk, tags[2] FROM \"{table}\" WHERE pk = 'a'")
    assert item == {"pk": {"S": "a"}, "_2": {"S": "z"}}


def test_a_row_without_its_columns_is_there_and_empty(items, table):
    assert items(f"SELECT tags FROM \"{table}\" WHERE pk = 'b'") == [{}]


def test_pages_follow_each_other_by_token(run, table):
    """Guide, "LastEvaluatedKey": both are in the answer of a page that ended early."""
    statement = f'SELECT pk FROM "{table}"'
    found: list[Any] = []
    more: dict[str, str] = {}
    for _ in range(3):
        page = run(statement, Limit=1, **more)
        found += page["Items"]
        assert page["LastEvaluatedKey"] == found[-1]
        more = {"NextToken": page["NextToken"]}
    last = run(statement, Limit=1, ConsistentRead=True, **more)
    assert last["Items"] == []
    assert "NextToken" not in last
    assert keys(found) == ["a", "b", "c"]


def test_a_token_of_another_statement_does_not_match(run, invalid, table):
    token = run(f'SELECT pk FROM "{table}" WHERE n > ?', {"N": "0"}, Limit=1)["NextToken"]
    for statement, value in (
        (f'SELECT n FROM "{table}" WHERE n > ?', "0"),
        (f'SELECT pk FROM "{table}" WHERE n > ?', "1"),
    ):
        text = invalid(lambda s=statement, v=value: run(s, {"N": v}, NextToken=token))
        assert text == "NextToken does not match request"
    forged = invalid(lambda: run(f'SELECT pk FROM "{table}"', NextToken="bm9uc2Vuc2U="))
    assert forged == "Invalid NextToken"


def test_several_partition_keys_are_read_ten_items_at_a_time(run, table, dynamodb):
    """Guide, "PartiQL operators", IN: pages of up to 10 items, at most 50 hash values."""
    names = [f"k{number:02d}" for number in range(12)]
    for name in names:
        dynamodb.put_item(TableName=table, Item={"pk": {"S": name}})
    listed = ", ".join(f"'{name}'" for name in names)
    statement = f'SELECT pk FROM "{table}" WHERE pk IN ({listed})'
    first = run(statement)
    assert keys(first["Items"]) == names[:10]
    second = run(statement, NextToken=first["NextToken"])
    assert keys(second["Items"]) == names[10:]
    assert "NextToken" not in second


def test_more_than_fifty_partition_keys_are_refused(run, invalid, table):
    marks = ", ".join("?" * 51)
    values = [{"S": f"k{number}"} for number in range(51)]
    text = invalid(lambda: run(f'SELECT * FROM "{table}" WHERE pk IN ({marks})', *values))
    assert text == "The IN operator is provided with too many operands; number of operands: 51"


def test_order_by_turns_a_partition_around(items, indexed):
    statement = f"SELECT sk FROM \"{indexed}\" WHERE pk = 'p' ORDER BY sk DESC"
    assert [item["sk"]["S"] for item in items(statement)] == ["4", "3", "2", "1"]
    through = f'SELECT loc FROM "{indexed}"."lsi" WHERE pk = \'p\' ORDER BY loc DESC'
    assert [item["loc"]["S"] for item in items(through)] == ["k4", "k2", "k1"]


def test_order_by_a_partition_key_orders_those_that_are_named(items, table):
    """Guide, "PartiQL select statements": ... WHERE OrderID IN [1, 2, 3] ORDER BY OrderID DESC."""
    found = items(f"SELECT pk FROM \"{table}\" WHERE pk IN ['b', 'a', 'c'] ORDER BY pk DESC")
    assert [item["pk"]["S"] for item in found] == ["c", "b", "a"]


@pytest.mark.parametrize(
    ("rest", "text"),
    [
        ("ORDER BY sk", "Must have WHERE clause in the statement when using ORDER BY clause."),
        (
            "WHERE sk = '1' ORDER BY sk",
            "Must have at least one non-optional hash key condition in WHERE clause when using "
            "ORDER BY clause.",
        ),
        (
            "WHERE pk = 'p' ORDER BY loose",
            "Variable reference loose in ORDER BY clause must be part of the primary key",
        ),
    ],
)
def test_order_by_wants_a_partition_and_a_key(run, invalid, indexed, rest, text):
    assert invalid(lambda: run(f'SELECT * FROM "{indexed}" {rest}')) == text


def test_capacity_is_that_of_the_query_or_scan_it_is(run, table):
    """Three items, each far below 4 KB: 0.5 units a query or scan, 1 if consistent."""
    cost = {"ReturnConsumedCapacity": "INDEXES"}

    def units(where, **more):
        answer = run(f'SELECT * FROM "{table}" WHERE {where}', **cost, **more)
        return answer["ConsumedCapacity"]["CapacityUnits"]

    assert units("pk = 'a'") == 0.5
    assert units("pk = 'none'") == 0.5
    assert units("pk = 'a'", ConsistentRead=True) == 1.0
    assert units("n = 1") == 0.5
    assert units("pk IN ['a', 'b', 'none']") == 1.5  # three queries


# --- refusals -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statement", "parameters", "text"),
    [
        ("SELECT COUNT(*) FROM {}", [], "Unexpected path component at 1:8:5"),
        (
            "SELECT * FROM {} WHERE pk = 'a' AND n < ?",
            [{"BOOL": True}],
            "Incorrect operand type for operator or function; operator or function: <, operand "
            "type: BOOL",
        ),
        (
            "SELECT * FROM {} WHERE n BETWEEN ? AND ?",
            [{"BOOL": True}, {"BOOL": False}],
            "Incorrect operand type for operator or function; operator or function: BETWEEN, "
            "operand type: BOOL",
        ),
        (
            "SELECT * FROM {} WHERE pk = ?",
            [],
            "Number of parameters in request and statement don't match.",
        ),
        (
            "UPDATE {} SET newlist[0] = 'x' WHERE pk = 'a'",
            [],
            "The document path provided in the update expression is invalid for update",
        ),
        (
            "SELECT * FROM {} WHERE pk = 5",
            [],
            "One or more parameter values were invalid: Condition parameter type does not match "
            "schema type",
        ),
        (
            "UPDATE {} SET pk = 'b' WHERE pk = 'a'",
            [],
            "One or more parameter values were invalid: Cannot update attribute pk. This "
            "attribute is part of the key",
        ),
        (
            "INSERT INTO {} VALUE {{'n': 1}}",
            [],
            "One or more parameter values were invalid: Missing the key pk in the item",
        ),
        (
            "SELECT * FROM {} WHERE",
            [],
            "Statement wasn't well formed, can't be processed: Unexpected term",
        ),
    ],
)
def test_refusals_have_the_words_of_aws(run, invalid, table, statement, parameters, text):
    assert invalid(lambda: run(statement.format(f'"{table}"'), *parameters)) == text


def test_a_missing_table_is_not_found_whatever_is_asked_of_it(run, refusal):
    for statement in ("SELECT * FROM nowhere", "DELETE FROM nowhere WHERE a = 1"):
        assert refusal(lambda s=statement: run(s)) == (
            "ResourceNotFoundException",
            "Requested resource not found",
        )
