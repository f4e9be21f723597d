"""Item operations against a model of them, on the in-memory engine and with time standing still.

The model is a dict and Python's own sorting; what AWS answers in words is tested in tests/api.
"""

from types import SimpleNamespace
from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from headwater.arns import Scope
from headwater.clock import ManualClock
from headwater.ids import SeededIds
from headwater.operations.call import Call
from headwater.operations.dynamodb import OPERATIONS
from headwater.storage.local import LocalTransaction
from headwater.storage.memory import open_memory
from headwater.tables import definition, stored
from headwater.tables.catalog import Catalog
from headwater.tables.schema import Index, Schema
from headwater.values.attribute import canonical_item
from headwater.values.size import item_size

SCOPE = Scope("000000000000", "us-east-1")
INDEXES = (
    Index(1, "loc", False, ("pk",), ("grade",), "KEYS_ONLY"),
    Index(2, "glo", True, ("colour",), ("grade",), "ALL"),
)


class Database:
    """One table with a stream and two indexes, called as the front door calls."""

    def __init__(self):
        self.clock = ManualClock(1_772_600_767_891)
        self.engine = open_memory(self.clock)
        self.node: Any = SimpleNamespace(clock=self.clock, catalog=Catalog(), engine=self.engine)
        types = {"pk": "S", "sk": "S", "grade": "N", "colour": "S"}
        schema = Schema(
            SCOPE, "T", 1, "u", 0, types, "pk", "sk", "PAY_PER_REQUEST", (0, 0), (0,), INDEXES, 3
        )
        ids = SeededIds(1)
        self._commit(
            lambda tx: definition.create(
                tx, self.node.catalog, ids, self.clock.now_ms(), schema, "NEW_AND_OLD_IMAGES"
            )
        )

    def _commit(self, work):
        tx = LocalTransaction(self.engine)
        answer = work(tx)
        tx.commit()
        self.engine.push()
        return answer

    def __call__(self, operation, **params):
        call = Call("dynamodb", operation, SCOPE, {"TableName": "T", **params}, "R", self.node)

        def work(tx):
            call.tx = tx
            return OPERATIONS[operation](call)

        answer = self._commit(work)
        return orjson.loads(answer) if isinstance(answer, bytes) else answer

    def rows(self):
        """Stored items by key, and counters of the table and its indexes."""
        tx = LocalTransaction(self.engine)
        table = self.node.catalog.find(tx, SCOPE, "T")
        found = tx.range(table.prefix, table.prefix + b"\xff" * 8)
        counters = [tx.counter(table.counter_key)]
        counters += [tx.counter(plan.counter_key) for plan in table.plans]
        return [value for _, value in found], counters


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
    rows, counters = database.rows()
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
