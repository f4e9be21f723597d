"""UpdateItem as a client sees it. Texts are recorded answers of AWS, 2026.

What expressions mean is tested with the expressions; here is what the operation adds.
"""

import pytest

PREFIX = "1 validation error detected: "
OMP = "One or more parameter values were invalid: "
KEY = {"pk": {"S": "a"}, "sk": {"S": "b"}}
ITEM = {**KEY, "n": {"N": "1"}, "m": {"M": {"x": {"S": "1"}, "y": {"S": "2"}}}}


@pytest.fixture
def table(make_table, dynamodb):
    name = make_table("pk", "sk")
    dynamodb.put_item(TableName=name, Item=ITEM)
    return name


@pytest.fixture
def update(dynamodb, table):
    """update(expression, values, **more): UpdateItem of the one item."""

    def call(expression, values=None, **more):
        given = {"ExpressionAttributeValues": values} if values else {}
        return dynamodb.update_item(
            **{"TableName": table, "Key": KEY, "UpdateExpression": expression, **given, **more}
        )

    return call


@pytest.fixture
def item(dynamodb, table):
    """item(): what the one item is now, None if it is not there."""
    return lambda key=KEY: dynamodb.get_item(TableName=table, Key=key, ConsistentRead=True).get(
        "Item"
    )


def test_an_update_changes_what_it_names(update, item):
    answer = update(
        "SET v = :v, m.x = :v REMOVE m.y ADD n :n", {":v": {"S": "w"}, ":n": {"N": "2"}}
    )
    assert answer.keys() == {"ResponseMetadata"}
    assert item() == {**KEY, "n": {"N": "3"}, "v": {"S": "w"}, "m": {"M": {"x": {"S": "w"}}}}


@pytest.mark.parametrize(
    ("wanted", "attributes"),
    [
        ("NONE", None),
        ("ALL_OLD", ITEM),
        ("ALL_NEW", {**ITEM, "n": {"N": "2"}, "m": {"M": {"x": {"S": "z"}, "y": {"S": "2"}}}}),
        ("UPDATED_OLD", {"n": {"N": "1"}, "m": {"M": {"x": {"S": "1"}}}}),
        ("UPDATED_NEW", {"n": {"N": "2"}, "m": {"M": {"x": {"S": "z"}}}}),
    ],
)
def test_what_is_returned_is_what_was_asked_for(update, wanted, attributes):
    """UPDATED_* hold only the touched paths (recorded)."""
    values = {":n": {"N": "2"}, ":x": {"S": "z"}}
    answer = update("SET n = :n, m.x = :x", values, ReturnValues=wanted)
    assert answer.get("Attributes") == attributes


@pytest.mark.parametrize("wanted", ["ALL_OLD", "UPDATED_OLD"])
def test_nothing_old_is_returned_for_a_new_item(update, wanted):
    key = {"pk": {"S": "new"}, "sk": {"S": "new"}}
    answer = update("SET n = :n", {":n": {"N": "2"}}, Key=key, ReturnValues=wanted)
    assert "Attributes" not in answer


def test_updated_new_of_a_removal_is_nothing(update):
    assert "Attributes" not in update("REMOVE n", ReturnValues="UPDATED_NEW")


def test_an_update_without_expression_makes_an_item_of_its_key(dynamodb, table, item):
    key = {"pk": {"S": "only"}, "sk": {"S": "key"}}
    dynamodb.update_item(TableName=table, Key=key)
    assert item(key) == key


@pytest.mark.parametrize("expression", ["REMOVE n", "DELETE n :s"])
def test_an_update_that_only_removes_makes_no_item(update, item, expression):
    key = {"pk": {"S": "no"}, "sk": {"S": "no"}}
    values = {":s": {"SS": ["a"]}} if ":s" in expression else None
    answer = update(expression, values, Key=key, ReturnValues="ALL_NEW")
    assert "Attributes" not in answer
    assert item(key) is None


@pytest.mark.parametrize("name", ["pk", "sk"])
def test_a_key_cannot_be_updated(update, invalid, name):
    text = invalid(update, expression=f"SET {name} = :v", values={":v": {"S": "x"}})
    assert text == f"{OMP}Cannot update attribute {name}. This attribute is part of the key"


def test_a_failed_condition_shows_the_item_if_asked(dynamodb, update, item):
    with pytest.raises(dynamodb.exceptions.ConditionalCheckFailedException) as caught:
        update(
            "SET n = :n",
            {":n": {"N": "9"}},
            ConditionExpression="n = :n",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    assert caught.value.response["Item"] == ITEM
    assert item() == ITEM


@pytest.mark.parametrize(
    ("expression", "values", "more", "text"),
    [
        ("SET", None, {}, PREFIX + "Invalid UpdateExpression: Syntax error;"),
        ("", None, {}, PREFIX + "Invalid UpdateExpression: The expression can not be empty;"),
        (
            "SET v = :v",
            None,
            {},
            PREFIX + "Invalid UpdateExpression: An expression attribute value used in expression "
            "is not defined; attribute value: :v",
        ),
        (
            "SET v = :v",
            {":v": {"S": "x"}, ":w": {"S": "x"}},
            {},
            PREFIX
            + "Value provided in ExpressionAttributeValues unused in expressions: keys: {:w}",
        ),
        (
            "SET v = :v",
            {":v": {"S": "x"}},
            {"AttributeUpdates": {"v": {"Value": {"S": "x"}}}},
            PREFIX + "Can not use both expression and non-expression parameters in the same "
            "request: Non-expression parameters: {AttributeUpdates} Expression parameters: "
            "{UpdateExpression}",
        ),
        (
            "SET v = absent",
            None,
            {},
            "The provided expression refers to an attribute that does not exist in the item",
        ),
        (
            "SET m.x.z = :v",
            {":v": {"S": "x"}},
            {},
            "The document path provided in the update expression is invalid for update",
        ),
        (
            "ADD m :v",
            {":v": {"N": "1"}},
            {},
            "An operand in the update expression has an incorrect data type",
        ),
        (
            "SET v = :v",
            {":v": {"SS": []}},
            {},
            PREFIX + "ExpressionAttributeValues contains invalid value: " + OMP + "An string set  "
            "may not be empty for key :v",
        ),
    ],
    ids=["syntax", "empty", "undefined", "unused", "mixed", "absent", "path", "type", "set"],
)
def test_what_is_refused(update, invalid, expression, values, more, text):
    """Prefixed or bare: see the families in the text that changed in 2026."""
    assert invalid(update, expression=expression, values=values, **more).startswith(text)


def test_values_without_any_expression_are_refused(dynamodb, table, invalid):
    text = invalid(
        dynamodb.update_item,
        TableName=table,
        Key=KEY,
        ExpressionAttributeValues={":v": {"S": "x"}},
    )
    assert text == (
        PREFIX + "ExpressionAttributeValues can only be specified when using expressions: "
        "UpdateExpression and ConditionExpression are null"
    )


def test_an_update_is_measured_with_an_overhead_for_each_action(update, invalid):
    """Recorded: max(item, item - key + 3 + 19 for each writing action) <= 409,600 bytes.

    Without its key the item is n: 1 + 2 bytes, m: 1 + 3 + 2 * (1 + 1 + 1) = 10, v: 1 + its text.
    """
    fits = 409_600 - (3 + 19) - (3 + 10 + 1)
    update("SET v = :v", {":v": {"S": "x" * fits}})
    text = invalid(update, expression="SET v = :v", values={":v": {"S": "x" * (fits + 1)}})
    assert text == "Item size to update has exceeded the maximum allowed size"


def test_an_update_checks_only_the_index_keys_it_changes(dynamodb, make_table, invalid):
    """Recorded. An item put before its index existed may hold a key of another type."""
    table = make_table("pk", indexes={"idx": "x"})
    key = {"pk": {"S": "a"}}
    text = invalid(
        dynamodb.update_item,
        TableName=table,
        Key=key,
        UpdateExpression="SET x = :x",
        ExpressionAttributeValues={":x": {"N": "1"}},
    )
    assert text == OMP + "Type mismatch for Index Key x Expected: S Actual: N IndexName: idx"
    text = invalid(
        dynamodb.update_item,
        TableName=table,
        Key=key,
        UpdateExpression="SET x = :x",
        ExpressionAttributeValues={":x": {"S": ""}},
    )
    assert text == (
        "One or more parameter values are not valid. The update expression attempted to update a "
        "secondary index key to a value that is not supported. The AttributeValue for a key "
        "attribute cannot contain an empty string value."
    )


@pytest.mark.parametrize(
    ("updates", "after"),
    [
        ({"n": {"Value": {"N": "5"}}}, {"n": {"N": "5"}}),
        ({"n": {"Value": {"N": "5"}, "Action": "ADD"}}, {"n": {"N": "6"}}),
        ({"n": {"Action": "DELETE"}}, {"n": None}),
        ({"s": {"Value": {"SS": ["a"]}, "Action": "ADD"}}, {"s": {"SS": ["a"]}}),
    ],
)
def test_attribute_updates_are_an_update_of_the_older_form(dynamodb, table, item, updates, after):
    """Source: AWS, developer guide, "AttributeUpdates"."""
    dynamodb.update_item(TableName=table, Key=KEY, AttributeUpdates=updates)
    expected = {name: value for name, value in {**ITEM, **after}.items() if value is not None}
    assert item() == expected


def test_capacity_of_an_update_is_of_the_larger_image(update):
    """Source: AWS, "Read and write operations"."""
    grown = update("SET v = :v", {":v": {"S": "x" * 1500}}, ReturnConsumedCapacity="TOTAL")
    assert grown["ConsumedCapacity"]["CapacityUnits"] == 2.0
    shrunk = update("REMOVE v", ReturnConsumedCapacity="TOTAL")
    assert shrunk["ConsumedCapacity"]["CapacityUnits"] == 2.0
    small = update("REMOVE v", ReturnConsumedCapacity="TOTAL")
    assert small["ConsumedCapacity"]["CapacityUnits"] == 1.0


def test_counting_with_many_updates_loses_none(update, item):
    for _ in range(50):
        update("ADD n :one", {":one": {"N": "1"}})
    assert item()["n"] == {"N": "51"}
