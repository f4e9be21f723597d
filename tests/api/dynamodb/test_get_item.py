"""GetItem as a client sees it. Texts are recorded answers of AWS, mid-2026."""

import pytest

MISMATCH = "The provided key element does not match the schema"
ITEM = {
    "pk": {"S": "a"},
    "sk": {"S": "b"},
    "v": {"N": "1"},
    "m": {"M": {"x": {"S": "1"}, "y": {"S": "2"}}},
    "l": {"L": [{"S": "0"}, {"S": "1"}, {"S": "2"}]},
}
KEY = {"pk": {"S": "a"}, "sk": {"S": "b"}}


@pytest.fixture
def table(make_table, dynamodb):
    name = make_table("pk", "sk")
    dynamodb.put_item(TableName=name, Item=ITEM)
    return name


def test_a_missing_item_is_an_answer_without_item(dynamodb, table):
    answer = dynamodb.get_item(TableName=table, Key={"pk": {"S": "a"}, "sk": {"S": "c"}})
    assert answer.keys() == {"ResponseMetadata"}


@pytest.mark.parametrize("consistent", [True, False])
def test_a_write_is_read_at_once(dynamodb, table, consistent):
    answer = dynamodb.get_item(TableName=table, Key=KEY, ConsistentRead=consistent)
    assert answer["Item"] == ITEM


@pytest.mark.parametrize(
    ("projection", "shown"),
    [
        ("v", {"v": {"N": "1"}}),
        ("pk, v", {"pk": {"S": "a"}, "v": {"N": "1"}}),
        ("m.x", {"m": {"M": {"x": {"S": "1"}}}}),
        ("l[2], l[0]", {"l": {"L": [{"S": "0"}, {"S": "2"}]}}),
        ("nothing", {}),
    ],
)
def test_a_projection_shows_what_is_asked_for(dynamodb, table, projection, shown):
    """Source: AWS, "Projection expressions"; lists are shown without gaps (recorded)."""
    answer = dynamodb.get_item(TableName=table, Key=KEY, ProjectionExpression=projection)
    assert answer["Item"] == shown


def test_attributes_to_get_is_a_projection_of_the_older_form(dynamodb, table):
    answer = dynamodb.get_item(TableName=table, Key=KEY, AttributesToGet=["v", "nothing"])
    assert answer["Item"] == {"v": {"N": "1"}}


@pytest.mark.parametrize(
    "key",
    [
        {"pk": {"S": "a"}},
        {"pk": {"S": "a"}, "sk": {"S": "b"}, "v": {"N": "1"}},
        {"pk": {"S": "a"}, "other": {"S": "b"}},
        {"pk": {"S": "a"}, "sk": {"N": "1"}},
    ],
)
def test_a_key_has_exactly_the_attributes_of_the_schema(dynamodb, table, invalid, key):
    assert invalid(dynamodb.get_item, TableName=table, Key=key) == MISMATCH


def test_an_empty_key_value_is_refused(dynamodb, table, invalid):
    text = invalid(dynamodb.get_item, TableName=table, Key={"pk": {"S": ""}, "sk": {"S": "b"}})
    assert text == (
        "One or more parameter values are not valid. The AttributeValue for a key attribute "
        "cannot contain an empty string value. Key: pk"
    )


@pytest.mark.parametrize(
    ("more", "text"),
    [
        (
            {"ProjectionExpression": "!!"},
            'Invalid ProjectionExpression: Syntax error; token: "!", near: "!!"',
        ),
        (
            {"ProjectionExpression": "v", "ExpressionAttributeNames": {"#v": "v"}},
            "Value provided in ExpressionAttributeNames unused in expressions: keys: {#v}",
        ),
        (
            {"ExpressionAttributeNames": {"#v": "v"}},
            "ExpressionAttributeNames can only be specified when using expressions",
        ),
        (
            {"ProjectionExpression": "v", "AttributesToGet": ["v"]},
            "Can not use both expression and non-expression parameters in the same request: "
            "Non-expression parameters: {AttributesToGet} Expression parameters: "
            "{ProjectionExpression}",
        ),
    ],
    ids=["syntax", "unused", "stray", "mixed"],
)
def test_faults_of_the_projection_are_told_without_prefix(dynamodb, table, invalid, more, text):
    assert invalid(dynamodb.get_item, TableName=table, Key=KEY, **more) == text


@pytest.mark.parametrize(
    ("size", "consistent", "units"),
    [(0, False, 0.5), (0, True, 1.0), (4096, True, 2.0), (4096, False, 1.0)],
)
def test_capacity_is_a_unit_for_each_4_kb_begun(dynamodb, table, size, consistent, units):
    """Source: AWS, "Read and write operations"; half for eventually consistent reads."""
    item = {"pk": {"S": "c"}, "sk": {"S": "c"}, "v": {"S": "x" * size}}
    dynamodb.put_item(TableName=table, Item=item)
    answer = dynamodb.get_item(
        TableName=table,
        Key={"pk": {"S": "c"}, "sk": {"S": "c"}},
        ConsistentRead=consistent,
        ReturnConsumedCapacity="INDEXES",
    )
    assert answer["ConsumedCapacity"] == {
        "TableName": table,
        "CapacityUnits": units,
        "Table": {"CapacityUnits": units},
    }


def test_a_missing_item_costs_as_much_as_a_small_one(dynamodb, table):
    answer = dynamodb.get_item(
        TableName=table,
        Key={"pk": {"S": "no"}, "sk": {"S": "no"}},
        ReturnConsumedCapacity="TOTAL",
    )
    assert answer["ConsumedCapacity"] == {"TableName": table, "CapacityUnits": 0.5}


def test_a_missing_table_is_told_after_faults_of_the_input(dynamodb, refusal):
    answer = refusal(dynamodb.get_item, TableName="no-such-table", Key={})
    assert answer == ("ResourceNotFoundException", "Requested resource not found")
    code, _ = refusal(dynamodb.get_item, TableName="no-such-table", Key={"pk": {"N": "x"}})
    assert code == "ValidationException"
