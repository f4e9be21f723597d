"""DeleteItem as a client sees it. Texts are recorded answers of AWS, mid-2026."""

import pytest

ITEM = {"pk": {"S": "a"}, "v": {"N": "1"}}
KEY = {"pk": {"S": "a"}}


@pytest.fixture
def table(make_table, dynamodb):
    name = make_table("pk")
    dynamodb.put_item(TableName=name, Item=ITEM)
    return name


def test_a_deleted_item_is_gone_and_deleting_it_again_is_fine(dynamodb, table):
    assert dynamodb.delete_item(TableName=table, Key=KEY).keys() == {"ResponseMetadata"}
    assert "Item" not in dynamodb.get_item(TableName=table, Key=KEY)
    dynamodb.delete_item(TableName=table, Key=KEY)


def test_all_old_returns_what_was_deleted(dynamodb, table):
    answer = dynamodb.delete_item(TableName=table, Key=KEY, ReturnValues="ALL_OLD")
    assert answer["Attributes"] == ITEM
    answer = dynamodb.delete_item(TableName=table, Key=KEY, ReturnValues="ALL_OLD")
    assert "Attributes" not in answer


def test_other_return_values_are_refused_without_prefix(dynamodb, table, invalid):
    text = invalid(dynamodb.delete_item, TableName=table, Key=KEY, ReturnValues="ALL_NEW")
    assert text == "ReturnValues can only be ALL_OLD or NONE"


def test_a_condition_decides(dynamodb, table):
    delete = {
        "TableName": table,
        "Key": KEY,
        "ConditionExpression": "v = :v",
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }
    with pytest.raises(dynamodb.exceptions.ConditionalCheckFailedException) as caught:
        dynamodb.delete_item(**delete, ExpressionAttributeValues={":v": {"N": "2"}})
    assert caught.value.response["Item"] == ITEM
    dynamodb.delete_item(**delete, ExpressionAttributeValues={":v": {"N": "1"}})
    assert "Item" not in dynamodb.get_item(TableName=table, Key=KEY)


def test_expected_is_a_condition_of_the_older_form(dynamodb, table):
    with pytest.raises(dynamodb.exceptions.ConditionalCheckFailedException):
        dynamodb.delete_item(TableName=table, Key=KEY, Expected={"v": {"Exists": False}})
    dynamodb.delete_item(TableName=table, Key=KEY, Expected={"v": {"Value": {"N": "1"}}})


def test_a_delete_costs_by_the_old_item_and_by_its_index_entries(dynamodb, make_table):
    """Source: AWS, "Read and write operations": by the size of the deleted item; missing: 1."""
    table = make_table("pk", indexes={"glo": ("x", {"ProjectionType": "KEYS_ONLY"})})
    item = {"pk": {"S": "a"}, "x": {"S": "b"}, "v": {"S": "x" * 2048}}
    dynamodb.put_item(TableName=table, Item=item)
    delete = {"TableName": table, "Key": KEY, "ReturnConsumedCapacity": "INDEXES"}
    assert dynamodb.delete_item(**delete)["ConsumedCapacity"] == {
        "TableName": table,
        "CapacityUnits": 4.0,
        "Table": {"CapacityUnits": 3.0},
        "GlobalSecondaryIndexes": {"glo": {"CapacityUnits": 1.0}},
    }
    assert dynamodb.delete_item(**delete)["ConsumedCapacity"]["CapacityUnits"] == 1.0


@pytest.mark.parametrize("key", [{}, {"v": {"S": "a"}}, {"pk": {"N": "1"}}])
def test_a_key_has_to_fit_the_schema(dynamodb, table, invalid, key):
    text = invalid(dynamodb.delete_item, TableName=table, Key=key)
    assert text == "The provided key element does not match the schema"


def test_a_missing_table_is_told(dynamodb, refusal):
    answer = refusal(dynamodb.delete_item, TableName="no-such-table", Key=KEY)
    assert answer == ("ResourceNotFoundException", "Requested resource not found")
