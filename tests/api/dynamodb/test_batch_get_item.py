"""BatchGetItem as a client sees it. Texts are recorded answers of AWS, 2026."""

import pytest


def key(name):
    return {"pk": {"S": name}}


@pytest.fixture
def table(make_table, dynamodb):
    name = make_table("pk")
    for letter in "abc":
        dynamodb.put_item(TableName=name, Item={**key(letter), "v": {"S": letter * 2}})
    return name


def test_items_of_several_tables_come_at_once(dynamodb, table, make_table):
    other = make_table("pk", "sk:N")
    dynamodb.put_item(TableName=other, Item={**key("a"), "sk": {"N": "1"}})
    answer = dynamodb.batch_get_item(
        RequestItems={
            table: {"Keys": [key("a"), key("none"), key("c")], "ProjectionExpression": "v"},
            other: {"Keys": [{**key("a"), "sk": {"N": "1.0"}}], "ConsistentRead": True},
        }
    )
    assert answer["Responses"][table] == [{"v": {"S": "aa"}}, {"v": {"S": "cc"}}]
    assert answer["Responses"][other] == [{**key("a"), "sk": {"N": "1"}}]
    assert answer["UnprocessedKeys"] == {}


def test_capacity_is_rounded_for_each_item(dynamodb, table):
    """Source: AWS, "Read and write operations": each item of a batch is rounded by itself."""
    answer = dynamodb.batch_get_item(
        RequestItems={table: {"Keys": [key("a"), key("b"), key("none")]}},
        ReturnConsumedCapacity="TOTAL",
    )
    assert answer["ConsumedCapacity"] == [{"TableName": table, "CapacityUnits": 1.5}]


def test_what_passes_16_mb_stays_unprocessed(dynamodb, make_table):
    """Source: AWS, API reference. 41 items of 400,003 bytes fit into 16 MB (16,777,216 bytes)."""
    table = make_table("pk")
    for number in range(45):
        item = {**key(f"{number:02}"), "v": {"S": "x" * (400_003 - 5)}}
        dynamodb.put_item(TableName=table, Item=item)
    keys = [key(f"{number:02}") for number in range(45)]
    answer = dynamodb.batch_get_item(
        RequestItems={table: {"Keys": keys, "ConsistentRead": True, "ProjectionExpression": "pk"}}
    )
    assert answer["Responses"][table] == keys[:41]
    assert answer["UnprocessedKeys"] == {
        table: {"Keys": keys[41:], "ConsistentRead": True, "ProjectionExpression": "pk"}
    }
    rest = dynamodb.batch_get_item(RequestItems=answer["UnprocessedKeys"])
    assert (rest["Responses"][table], rest["UnprocessedKeys"]) == (keys[41:], {})


def test_one_item_is_asked_for_once(dynamodb, table, invalid):
    text = invalid(
        dynamodb.batch_get_item, RequestItems={table: {"Keys": [key("a"), key("b"), key("a")]}}
    )
    assert text == "Provided list of item keys contains duplicates"


def test_at_most_100_keys_in_a_table_and_in_all(bare, dynamodb, table, make_table, invalid):
    keys = [key(str(number)) for number in range(101)]
    assert invalid(bare.batch_get_item, RequestItems={table: {"Keys": keys}}) == (
        f"1 validation error detected: Value at 'RequestItems.{table}.member.Keys' failed to "
        "satisfy constraint: Member must have length less than or equal to 100"
    )
    other = make_table("pk")
    both = {table: {"Keys": keys[:60]}, other: {"Keys": keys[:41]}}
    assert invalid(dynamodb.batch_get_item, RequestItems=both) == (
        "Too many items requested for the BatchGetItem call"
    )


@pytest.mark.parametrize(
    ("request_", "text"),
    [
        (
            {"Keys": [{"pk": {"N": "1"}}]},
            "The provided key element does not match the schema",
        ),
        (
            {"Keys": [key("")]},
            "One or more parameter values are not valid. The AttributeValue for a key attribute "
            "cannot contain an empty string value. Key: pk",
        ),
        (
            {"Keys": [key("a")], "ProjectionExpression": "v", "AttributesToGet": ["v"]},
            "Can not use both expression and non-expression parameters in the same request: "
            "Non-expression parameters: {AttributesToGet} Expression parameters: "
            "{ProjectionExpression}",
        ),
        (
            {
                "Keys": [key("a")],
                "ProjectionExpression": "v",
                "ExpressionAttributeNames": {"#v": "v"},
            },
            "Value provided in ExpressionAttributeNames unused in expressions: keys: {#v}",
        ),
    ],
    ids=["key", "empty", "mixed", "unused"],
)
def test_what_a_batch_may_not_ask(dynamodb, table, invalid, request_, text):
    assert invalid(dynamodb.batch_get_item, RequestItems={table: request_}) == text


def test_a_batch_asks_for_something(bare, invalid):
    assert invalid(bare.batch_get_item, RequestItems={}) == (
        "1 validation error detected: Value at 'RequestItems' failed to satisfy constraint: "
        "Member must have length greater than or equal to 1"
    )


def test_one_missing_table_fails_the_batch(dynamodb, table, refusal):
    answer = refusal(
        dynamodb.batch_get_item,
        RequestItems={table: {"Keys": [key("a")]}, "no-such-table": {"Keys": [key("a")]}},
    )
    assert answer == ("ResourceNotFoundException", "Requested resource not found")
