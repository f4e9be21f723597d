"""Item operations against a model of them, on the in-memory engine and with time standing still.

The model is a dict and Python's own sorting; what AWS answers in words is tested in tests/api.
"""

from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.one_table import OneTable

from headwater.tables import stored
from headwater.values.attribute import canonical_item
from headwater.values.size import item_size


class Database(OneTable):
    """Every operation is one on T."""

    def __init__(self):
        super().__init__(loc="KEYS_ONLY")

    def __call__(self, operation, **params):
        return super().__call__(operation, **{"TableName": "T", **params})


SMALL = st.sampled_from("aab")
KEYS = st.fixed_dictionaries({"pk": SMALL, "sk": st.sampled_from("abcd")}).map(
    lambda key: {name: {"S": text} for name, text in key.items()}
)
ITEMS = st.builds(
    lambda key, more: {**key, **more},
    KEYS,
    st.fixed_dictionaries(
        {},
        optional={
            "grade": st.integers(-2, 2).map(lambda number: {"N": str(number)}),
            "colour": SMALL.map(lambda text: {"S": text}),
            "v": st.text(max_size=5).map(lambda text: {"S": text}),
            "n": st.decimals(-99, 99, places=2).map(lambda number: {"N": str(number)}),
        },
    ),
)
UPDATES = st.sampled_from(
    [
        ("SET v = :v, n = if_not_exists(n, :n) + :n", {":v": {"S": "é"}, ":n": {"N": "1.5"}}),
        ("REMOVE v, colour", None),
        ("SET colour = :v ADD grade :n", {":v": {"S": "c"}, ":n": {"N": "7"}}),
    ]
)
WRITES = st.one_of(
    st.tuples(st.just("PutItem"), ITEMS),
    st.tuples(st.just("DeleteItem"), KEYS),
    st.tuples(st.just("UpdateItem"), st.tuples(KEYS, UPDATES)),
)


def key_of(item):
    return item["pk"]["S"], item["sk"]["S"]


def write(database, operation, what):
    if operation == "PutItem":
        database("PutItem", Item=what)
    elif operation == "DeleteItem":
        database("DeleteItem", Key=what)
    else:
        key, (expression, values) = what
        more = {"ExpressionAttributeValues": values} if values else {}
        database("UpdateItem", Key=key, UpdateExpression=expression, **more)


@settings(max_examples=60, deadline=None)
@given(st.lists(WRITES, max_size=25))
def test_sizes_and_counters_are_those_of_the_items_there_are(writes):
    database = Database()
    for operation, what in writes:
        write(database, operation, what)
    (of_items, *_), counters = database.kept()
    rows = [row for _, row in of_items]
    items = [orjson.loads(stored.json_of(row)) for row in rows]
    sizes = [item_size(item) for item in items]
    assert [stored.size_of(row) for row in rows] == sizes
    assert counters[0] == (len(items), sum(sizes))
    assert counters[1][0] == sum("grade" in item for item in items)
    assert counters[2][0] == sum("grade" in item and "colour" in item for item in items)


@settings(max_examples=60, deadline=None)
@given(st.lists(ITEMS, max_size=25))
def test_what_was_put_last_is_what_is_got(items):
    database = Database()
    for item in items:
        database("PutItem", Item=item)
    for key, item in {key_of(item): item for item in items}.items():
        got = database("GetItem", Key={"pk": {"S": key[0]}, "sk": {"S": key[1]}})
        assert got["Item"] == canonical_item(item)[0]


@settings(max_examples=150, deadline=None)
@given(
    st.lists(ITEMS, max_size=30),
    st.sampled_from([None, "loc", "glo"]),
    st.sampled_from(["<", "<=", "=", ">", ">="]),
    st.integers(-2, 2),
    st.booleans(),
    st.integers(1, 5),
)
def test_a_query_page_by_page_is_python_filtering_and_sorting(
    items, index, operator, bound, forward, limit
):
    database = Database()
    for item in items:
        database("PutItem", Item=item)
    hash_name, range_name = ("pk", "sk") if index is None else ("pk", "grade")
    if index == "glo":
        hash_name = "colour"
    value = {"S": "abcd"[bound % 4]} if index is None else {"N": str(bound)}
    ask = {
        "KeyConditionExpression": f"{hash_name} = :h AND {range_name} {operator} :r",
        "ExpressionAttributeValues": {":h": {"S": "a"}, ":r": value},
        "ScanIndexForward": forward,
        "Limit": limit,
        **({"IndexName": index} if index else {}),
    }

    def place(item):
        gradeed = item["sk"]["S"] if index is None else int(item["grade"]["N"])
        return (gradeed, item["pk"]["S"], item["sk"]["S"])

    limit_value = value.get("S") or bound
    compare = {
        "<": lambda one: one < limit_value,
        "<=": lambda one: one <= limit_value,
        "=": lambda one: one == limit_value,
        ">": lambda one: one > limit_value,
        ">=": lambda one: one >= limit_value,
    }[operator]
    latest = {key_of(item): item for item in items}.values()
    wanted = [
        item
        for item in latest
        if item.get(hash_name) == {"S": "a"} and range_name in item and compare(place(item)[0])
    ]
    found = []
    while True:
        page = database("Query", **ask)
        assert page["Count"] == page["ScannedCount"] <= limit
        found += page["Items"]
        if index is None and operator == "=":
            break  # one row at most, and AWS refuses to start behind it
        if "LastEvaluatedKey" not in page:
            break
        ask["ExclusiveStartKey"] = page["LastEvaluatedKey"]
    in_order = [place(item)[0] for item in found]
    assert in_order == sorted(in_order, reverse=not forward)
    assert sorted(map(key_of, found)) == sorted(map(key_of, wanted))


@settings(max_examples=40, deadline=None)
@given(st.lists(ITEMS, max_size=30), st.integers(1, 9), st.integers(1, 4))
def test_segments_of_a_scan_share_the_items_among_them(items, segments, limit):
    database = Database()
    for item in items:
        database("PutItem", Item=item)
    found = []
    for segment in range(segments):
        ask = {"Segment": segment, "TotalSegments": segments, "Limit": limit}
        while True:
            page = database("Scan", **ask)
            found += page["Items"]
            if "LastEvaluatedKey" not in page:
                break
            ask["ExclusiveStartKey"] = page["LastEvaluatedKey"]
    assert sorted(map(key_of, found)) == sorted({key_of(item) for item in items})


def test_handlers_leave_the_request_as_it_is():
    """An engine may run a handler again after a conflict."""
    database = Database()
    key = {"pk": {"S": "a"}, "sk": {"S": "b"}}
    requests: list[tuple[str, dict[str, Any]]] = [
        ("PutItem", {"Item": {**key, "n": {"N": "1.0"}, "s": {"SS": ["b", "a"]}}}),
        (
            "UpdateItem",
            {
                "Key": key,
                "UpdateExpression": "SET m = :m",
                "ExpressionAttributeValues": {":m": {"M": {"x": {"N": "01"}}}},
                "ReturnValues": "ALL_NEW",
            },
        ),
        ("GetItem", {"Key": key, "ProjectionExpression": "m.x"}),
        ("BatchGetItem", {"RequestItems": {"T": {"Keys": [key]}}}),
        ("TransactWriteItems", {"TransactItems": [{"Delete": {"TableName": "T", "Key": key}}]}),
    ]
    for operation, params in requests:
        before = orjson.dumps(params)
        database(operation, **params)
        assert orjson.dumps(params) == before, operation
