"""BatchWriteItem as a client sees it. Texts are recorded answers of AWS, 2026."""

import pytest


def put(name, **more):
    return {"PutRequest": {"Item": {"pk": {"S": name}, **more}}}


def delete(name):
    return {"DeleteRequest": {"Key": {"pk": {"S": name}}}}


@pytest.fixture
def table(make_table):
    return make_table("pk", indexes={"glo": "x"})


@pytest.fixture
def names(dynamodb):
    """names(table): the partition keys of all items."""
    return lambda table: sorted(i["pk"]["S"] for i in dynamodb.scan(TableName=table)["Items"])


def test_puts_and_deletes_of_several_tables(dynamodb, table, make_table, names):
    other = make_table("pk")
    dynamodb.put_item(TableName=table, Item={"pk": {"S": "old"}})
    answer = dynamodb.batch_write_item(
        RequestItems={table: [put("a"), delete("old"), delete("none")], other: [put("b")]}
    )
    assert answer["UnprocessedItems"] == {}
    assert (names(table), names(other)) == (["a"], ["b"])


def test_capacity_is_rounded_for_each_item_and_indexes_are_told(dynamodb, table):
    answer = dynamodb.batch_write_item(
        RequestItems={table: [put("a"), put("b", x={"S": "1"}), delete("none")]},
        ReturnConsumedCapacity="INDEXES",
    )
    assert answer["ConsumedCapacity"] == [
        {
            "TableName": table,
            "CapacityUnits": 4.0,
            "Table": {"CapacityUnits": 3.0},
            "GlobalSecondaryIndexes": {"glo": {"CapacityUnits": 1.0}},
        }
    ]


def test_collection_metrics_tell_each_collection_once(dynamodb, make_table):
    table = make_table("pk", "sk", local={"loc": "x"})
    requests = [put("a", sk={"S": "1"}), put("a", sk={"S": "2"}), put("b", sk={"S": "1"})]
    answer = dynamodb.batch_write_item(
        RequestItems={table: requests}, ReturnItemCollectionMetrics="SIZE"
    )
    told = answer["ItemCollectionMetrics"][table]
    assert [one["ItemCollectionKey"] for one in told] == [{"pk": {"S": "a"}}, {"pk": {"S": "b"}}]
    assert all(one["SizeEstimateRangeGB"] == [0.0, 1.0] for one in told)


@pytest.mark.parametrize(
    ("requests", "text"),
    [
        ([put("a"), delete("a")], "Provided list of item keys contains duplicates"),
        (
            [{"PutRequest": {"Item": {"pk": {"N": "1"}}}}],
            "The provided key element does not match the schema",
        ),
        (
            [{"PutRequest": {"Item": {"v": {"N": "1"}}}}],
            "The provided key element does not match the schema",
        ),
        (
            [put("")],
            "One or more parameter values are not valid. The AttributeValue for a key attribute "
            "cannot contain an empty string value. Key: pk",
        ),
        (
            [put("a", x={"N": "1"})],
            "One or more parameter values were invalid: Type mismatch for Index Key x Expected: S "
            "Actual: N IndexName: glo",
        ),
        (
            [put("a", s={"SS": []})],
            "One or more parameter values were invalid: An string set  may not be empty",
        ),
        ([put("a", v={"S": "x" * 409_600})], "Item size has exceeded the maximum allowed size"),
        (
            [{}],
            "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes",
        ),
        (
            [{**put("a"), **delete("b")}],
            "Supplied AttributeValue has more than one datatypes set, must contain exactly one of "
            "the supported datatypes",
        ),
    ],
    ids=["twice", "type", "missing", "empty", "index", "set", "size", "none", "both"],
)
def test_a_batch_with_a_fault_writes_nothing(dynamodb, table, invalid, names, requests, text):
    given = {table: [put("good"), *requests]}
    assert invalid(dynamodb.batch_write_item, RequestItems=given) == text
    assert names(table) == []


def test_at_most_25_requests_in_a_table_and_in_all(bare, dynamodb, table, make_table, invalid):
    requests = [put(str(number)) for number in range(26)]
    text = invalid(bare.batch_write_item, RequestItems={table: requests})
    assert text.startswith(f"1 validation error detected: Value '{{{table}=[")
    assert text.endswith(
        "]}' at 'requestItems' failed to satisfy constraint: Map value must satisfy constraint: "
        "[Member must have length less than or equal to 25, Member must have length greater than "
        "or equal to 1]"
    )
    other = make_table("pk")
    both = {table: requests[:20], other: requests[:6]}
    assert invalid(dynamodb.batch_write_item, RequestItems=both) == (
        "Too many items requested for the BatchWriteItem call"
    )


def test_an_empty_batch_is_told_as_a_missing_one(bare, invalid):
    assert invalid(bare.batch_write_item, RequestItems={}) == (
        "The requestItems parameter is required for BatchWriteItem"
    )


def test_one_missing_table_fails_the_batch(dynamodb, table, refusal, names):
    answer = refusal(
        dynamodb.batch_write_item, RequestItems={table: [put("a")], "no-such-table": [put("a")]}
    )
    assert answer == ("ResourceNotFoundException", "Requested resource not found")
    assert names(table) == []
