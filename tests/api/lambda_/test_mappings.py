"""Event source mappings, from boto3 to a handler in its own process.

Source of shapes, states and texts: the Lambda API reference and recorded answers of AWS.
"""

import io
import itertools
import json
import os
import sys
import zipfile

import pytest
from botocore.exceptions import ClientError
from tests.tables import create_table

from headwater.testing import Stage

RUNTIME = f"python{sys.version_info.major}.{sys.version_info.minor}"
ROLE = "arn:aws:iam::000000000000:role/r"
NOBODY = "0c9a3c5e-6d3b-4a51-8a11-9a1f4f0c7d21"

# Appends what it sees to a file: [event name, key, records in the batch].
NOTE = """
import json, os

def handler(event, context):
    with open(os.environ["SEEN"], "a") as seen:
        for record in event["Records"]:
            key = record["dynamodb"]["Keys"]["pk"]["S"]
            line = [record["eventName"], key, len(event["Records"])]
            seen.write(json.dumps(line) + "\\n")
"""
RAISE = "def handler(event, context):\n    raise ValueError('boom')\n"

_numbers = itertools.count()


def zipped(source):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("app.py", source)
    return buffer.getvalue()


class Shop:
    """A table with a stream, a function that notes what it sees, and what connects them."""

    def __init__(self, node, directory):
        self.node = node
        self.name = f"shop-{os.getpid()}-{next(_numbers)}"
        self.file = directory / "seen"
        self.mapping = ""

    @property
    def dynamodb(self):
        return self.node.client("dynamodb")

    @property
    def functions(self):
        return self.node.client("lambda")

    def open(self, source=NOTE):
        self.make_function(self.name, source)
        table = create_table(self.dynamodb, self.name, view="NEW_AND_OLD_IMAGES")
        self.arn = table["LatestStreamArn"]
        return self

    def make_function(self, name, source=NOTE):
        self.functions.create_function(
            FunctionName=name,
            Runtime=RUNTIME,
            Role=ROLE,
            Handler="app.handler",
            Code={"ZipFile": zipped(source)},
            Environment={"Variables": {"SEEN": str(self.file)}},
        )

    def map(self, **params):
        given = {
            "EventSourceArn": self.arn,
            "FunctionName": self.name,
            "StartingPosition": "LATEST",
        }
        answer = self.functions.create_event_source_mapping(**(given | params))
        self.mapping = answer["UUID"]
        return answer

    def get(self):
        return self.functions.get_event_source_mapping(UUID=self.mapping)

    def put(self, key, **attributes):
        item = {"pk": {"S": key}, **{name: {"S": value} for name, value in attributes.items()}}
        self.dynamodb.put_item(TableName=self.name, Item=item)

    def seen(self):
        if not self.file.exists():
            return []
        return [json.loads(line) for line in self.file.read_text().splitlines()]

    def close(self):
        if self.mapping:
            try:
                self.functions.delete_event_source_mapping(UUID=self.mapping)
            except ClientError:
                pass  # the test did so, or is about a mapping that is in use


@pytest.fixture
def shop(node, tmp_path):
    opened = Shop(node, tmp_path).open()
    yield opened
    opened.close()


@pytest.fixture
def becomes(eventually):
    """Wait until a shop's mapping has a state."""

    def wait(shop, state):
        return eventually(lambda: shop.get()["State"] == state, what=f"state {state}")

    return wait


@pytest.fixture
def saw(eventually):
    """Wait until a shop's function has seen so many records; returns them."""

    def wait(shop, records):
        eventually(lambda: len(shop.seen()) >= records, what=f"seeing {records} records")
        return shop.seen()

    return wait


def test_every_change_reaches_the_handler_in_order(shop, saw):
    shop.map(StartingPosition="TRIM_HORIZON")
    for value in ("1", "2", "3"):
        shop.put("order", value=value)
    shop.dynamodb.delete_item(TableName=shop.name, Key={"pk": {"S": "order"}})
    names = [name for name, _, _ in saw(shop, 4)]
    assert names == ["INSERT", "MODIFY", "MODIFY", "REMOVE"]


def test_a_write_right_after_the_answer_is_seen_from_latest(shop, saw):
    shop.put("before")
    shop.map(StartingPosition="LATEST")
    shop.put("after")
    assert [key for _, key, _ in saw(shop, 1)] == ["after"]


def test_states_move_on_and_a_disabled_mapping_waits(shop, saw, becomes):
    answer = shop.map()
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 202
    assert answer["State"] == "Creating"
    becomes(shop, "Enabled")
    update = shop.functions.update_event_source_mapping
    answer = update(UUID=shop.mapping, Enabled=False)
    assert (answer["State"], answer["ResponseMetadata"]["HTTPStatusCode"]) == ("Disabling", 202)
    becomes(shop, "Disabled")
    shop.put("kept")
    assert update(UUID=shop.mapping, BatchSize=7)["State"] == "Updating"
    becomes(shop, "Disabled")
    assert shop.get()["BatchSize"] == 7
    assert shop.seen() == []
    assert update(UUID=shop.mapping, Enabled=True)["State"] == "Enabling"
    assert [key for _, key, _ in saw(shop, 1)] == ["kept"]
    becomes(shop, "Enabled")


def test_a_deleted_mapping_is_gone(shop, eventually):
    shop.map()
    eventually(lambda: shop.get()["State"] == "Enabled")
    answer = shop.functions.delete_event_source_mapping(UUID=shop.mapping)
    assert (answer["State"], answer["ResponseMetadata"]["HTTPStatusCode"]) == ("Deleting", 202)

    def gone():
        try:
            shop.get()
        except ClientError as refused:
            return refused.response
        return None

    response = eventually(gone)
    assert response["Error"] == {
        "Code": "ResourceNotFoundException",
        "Message": "The resource you requested does not exist.",
    }
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 404


def test_a_filter_keeps_records_from_the_handler(shop, saw):
    shop.map(FilterCriteria={"Filters": [{"Pattern": '{"eventName":["REMOVE"]}'}]})
    shop.put("a")
    shop.dynamodb.delete_item(TableName=shop.name, Key={"pk": {"S": "a"}})
    assert [name for name, _, _ in saw(shop, 1)] == ["REMOVE"]


def test_a_batch_is_gathered_for_the_length_of_the_window(node_factory, tmp_path, saw):
    flags = ("--initial-partitions", "1", "--clock", "virtual")
    node = node_factory(*flags, in_memory=True)
    shop = Shop(node, tmp_path).open()
    shop.map(MaximumBatchingWindowInSeconds=1)
    for key in "abc":
        shop.put(key)
    with Stage(node.url) as stage:
        stage.clock.advance("999ms")
        assert shop.seen() == []
        stage.clock.advance("1s")
    assert saw(shop, 3) == [["INSERT", key, 3] for key in "abc"]


def test_a_failing_handler_is_retried_until_it_is_mended(node, tmp_path, saw, eventually):
    shop = Shop(node, tmp_path).open(RAISE)
    assert shop.map()["LastProcessingResult"] == "No records processed"
    shop.put("precious")
    failed = "PROBLEM: Function call failed"
    eventually(lambda: shop.get()["LastProcessingResult"] == failed)
    shop.functions.update_function_code(FunctionName=shop.name, ZipFile=zipped(NOTE))
    assert saw(shop, 1) == [["INSERT", "precious", 1]]
    eventually(lambda: shop.get()["LastProcessingResult"] == "OK")
    shop.close()


def test_a_function_that_was_deleted_is_waited_for(shop, saw, eventually):
    shop.map()
    shop.functions.delete_function(FunctionName=shop.name)
    shop.put("patient")
    eventually(lambda: shop.get()["LastProcessingResult"].startswith("PROBLEM: Function not"))
    shop.make_function(shop.name)
    assert saw(shop, 1) == [["INSERT", "patient", 1]]


def test_a_node_that_is_killed_goes_on_where_it_was(node_factory, tmp_path, saw, eventually):
    node = node_factory()
    shop = Shop(node, tmp_path).open()
    shop.map()
    for number in range(5):
        shop.put(f"before {number}")
    saw(shop, 5)
    shop.put("last")
    node.kill()
    node.start()
    shop.put("after")

    def keys():
        return [key for _, key, _ in shop.seen()]

    # Not a number of records: what was in flight at the kill may be there twice.
    eventually(lambda: {"last", "after"} <= set(keys()), what="delivery after the kill")
    assert {f"before {number}" for number in range(5)} <= set(keys())


@pytest.mark.parametrize(
    ("params", "code", "status", "message"),
    [
        (
            {"BatchSize": 10_001},
            "ValidationException",
            400,
            "1 validation error detected: Value '10001' at 'batchSize' failed to satisfy "
            "constraint: Member must have value less than or equal to 10000",
        ),
        (
            {"MaximumBatchingWindowInSeconds": 301},
            "ValidationException",
            400,
            "1 validation error detected: Value '301' at 'maximumBatchingWindowInSeconds' failed "
            "to satisfy constraint: Member must have value less than or equal to 300",
        ),
        (
            {"StartingPosition": None},
            "InvalidParameterValueException",
            400,
            "1 validation error detected: Value null at 'startingPosition' failed to satisfy "
            "constraint: Member must not be null.",
        ),
        (
            {"FunctionName": "nobody"},
            "InvalidParameterValueException",
            400,
            "Function does not exist",
        ),
        (
            {"EventSourceArn": None},
            "InvalidParameterValueException",
            400,
            "Unrecognized event source.",
        ),
        (
            {"FilterCriteria": {"Filters": [{"Pattern": "text"}]}},
            "InvalidParameterValueException",
            400,
            "Invalid filter pattern definition.",
        ),
        (
            {"KMSKeyArn": "arn:aws:kms:us-east-1:000000000000:key/k"},
            "ValidationException",
            400,
            "KMSKeyArn of an event source mapping is not supported yet.",
        ),
    ],
)
def test_a_refusal_has_awss_code_status_and_text(node, tmp_path, params, code, status, message):
    client = node.client("lambda")
    shop = Shop(node, tmp_path)
    shop.make_function(shop.name)
    given = {
        "EventSourceArn": "arn:aws:dynamodb:us-east-1:000000000000:table/T/stream/2026-01-01",
        "FunctionName": shop.name,
        "StartingPosition": "LATEST",
    } | params
    given = {name: value for name, value in given.items() if value is not None}
    with pytest.raises(ClientError) as refused:
        client.create_event_source_mapping(**given)
    response = refused.value.response
    assert response["Error"] == {"Code": code, "Message": message}
    assert response["ResponseMetadata"]["HTTPStatusCode"] == status


def test_a_pair_is_mapped_once(shop):
    shop.map()
    with pytest.raises(ClientError) as refused:
        shop.functions.create_event_source_mapping(
            EventSourceArn=shop.arn, FunctionName=shop.name, StartingPosition="LATEST"
        )
    response = refused.value.response
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 409
    assert response["Error"]["Message"].endswith(f"mapping with UUID {shop.mapping}")


def test_mappings_are_listed_by_function_and_by_source(shop):
    shop.map()
    other = f"{shop.name}-other"
    shop.make_function(other)
    second = shop.functions.create_event_source_mapping(
        EventSourceArn=shop.arn, FunctionName=other, StartingPosition="LATEST"
    )["UUID"]

    def uuids(**given):
        pages = shop.functions.get_paginator("list_event_source_mappings").paginate(
            **given, PaginationConfig={"PageSize": 1}
        )
        return sorted(one["UUID"] for page in pages for one in page["EventSourceMappings"])

    assert uuids(EventSourceArn=shop.arn) == sorted([shop.mapping, second])
    assert uuids(FunctionName=other) == [second]
    arn = f"arn:aws:lambda:us-east-1:000000000000:function:{other}"
    assert uuids(FunctionName=arn, EventSourceArn=shop.arn) == [second]


def test_an_unknown_mapping_is_not_found(node):
    client = node.client("lambda")
    calls = (
        client.get_event_source_mapping,
        client.update_event_source_mapping,
        client.delete_event_source_mapping,
    )
    for call in calls:
        with pytest.raises(client.exceptions.ResourceNotFoundException):
            call(UUID=NOBODY)
