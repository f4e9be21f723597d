"""Scan as a client sees it. Texts are recorded answers of AWS, 2026."""

import pytest

START = "The provided starting key is invalid"


@pytest.fixture
def table(make_table, dynamodb):
    """40 items; every fourth has the key of the index."""
    name = make_table("pk", indexes={"glo": ("x", {"ProjectionType": "KEYS_ONLY"})})
    for number in range(40):
        item = {"pk": {"S": f"{number:02}"}, "n": {"N": str(number)}}
        if number % 4 == 0:
            item["x"] = {"S": "x"}
        dynamodb.put_item(TableName=name, Item=item)
    return name


def names(items):
    return [item["pk"]["S"] for item in items]


def pages(dynamodb, **ask):
    """All items of a paged scan, and how many pages it took."""
    found, count = [], 0
    while True:
        page = dynamodb.scan(**ask)
        found += page["Items"]
        count += 1
        if "LastEvaluatedKey" not in page:
            return found, count
        ask["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def test_a_scan_finds_every_item_once(dynamodb, table):
    answer = dynamodb.scan(TableName=table)
    assert sorted(names(answer["Items"])) == [f"{number:02}" for number in range(40)]
    assert (answer["Count"], answer["ScannedCount"]) == (40, 40)


def test_pages_join_to_the_whole(dynamodb, table):
    whole = dynamodb.scan(TableName=table)["Items"]
    found, count = pages(dynamodb, TableName=table, Limit=10)
    assert (found, count) == (whole, 5)  # the fourth page is full, so it cannot say it is the last


def test_an_index_is_scanned_page_by_page(dynamodb, table):
    found, _ = pages(dynamodb, TableName=table, IndexName="glo", Limit=3)
    assert sorted(names(found)) == [f"{number:02}" for number in range(0, 40, 4)]
    assert all(item.keys() == {"pk", "x"} for item in found)


@pytest.mark.parametrize("segments", [1, 3, 7])
def test_segments_share_the_items_among_them(dynamodb, table, segments):
    """Source: AWS, "Parallel scan"."""
    found = []
    for segment in range(segments):
        items, _ = pages(
            dynamodb, TableName=table, Segment=segment, TotalSegments=segments, Limit=5
        )
        found += items
    assert sorted(names(found)) == [f"{number:02}" for number in range(40)]


def test_a_filter_drops_items_after_they_are_read(dynamodb, table):
    answer = dynamodb.scan(
        TableName=table,
        FilterExpression="n < :n AND pk <> :p",
        ExpressionAttributeValues={":n": {"N": "3"}, ":p": {"S": "01"}},
        ProjectionExpression="n",
    )
    assert sorted(item["n"]["N"] for item in answer["Items"]) == ["0", "2"]
    assert (answer["Count"], answer["ScannedCount"]) == (2, 40)


def test_count_shows_no_items(dynamodb, table):
    answer = dynamodb.scan(TableName=table, Select="COUNT")
    assert (answer["Count"], "Items" in answer) == (40, False)


def test_scan_filter_is_a_filter_of_the_older_form(dynamodb, table):
    """Source: AWS, developer guide, "ScanFilter"."""
    answer = dynamodb.scan(
        TableName=table,
        ScanFilter={
            "n": {"ComparisonOperator": "LT", "AttributeValueList": [{"N": "3"}]},
            "x": {"ComparisonOperator": "NOT_NULL"},
        },
        ConditionalOperator="OR",
        AttributesToGet=["pk"],
    )
    assert sorted(names(answer["Items"])) == sorted(
        {"01", "02", *(f"{number:02}" for number in range(0, 40, 4))}
    )


@pytest.mark.parametrize(("consistent", "units"), [(False, 1.0), (True, 2.0)])
def test_capacity_of_a_page_is_of_its_bytes_together(dynamodb, make_table, consistent, units):
    """4 items of 2 + 1 + 1 + 1,500 bytes are 6,016 bytes: two units of 4 KB, or half."""
    table = make_table("pk")
    for letter in "abcd":
        dynamodb.put_item(TableName=table, Item={"pk": {"S": letter}, "v": {"S": "x" * 1500}})
    answer = dynamodb.scan(
        TableName=table, ConsistentRead=consistent, ReturnConsumedCapacity="TOTAL"
    )
    assert answer["ConsumedCapacity"] == {"TableName": table, "CapacityUnits": units}


@pytest.mark.parametrize(
    ("more", "text"),
    [
        (
            {"Segment": 0},
            "The TotalSegments parameter is required but was not present in the request when "
            "Segment parameter is present",
        ),
        (
            {"TotalSegments": 4},
            "The Segment parameter is required but was not present in the request when parameter "
            "TotalSegments is present",
        ),
        (
            {"Segment": 4, "TotalSegments": 4},
            "The Segment parameter is zero-based and must be less than parameter TotalSegments: "
            "Segment: 4 is not less than TotalSegments: 4",
        ),
        (
            {"Select": "SPECIFIC_ATTRIBUTES"},
            "Must specify the AttributesToGet or ProjectionExpression when choosing to get "
            "SPECIFIC_ATTRIBUTES",
        ),
        ({"IndexName": "none"}, "The table does not have the specified index: none"),
        (
            {"IndexName": "glo", "ConsistentRead": True},
            "Consistent reads are not supported on global secondary indexes",
        ),
        (
            {"ExclusiveStartKey": {"n": {"N": "1"}}},
            START + ": The provided key element does not match the schema",
        ),
        (
            {"ExpressionAttributeValues": {":v": {"N": "1"}}},
            "ExpressionAttributeValues can only be specified when using expressions: "
            "FilterExpression is null",
        ),
        (
            {"FilterExpression": "attribute_exists(n)", "AttributesToGet": ["n"]},
            "Can not use both expression and non-expression parameters in the same request: "
            "Non-expression parameters: {AttributesToGet} Expression parameters: "
            "{FilterExpression}",
        ),
        ({"ConditionalOperator": "OR"}, "ConditionalOperator cannot be used without Filter or "
         "Expected"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)  # fmt: skip
def test_what_a_scan_may_not_ask(dynamodb, table, invalid, more, text):
    assert invalid(dynamodb.scan, TableName=table, **more) == text


def test_a_start_key_has_to_lie_in_the_segment(dynamodb, table, invalid):
    first = dynamodb.scan(TableName=table, Segment=0, TotalSegments=2, Limit=1)
    text = invalid(
        dynamodb.scan,
        TableName=table,
        Segment=1,
        TotalSegments=2,
        ExclusiveStartKey=first["LastEvaluatedKey"],
    )
    assert text == (
        START + ": Invalid ExclusiveStartKey. Please use ExclusiveStartKey with correct Segment. "
        "TotalSegments: 2 Segment: 1"
    )


def test_the_limit_is_at_least_one(bare, table, invalid):
    assert invalid(bare.scan, TableName=table, Limit=0) == (
        "1 validation error detected: Value '0' at 'limit' failed to satisfy constraint: Member "
        "must have value greater than or equal to 1"
    )


def test_input_is_checked_before_the_table(dynamodb, refusal):
    code, _ = refusal(dynamodb.scan, TableName="no-such-table", Segment=1)
    assert code == "ValidationException"
    answer = refusal(dynamodb.scan, TableName="no-such-table")
    assert answer == ("ResourceNotFoundException", "Requested resource not found")
