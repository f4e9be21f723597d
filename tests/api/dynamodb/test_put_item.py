"""PutItem as a client sees it. Texts are recorded answers of AWS, 2026, if nothing else is said."""

import pytest

PREFIX = "1 validation error detected: "
OMP = "One or more parameter values were invalid: "
EMPTY_KEY = (
    "One or more parameter values are not valid. The AttributeValue for a key attribute cannot "
    "contain an empty {} value. Key: {}"
)


@pytest.fixture
def table(make_table):
    return make_table("pk", "sk:N")


def get(dynamodb, table, **key):
    return dynamodb.get_item(TableName=table, Key=key, ConsistentRead=True).get("Item")


def test_a_put_answers_nothing_but_its_metadata(dynamodb, table):
    answer = dynamodb.put_item(TableName=table, Item={"pk": {"S": "a"}, "sk": {"N": "1"}})
    assert answer.keys() == {"ResponseMetadata"}


def test_every_type_comes_back_as_it_was_put(dynamodb, table):
    item = {
        "pk": {"S": "types"},
        "sk": {"N": "1"},
        "b": {"B": b"\x00\xff"},
        "yes": {"BOOL": True},
        "no": {"BOOL": False},
        "none": {"NULL": True},
        "ss": {"SS": ["a", "b"]},
        "ns": {"NS": ["1", "2"]},
        "bs": {"BS": [b"a", b"b"]},
        "l": {"L": [{"S": "x"}, {"L": []}, {"M": {}}]},
        "m": {"M": {"in": {"M": {"deep": {"N": "-1.5"}}}}},
        "empty": {"S": ""},
    }
    dynamodb.put_item(TableName=table, Item=item)
    assert get(dynamodb, table, pk={"S": "types"}, sk={"N": "1"}) == item


def test_equal_numbers_are_one_key(dynamodb, table):
    dynamodb.put_item(TableName=table, Item={"pk": {"S": "n"}, "sk": {"N": "1.0"}})
    answer = dynamodb.put_item(
        TableName=table, Item={"pk": {"S": "n"}, "sk": {"N": "1e0"}}, ReturnValues="ALL_OLD"
    )
    assert answer["Attributes"] == {"pk": {"S": "n"}, "sk": {"N": "1"}}


def test_all_old_returns_what_was_replaced_and_nothing_for_a_new_item(dynamodb, table):
    first = {"pk": {"S": "old"}, "sk": {"N": "1"}, "v": {"S": "one"}}
    answer = dynamodb.put_item(TableName=table, Item=first, ReturnValues="ALL_OLD")
    assert "Attributes" not in answer
    second = {"pk": {"S": "old"}, "sk": {"N": "1"}, "w": {"S": "two"}}
    answer = dynamodb.put_item(TableName=table, Item=second, ReturnValues="ALL_OLD")
    assert answer["Attributes"] == first


@pytest.mark.parametrize("wanted", ["ALL_NEW", "UPDATED_OLD", "UPDATED_NEW"])
def test_other_return_values_are_refused(dynamodb, table, invalid, wanted):
    text = invalid(
        dynamodb.put_item,
        TableName=table,
        Item={"pk": {"S": "a"}, "sk": {"N": "1"}},
        ReturnValues=wanted,
    )
    assert text == PREFIX + "ReturnValues can only be ALL_OLD or NONE"


def test_a_condition_that_fails_leaves_the_item_as_it_is(dynamodb, table, refusal):
    item = {"pk": {"S": "c"}, "sk": {"N": "1"}, "v": {"N": "1"}}
    dynamodb.put_item(TableName=table, Item=item)
    answer = refusal(
        dynamodb.put_item,
        TableName=table,
        Item={"pk": {"S": "c"}, "sk": {"N": "1"}},
        ConditionExpression="attribute_not_exists(pk)",
    )
    assert answer == ("ConditionalCheckFailedException", "The conditional request failed")
    assert get(dynamodb, table, pk={"S": "c"}, sk={"N": "1"}) == item


@pytest.mark.parametrize(("asked", "shown"), [("ALL_OLD", True), ("NONE", False)])
def test_a_failed_condition_shows_the_item_if_asked(dynamodb, table, asked, shown):
    item = {"pk": {"S": "f"}, "sk": {"N": "1"}, "v": {"S": "x"}}
    dynamodb.put_item(TableName=table, Item=item)
    with pytest.raises(dynamodb.exceptions.ConditionalCheckFailedException) as caught:
        dynamodb.put_item(
            TableName=table,
            Item=item,
            ConditionExpression="v = :v",
            ExpressionAttributeValues={":v": {"S": "y"}},
            ReturnValuesOnConditionCheckFailure=asked,
        )
    assert caught.value.response.get("Item") == (item if shown else None)


def test_a_failed_condition_on_nothing_shows_no_item(dynamodb, table):
    with pytest.raises(dynamodb.exceptions.ConditionalCheckFailedException) as caught:
        dynamodb.put_item(
            TableName=table,
            Item={"pk": {"S": "none"}, "sk": {"N": "1"}},
            ConditionExpression="attribute_exists(pk)",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    assert "Item" not in caught.value.response


KEY = {"pk": {"S": "a"}, "sk": {"N": "1"}}


@pytest.mark.parametrize(
    ("item", "text"),
    [
        ({"sk": {"N": "1"}}, OMP + "Missing the key pk in the item"),
        ({"pk": {"S": "a"}}, OMP + "Missing the key sk in the item"),
        (
            {"pk": {"N": "1"}, "sk": {"N": "1"}},
            OMP + "Type mismatch for key pk expected: S actual: N",
        ),
        ({"pk": {"S": ""}, "sk": {"N": "1"}}, EMPTY_KEY.format("string", "pk")),
        (
            {"pk": {"S": "x" * 2049}, "sk": {"N": "1"}},
            OMP + "Size of hashkey has exceeded the maximum size limit of2048 bytes",
        ),
        ({**KEY, "s": {"SS": []}}, PREFIX + OMP + "An string set  may not be empty"),
        ({**KEY, "s": {"NS": []}}, PREFIX + OMP + "An number set  may not be empty"),
        ({**KEY, "s": {"BS": []}}, PREFIX + OMP + "Binary sets should not be empty"),
        (
            {**KEY, "s": {"SS": ["a", "a"]}},
            PREFIX + OMP + "Input collection [a, a] contains duplicates.",
        ),
        (
            {**KEY, "n": {"NULL": False}},
            PREFIX + OMP + "Null attribute value types must have the value of true",
        ),
        (
            {**KEY, "n": {"N": "abc"}},
            "The parameter cannot be converted to a numeric value: abc",
        ),
        (
            {**KEY, "n": {"N": "1" * 39}},
            "Attempting to store more than 38 significant digits in a Number",
        ),
        (
            {**KEY, "s": {"S": "x" * 409600}},
            "Item size has exceeded the maximum allowed size",
        ),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else "",
)
def test_what_may_not_be_put(dynamodb, table, invalid, item, text):
    assert invalid(dynamodb.put_item, TableName=table, Item=item) == text


def test_a_sort_key_of_1025_bytes_is_too_long(dynamodb, make_table, invalid):
    """Source: captured from AWS, 2026; the limit of 1,024 is AWS's, "Constraints"."""
    table = make_table("pk", "sk")
    dynamodb.put_item(TableName=table, Item={"pk": {"S": "a"}, "sk": {"S": "x" * 1024}})
    text = invalid(
        dynamodb.put_item, TableName=table, Item={"pk": {"S": "a"}, "sk": {"S": "x" * 1025}}
    )
    assert text == OMP + (
        "Aggregated size of all range keys has exceeded the size limit of 1024 bytes"
    )


def test_an_item_of_exactly_400_kb_fits(dynamodb, table):
    """2 + 1 for pk, 2 + 2 for sk, 1 for the name of v: 409,600 - 8 bytes of text."""
    item = {"pk": {"S": "a"}, "sk": {"N": "1"}, "v": {"S": "x" * (409_600 - 8)}}
    dynamodb.put_item(TableName=table, Item=item)
    key = {"pk": item["pk"], "sk": item["sk"]}
    assert dynamodb.get_item(TableName=table, Key=key)["Item"] == item


def test_entries_of_local_indexes_count_into_the_limit(dynamodb, make_table, invalid):
    """Source: AWS, "Local secondary indexes": 400 KB hold the item and its entries together.

    The item is 2 + 1 + 2 + 1 + 1 + 1 bytes and v, 1 byte of name and its text; twice that is
    what an index with all attributes makes of it, if the item is in it.
    """
    table = make_table("pk", "sk", local={"loc": "x"})
    fits = (409_600 - 2 * 9) // 2
    item = {"pk": {"S": "a"}, "sk": {"S": "b"}, "x": {"S": "c"}}
    dynamodb.put_item(TableName=table, Item={**item, "v": {"S": "x" * fits}})
    text = invalid(dynamodb.put_item, TableName=table, Item={**item, "v": {"S": "x" * (fits + 1)}})
    assert text == "Item size has exceeded the maximum allowed size"
    del item["x"]
    dynamodb.put_item(TableName=table, Item={**item, "v": {"S": "x" * (fits + 1)}})


@pytest.mark.parametrize(
    ("more", "text"),
    [
        (
            {"Expected": {"v": {"Exists": False}}, "ConditionExpression": "v = v"},
            PREFIX + "Can not use both expression and non-expression parameters in the same "
            "request: Non-expression parameters: {Expected} Expression parameters: "
            "{ConditionExpression}",
        ),
        (
            {"ExpressionAttributeNames": {"#a": "a"}},
            PREFIX + "ExpressionAttributeNames can only be specified when using expressions",
        ),
        (
            {"ExpressionAttributeValues": {":a": {"S": "a"}}},
            PREFIX + "ExpressionAttributeValues can only be specified when using expressions: "
            "ConditionExpression is null",
        ),
        (
            {"ConditionExpression": "attribute_exists(#a)"},
            PREFIX + "Invalid ConditionExpression: An expression attribute name used in the "
            "document path is not defined; attribute name: #a",
        ),
        (
            {
                "ConditionExpression": "attribute_exists(a)",
                "ExpressionAttributeNames": {"#a": "a"},
            },
            PREFIX + "Value provided in ExpressionAttributeNames unused in expressions: keys: {#a}",
        ),
        ({"ConditionExpression": "a b"}, PREFIX + "Invalid ConditionExpression: Syntax error;"),
        ({"ConditionalOperator": "AND"}, "ConditionalOperator cannot be used without Filter or"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_parameters_that_do_not_go_together(dynamodb, table, invalid, more, text):
    assert invalid(dynamodb.put_item, TableName=table, Item=KEY, **more).startswith(text)


def test_input_is_checked_before_the_table_and_the_table_before_keys(dynamodb, refusal):
    """Order of checks: parameters, values, expressions; then the table; then its keys."""
    code, _ = refusal(
        dynamodb.put_item, TableName="no-such-table", Item={}, ConditionExpression="a b"
    )
    assert code == "ValidationException"
    answer = refusal(dynamodb.put_item, TableName="no-such-table", Item={})
    assert answer == ("ResourceNotFoundException", "Requested resource not found")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"N": "1"}, OMP + "Type mismatch for Index Key x Expected: S Actual: N IndexName: idx"),
        (
            {"S": ""},
            "One or more parameter values are not valid. A value specified for a secondary index "
            "key is not supported. The AttributeValue for a key attribute cannot contain an empty "
            "string value. IndexName: idx, IndexKey: x",
        ),
        (
            {"S": "x" * 2049},
            OMP + "Size limit exceeded for Index Key x Actual Size: 2049 bytes Max Size: 2048 "
            "bytes IndexName: idx",
        ),
    ],
    ids=["type", "empty", "long"],
)
def test_index_keys_are_held_to_the_rules_of_keys(dynamodb, make_table, invalid, value, text):
    table = make_table("pk", indexes={"idx": "x"})
    item = {"pk": {"S": "a"}, "x": value}
    assert invalid(dynamodb.put_item, TableName=table, Item=item) == text


def test_capacity_counts_the_larger_image_and_each_index(dynamodb, make_table):
    """Source: AWS, "Read and write operations": 1 unit for each KB begun, of the larger image;
    an index entry that moves is a delete and a put, one that stays as it is costs nothing."""
    table = make_table("pk", indexes={"glo": "x"})

    def put(**attributes):
        item = {"pk": {"S": "a"}, **{name: {"S": text} for name, text in attributes.items()}}
        return dynamodb.put_item(TableName=table, Item=item, ReturnConsumedCapacity="INDEXES")[
            "ConsumedCapacity"
        ]

    unit = {"CapacityUnits": 1.0}
    assert put() == {"TableName": table, "CapacityUnits": 1.0, "Table": unit}
    assert put(x="1") == {
        "TableName": table,
        "CapacityUnits": 2.0,
        "Table": unit,
        "GlobalSecondaryIndexes": {"glo": unit},
    }
    assert put(x="1") == {"TableName": table, "CapacityUnits": 1.0, "Table": unit}
    moved = put(x="2")
    assert moved["GlobalSecondaryIndexes"] == {"glo": {"CapacityUnits": 2.0}}
    assert moved["CapacityUnits"] == 3.0
    assert put(x="2", v="x" * 1024)["Table"] == {"CapacityUnits": 2.0}
    assert put()["Table"] == {"CapacityUnits": 2.0}


def test_total_names_no_indexes(dynamodb, make_table):
    table = make_table("pk", indexes={"glo": "x"})
    answer = dynamodb.put_item(
        TableName=table,
        Item={"pk": {"S": "a"}, "x": {"S": "b"}},
        ReturnConsumedCapacity="TOTAL",
    )
    assert answer["ConsumedCapacity"] == {"TableName": table, "CapacityUnits": 2.0}


def test_collection_metrics_come_with_a_local_index_only(dynamodb, make_table):
    """Source: AWS, API reference, "ItemCollectionMetrics"."""
    with_local = make_table("pk", "sk", local={"loc": "x"})
    without = make_table("pk", "sk")
    item = {"pk": {"S": "a"}, "sk": {"S": "b"}}
    answer = dynamodb.put_item(TableName=with_local, Item=item, ReturnItemCollectionMetrics="SIZE")
    assert answer["ItemCollectionMetrics"] == {
        "ItemCollectionKey": {"pk": {"S": "a"}},
        "SizeEstimateRangeGB": [0.0, 1.0],
    }
    answer = dynamodb.put_item(TableName=without, Item=item, ReturnItemCollectionMetrics="SIZE")
    assert "ItemCollectionMetrics" not in answer


@pytest.mark.parametrize(
    ("expected", "holds"),
    [
        ({"v": {"Value": {"N": "1"}}}, True),
        ({"v": {"Value": {"N": "2"}}}, False),
        ({"w": {"Exists": False}}, True),
        ({"v": {"Exists": False}}, False),
        ({"v": {"ComparisonOperator": "GE", "AttributeValueList": [{"N": "1"}]}}, True),
    ],
)
def test_expected_is_a_condition_of_the_older_form(dynamodb, table, expected, holds):
    """Source: AWS, developer guide, "Legacy conditional parameters"."""
    dynamodb.put_item(TableName=table, Item={**KEY, "v": {"N": "1"}})
    put = {"TableName": table, "Item": KEY, "Expected": expected}
    if holds:
        dynamodb.put_item(**put)
        return
    with pytest.raises(dynamodb.exceptions.ConditionalCheckFailedException):
        dynamodb.put_item(**put)


def test_a_table_may_be_named_by_its_arn(dynamodb, table):
    arn = dynamodb.describe_table(TableName=table)["Table"]["TableArn"]
    dynamodb.put_item(TableName=arn, Item=KEY)
    assert get(dynamodb, table, **KEY) == KEY
