"""Query as a client sees it. Texts are recorded answers of AWS, 2026."""

from typing import Any

import pytest

OMP = "One or more parameter values were invalid: "
PREFIX = "1 validation error detected: "


@pytest.fixture
def table(make_table):
    """Table pk + sk with a local index by rank and a global one by colour and rank."""
    return make_table(
        "pk",
        "sk",
        local={"loc": ("rank:N", {"ProjectionType": "KEYS_ONLY"})},
        indexes={
            "glo": (
                "colour",
                "rank:N",
                {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["weight"]},
            )
        },
    )


@pytest.fixture
def filled(dynamodb, table):
    """Six items of one partition: sk a..f, rank 6..1, colours in turn."""
    for place, letter in enumerate("abcdef"):
        item = {
            "pk": {"S": "p"},
            "sk": {"S": letter},
            "rank": {"N": str(6 - place)},
            "colour": {"S": ("red", "blue")[place % 2]},
            "weight": {"N": str(place)},
            "extra": {"S": f"o{place}"},
        }
        dynamodb.put_item(TableName=table, Item=item)
    return table


@pytest.fixture
def query(dynamodb, filled):
    """query(condition, values, **more): a Query of the filled table."""

    def call(condition="pk = :p", values=None, **more):
        given = {":p": {"S": "p"}} if values is None else values
        return dynamodb.query(
            TableName=filled,
            KeyConditionExpression=condition,
            ExpressionAttributeValues=given,
            **more,
        )

    return call


def letters(answer):
    return "".join(item["sk"]["S"] for item in answer["Items"])


@pytest.mark.parametrize(
    ("condition", "values", "found"),
    [
        ("pk = :p", {}, "abcdef"),
        ("pk = :p AND sk = :a", {":a": {"S": "c"}}, "c"),
        ("pk = :p AND sk < :a", {":a": {"S": "c"}}, "ab"),
        ("pk = :p AND sk <= :a", {":a": {"S": "c"}}, "abc"),
        ("pk = :p AND sk > :a", {":a": {"S": "c"}}, "def"),
        ("pk = :p AND sk >= :a", {":a": {"S": "c"}}, "cdef"),
        ("pk = :p AND sk BETWEEN :a AND :b", {":a": {"S": "b"}, ":b": {"S": "d"}}, "bcd"),
        ("pk = :p AND begins_with(sk, :a)", {":a": {"S": "e"}}, "e"),
        (":a <= sk AND :p = pk", {":a": {"S": "e"}}, "ef"),
    ],
)
def test_conditions_on_the_sort_key(query, condition, values, found):
    """Source: AWS, "Key condition expressions"."""
    assert letters(query(condition, {":p": {"S": "p"}, **values})) == found
    backwards = query(condition, {":p": {"S": "p"}, **values}, ScanIndexForward=False)
    assert letters(backwards) == found[::-1]


@pytest.mark.parametrize("forward", [True, False])
@pytest.mark.parametrize("index", [None, "loc", "glo"])
def test_pages_join_to_the_whole(query, forward, index):
    """LastEvaluatedKey of an index holds its keys and the table's (recorded)."""
    more = {"ScanIndexForward": forward}
    condition, values = "pk = :p", None
    keys = {"pk", "sk"}
    if index is not None:
        more["IndexName"] = index
        keys |= {"rank"}
    if index == "glo":
        condition, values = "colour = :c", {":c": {"S": "red"}}
        keys |= {"colour"}
    whole = query(condition, values, **more)["Items"]
    assert len(whole) == (3 if index == "glo" else 6)
    found: list[Any] = []
    start: dict[str, Any] = {}
    while True:
        page = query(condition, values, Limit=2, **more, **start)
        found += page["Items"]
        if "LastEvaluatedKey" not in page:
            break
        assert page["LastEvaluatedKey"].keys() == keys
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
    assert found == whole


def test_a_page_that_ends_at_its_limit_says_so_even_if_nothing_follows(query):
    answer = query(Limit=6)
    assert answer["LastEvaluatedKey"] == {"pk": {"S": "p"}, "sk": {"S": "f"}}
    after = query(ExclusiveStartKey=answer["LastEvaluatedKey"])
    assert (after["Count"], after["Items"], "LastEvaluatedKey" in after) == (0, [], False)
    assert "LastEvaluatedKey" not in query(Limit=7)


def test_a_page_ends_at_1_mb(dynamodb, table):
    """Source: AWS, "Paginating table query results". 4 items of 300 KB pass 1 MB with the last."""
    for letter in "abcdef":
        item = {"pk": {"S": "big"}, "sk": {"S": letter}, "v": {"S": "x" * 300_000}}
        dynamodb.put_item(TableName=table, Item=item)
    answer = dynamodb.query(
        TableName=table,
        KeyConditionExpression="pk = :p",
        ExpressionAttributeValues={":p": {"S": "big"}},
        Select="COUNT",
    )
    assert (answer["Count"], answer["LastEvaluatedKey"]["sk"]) == (4, {"S": "d"})


def test_a_filter_drops_items_after_they_are_read(query):
    answer = query(
        values={":p": {"S": "p"}, ":c": {"S": "red"}}, FilterExpression="colour = :c", Limit=3
    )
    assert (letters(answer), answer["Count"], answer["ScannedCount"]) == ("ac", 2, 3)
    assert answer["LastEvaluatedKey"]["sk"] == {"S": "c"}


def test_count_shows_no_items(query):
    answer = query(Select="COUNT")
    assert (answer["Count"], answer["ScannedCount"], "Items" in answer) == (6, 6, False)


def test_a_projection_shows_what_is_asked_for(query):
    answer = query(ProjectionExpression="sk, weight", Limit=1)
    assert answer["Items"] == [{"sk": {"S": "a"}, "weight": {"N": "0"}}]


def test_an_index_shows_what_it_projects(query):
    answer = query("colour = :c", {":c": {"S": "blue"}}, IndexName="glo", Limit=1)
    assert answer["Items"] == [
        {
            "pk": {"S": "p"},
            "sk": {"S": "f"},
            "rank": {"N": "1"},
            "colour": {"S": "blue"},
            "weight": {"N": "5"},
        }
    ]
    answer = query(IndexName="loc", Limit=1)
    assert answer["Items"][0].keys() == {"pk", "sk", "rank"}


@pytest.mark.parametrize(
    "more",
    [
        {"Select": "ALL_ATTRIBUTES"},
        {"ProjectionExpression": "pk, sk, #r, colour, weight, extra"},
    ],
    ids=["all", "projection"],
)
def test_a_local_index_fetches_what_it_lacks_and_charges_for_it(query, more):
    """Source: AWS, "Local secondary indexes", "Attribute projections": each item fetched costs a
    read of its own. 6 index entries in one unit, 6 items in one unit each, consistently read."""
    if "ProjectionExpression" in more:
        more = {**more, "ExpressionAttributeNames": {"#r": "rank"}}
    answer = query(IndexName="loc", ConsistentRead=True, ReturnConsumedCapacity="INDEXES", **more)
    assert letters(answer) == "fedcba"
    assert answer["Items"][0]["extra"] == {"S": "o5"}
    capacity = answer["ConsumedCapacity"]
    assert capacity["CapacityUnits"] == 7.0
    assert capacity["Table"] == {"CapacityUnits": 6.0}
    assert capacity["LocalSecondaryIndexes"] == {"loc": {"CapacityUnits": 1.0}}


def test_capacity_of_a_page_is_of_its_bytes_together(query, filled):
    """Source: AWS, "Read and write operations": sizes are added up, then rounded."""
    answer = query(ReturnConsumedCapacity="INDEXES")
    assert answer["ConsumedCapacity"] == {
        "TableName": filled,
        "CapacityUnits": 0.5,
        "Table": {"CapacityUnits": 0.5},
    }
    answer = query(
        "colour = :c",
        {":c": {"S": "blue"}},
        IndexName="glo",
        ReturnConsumedCapacity="INDEXES",
    )
    assert answer["ConsumedCapacity"] == {
        "TableName": filled,
        "CapacityUnits": 0.5,
        "Table": {"CapacityUnits": 0.0},
        "GlobalSecondaryIndexes": {"glo": {"CapacityUnits": 0.5}},
    }


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ({"Select": "ALL_PROJECTED_ATTRIBUTES"}, "ALL_PROJECTED_ATTRIBUTES can be used only when "
         "Querying using an IndexName"),
        ({"Select": "SPECIFIC_ATTRIBUTES"}, PREFIX + "Must specify the AttributesToGet or "
         "ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES"),
        ({"Select": "ALL_ATTRIBUTES", "ProjectionExpression": "sk"}, "Cannot specify the "
         "ProjectionExpression when choosing to get ALL_ATTRIBUTES"),
        ({"Select": "COUNT", "ProjectionExpression": "sk"}, "Cannot specify the "
         "ProjectionExpression when choosing to get only the Count"),
        ({"IndexName": "none"}, "The table does not have the specified index: none"),
        ({"FilterExpression": "sk = :p"}, "Filter Expression can only contain non-primary key "
         "attributes: Primary key attribute: sk"),
        ({"FilterExpression": "a = :x"}, "Invalid FilterExpression: An expression attribute value "
         "used in expression is not defined; attribute value: :x"),
        ({"KeyConditions": {"pk": {"ComparisonOperator": "EQ",
                                   "AttributeValueList": [{"S": "p"}]}}},
         "Can not use both expression and non-expression parameters in the same request: "
         "Non-expression parameters: {KeyConditions} Expression parameters: "
         "{KeyConditionExpression}"),
        ({"ExclusiveStartKey": {"pk": {"S": "p"}}}, "The provided starting key is invalid"),
        ({"ExclusiveStartKey": {"pk": {"S": "p"}, "sk": {"N": "1"}}},
         "The provided starting key is invalid"),
        ({"ExclusiveStartKey": {"pk": {"S": "q"}, "sk": {"S": "a"}}}, "The provided starting key "
         "is outside query boundaries based on provided conditions"),
    ],
    ids=["projected", "specific", "all", "count", "index", "key-filter", "undefined", "mixed",
         "start-names", "start-types", "start-outside"],
)  # fmt: skip
def test_what_a_query_may_not_ask(query, invalid, more, text):
    assert invalid(query, **more) == text


@pytest.mark.parametrize(
    ("condition", "values", "text"),
    [
        ("sk = :s", {":s": {"S": "a"}}, "Query condition missed key schema element: pk"),
        ("pk > :p", {":p": {"S": "p"}}, "Query key condition not supported"),
        (
            "pk = :p",
            {":p": {"N": "1"}},
            OMP + "Condition parameter type does not match schema type",
        ),
        (
            "pk = :p",
            {":p": {"S": ""}},
            "One or more parameter values are not valid. The AttributeValue for a key attribute "
            "cannot contain an empty string value. Key: pk",
        ),
        ("pk = :p AND sk = :p AND sk = :p", {":p": {"S": "p"}}, "KeyConditionExpressions must "
         "only contain one condition per key"),
        ("pk = :p OR sk = :p", {":p": {"S": "p"}}, "Invalid operator used in "
         "KeyConditionExpression: OR"),
    ],
)  # fmt: skip
def test_what_is_no_key_condition(query, invalid, condition, values, text):
    assert invalid(query, condition=condition, values=values) == text


@pytest.mark.parametrize(
    ("more", "text"),
    [
        (
            {"ConsistentRead": True},
            "Consistent reads are not supported on global secondary indexes",
        ),
        (
            {"Select": "ALL_ATTRIBUTES"},
            OMP + "Select type ALL_ATTRIBUTES is not supported for global secondary index glo "
            "because its projection type is not ALL",
        ),
        (
            {"ProjectionExpression": "extra"},
            OMP + "Global secondary index glo does not project [extra]",
        ),
        (
            {"FilterExpression": "extra = :c"},
            OMP + "Secondary index glo does not project one or more filter attributes: [extra]",
        ),
    ],
    ids=["consistent", "all", "projection", "filter"],
)
def test_what_a_global_index_cannot_give(query, invalid, more, text):
    values = {":c": {"S": "red"}}
    assert invalid(query, condition="colour = :c", values=values, IndexName="glo", **more) == text


def test_a_start_key_has_to_fit_the_condition_on_the_sort_key(query, invalid):
    text = invalid(
        query,
        condition="pk = :p AND sk > :s",
        values={":p": {"S": "p"}, ":s": {"S": "c"}},
        ExclusiveStartKey={"pk": {"S": "p"}, "sk": {"S": "a"}},
    )
    assert text == "The provided starting key does not match the range key predicate"
    text = invalid(
        query,
        condition="pk = :p AND sk = :s",
        values={":p": {"S": "p"}, ":s": {"S": "c"}},
        ExclusiveStartKey={"pk": {"S": "p"}, "sk": {"S": "c"}},
    )
    assert text == "The query can return at most one row and cannot be restarted"


def test_a_query_for_one_item_never_goes_on(query):
    """It cannot be restarted, so it must not ask to be: paging clients would meet an error."""
    answer = query("pk = :p AND sk = :s", {":p": {"S": "p"}, ":s": {"S": "c"}}, Limit=1)
    assert answer["Count"] == 1
    assert "LastEvaluatedKey" not in answer


def test_a_condition_is_needed(dynamodb, table, invalid):
    assert invalid(dynamodb.query, TableName=table) == (
        "Either the KeyConditions or KeyConditionExpression parameter must be specified in the "
        "request."
    )


def test_the_limit_is_at_least_one(bare, table, invalid):
    ask = {"TableName": table, "KeyConditionExpression": "pk = :p", "Limit": 0}
    assert invalid(bare.query, **ask) == (
        PREFIX + "Value at 'Limit' failed to satisfy constraint: Member must have value greater "
        "than or equal to 1"
    )


def test_input_is_checked_before_the_table(dynamodb, refusal):
    """Recorded: Query checks its input before the table's existence."""
    ask = {"TableName": "no-such-table", "KeyConditionExpression": "pk = :p"}
    code, _ = refusal(dynamodb.query, **ask)
    assert code == "ValidationException"
    answer = refusal(dynamodb.query, **ask, ExpressionAttributeValues={":p": {"S": "p"}})
    assert answer == ("ResourceNotFoundException", "Requested resource not found")


def test_key_conditions_and_query_filter_are_the_older_form(dynamodb, filled):
    """Source: AWS, developer guide, "Legacy conditional parameters"."""
    answer = dynamodb.query(
        TableName=filled,
        KeyConditions={
            "pk": {"ComparisonOperator": "EQ", "AttributeValueList": [{"S": "p"}]},
            "sk": {"ComparisonOperator": "GE", "AttributeValueList": [{"S": "c"}]},
        },
        QueryFilter={"colour": {"ComparisonOperator": "EQ", "AttributeValueList": [{"S": "red"}]}},
        AttributesToGet=["sk"],
    )
    assert answer["Items"] == [{"sk": {"S": "c"}}, {"sk": {"S": "e"}}]
    assert answer["ScannedCount"] == 4
