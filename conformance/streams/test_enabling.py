"""Turning streams on and off: answers, statuses, ARNs and labels, and what each stream holds."""

import re
from typing import Any

import pytest

from kit.cases import (
    DESCRIBE_STREAM,
    GUIDE,
    RECORDED,
    STREAM_SPECIFICATION,
    TABLE_MODEL,
    complete,
    core,
    strict,
)
from kit.endpoint import TABLES, Endpoint, Json, Refusal, unique
from kit.past import HISTORY, Past, Renewed
from kit.reader import Reader
from kit.tables import BOTH, VIEWS, Table, Tables, wait_status

ON = {"StreamEnabled": True, "StreamViewType": BOTH}


@core(STREAM_SPECIFICATION)
def test_create_table_tells_the_stream(table: Table) -> None:
    assert table.created["StreamSpecification"] == ON
    assert table.created["LatestStreamArn"] == table.arn
    assert table.created["LatestStreamLabel"] == table.arn.rpartition("/")[2]


@core(STREAM_SPECIFICATION)
def test_describe_table_tells_the_stream(table: Table) -> None:
    described = table.describe()
    assert described["StreamSpecification"] == ON
    assert described["LatestStreamArn"] == table.arn
    assert described["LatestStreamLabel"] == table.arn.rpartition("/")[2]


@core(GUIDE)
def test_a_streams_arn_is_the_tables_and_a_label(table: Table) -> None:
    described = table.describe()
    assert table.arn == f"{described['TableArn']}/stream/{described['LatestStreamLabel']}"


@core(f"{DESCRIBE_STREAM}: the label is a timestamp in ISO 8601")
def test_a_label_is_a_time_with_milliseconds(table: Table) -> None:
    label = table.arn.rpartition("/")[2]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}", label)


@core(STREAM_SPECIFICATION)
@pytest.mark.parametrize("given", [None, {"StreamEnabled": False}], ids=["absent", "false"])
def test_a_table_without_a_stream_tells_none(
    endpoint: Endpoint, tables: Tables, given: Json | None
) -> None:
    name = tables.name()
    create = creation(name, given) if given else creation(name)
    assert endpoint.post("CreateTable", create, api=TABLES).status == 200
    described = Table(endpoint, name, {}).wait_active()
    assert not {"StreamSpecification", "LatestStreamArn", "LatestStreamLabel"} & described.keys()


@core(STREAM_SPECIFICATION)
@pytest.mark.parametrize("view", VIEWS)
def test_each_view_type_can_be_had(endpoint: Endpoint, tables: Tables, view: str) -> None:
    arn = tables.shared(view).arn
    described = endpoint.streams.describe_stream(StreamArn=arn)["StreamDescription"]
    assert described["StreamViewType"] == view


def creation(name: str, specification: Any = None) -> Json:
    """A CreateTable request."""
    request: Json = {
        "TableName": name,
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
    }
    return request if specification is None else {**request, "StreamSpecification": specification}


REFUSED: dict[str, Json] = {
    "no view": {"StreamEnabled": True},
    "unknown view": {"StreamEnabled": True, "StreamViewType": "IMAGES"},
    "no StreamEnabled": {"StreamViewType": BOTH},
}


@complete(f"{STREAM_SPECIFICATION}; {TABLE_MODEL}")
@pytest.mark.parametrize("what", REFUSED)
def test_create_table_refuses_half_a_specification(
    endpoint: Endpoint, tables: Tables, what: str
) -> None:
    request = creation(tables.name(), REFUSED[what])
    refusal = endpoint.refused("CreateTable", request, api=TABLES)
    assert refusal.code == "ValidationException"


@strict(RECORDED)
def test_create_table_refuses_a_view_of_no_stream(endpoint: Endpoint, tables: Tables) -> None:
    request = creation(tables.name(), {"StreamEnabled": False, "StreamViewType": BOTH})
    refusal = endpoint.refused("CreateTable", request, api=TABLES)
    assert refusal.code == "ValidationException"
    assert refusal.message == (
        "One or more parameter values were invalid: Table is being created with a stream "
        "disabled, UpdateViewType should not be specified"
    )


def refused_update(endpoint: Endpoint, name: str, specification: Json) -> Refusal:
    """The refusal of an UpdateTable."""
    request = {"TableName": name, "StreamSpecification": specification}
    return endpoint.refused("UpdateTable", request, api=TABLES)


@complete(f"{STREAM_SPECIFICATION}; {TABLE_MODEL}")
@pytest.mark.parametrize("what", REFUSED)
def test_update_table_refuses_half_a_specification(
    endpoint: Endpoint, tables: Tables, what: str, closed: Past
) -> None:
    refusal = refused_update(endpoint, closed.table.name, REFUSED[what])
    assert refusal.code == "ValidationException"


@complete(f"{STREAM_SPECIFICATION}; {RECORDED}; older pages say ResourceInUseException")
@pytest.mark.parametrize("view", [BOTH, "KEYS_ONLY"], ids=["same view", "other view"])
def test_a_stream_that_is_on_cannot_be_turned_on(
    endpoint: Endpoint, table: Table, view: str
) -> None:
    on = {"StreamEnabled": True, "StreamViewType": view}
    refusal = refused_update(endpoint, table.name, on)
    assert refusal.code in ("ValidationException", "ResourceInUseException")


@strict(RECORDED)
def test_the_refusal_to_turn_it_on_again_names_the_table(endpoint: Endpoint, table: Table) -> None:
    refusal = refused_update(endpoint, table.name, ON)
    assert refusal.code == "ValidationException"
    assert refusal.message == f"Table already has an enabled stream: TableName: {table.name}"


@complete(f"{STREAM_SPECIFICATION}; {RECORDED}")
def test_a_stream_that_is_off_cannot_be_turned_off(endpoint: Endpoint, closed: Past) -> None:
    refusal = refused_update(endpoint, closed.table.name, {"StreamEnabled": False})
    assert refusal.code == "ValidationException"


@core(GUIDE)
def test_a_stream_turned_on_later_holds_what_comes_later(
    endpoint: Endpoint, tables: Tables
) -> None:
    table = tables.own(None)
    early, late = ({"pk": {"S": unique(when)}} for when in ("early", "late"))
    table.put(early)
    arn = table.specify(True, BOTH)["LatestStreamArn"]
    wait_status(endpoint, arn, "ENABLED")
    table.put(late)
    table.delete(early)
    reader = Reader(endpoint, arn)
    (insert,), (removal,) = reader.wait_for(late, 1), reader.wait_for(early, 1)
    assert insert["eventName"] == "INSERT"
    # The item is older than the stream, its removal is not.
    assert removal["eventName"] == "REMOVE"
    assert removal["dynamodb"]["OldImage"] == early


@complete(STREAM_SPECIFICATION)
def test_update_table_tells_the_stream_at_once(endpoint: Endpoint, tables: Tables) -> None:
    name = tables.own(None).name
    told = endpoint.dynamodb.update_table(TableName=name, StreamSpecification=ON)[
        "TableDescription"
    ]
    assert told["StreamSpecification"] == ON
    assert told["TableStatus"] in ("UPDATING", "ACTIVE")
    assert told["LatestStreamArn"].endswith("/stream/" + told["LatestStreamLabel"])


@core(f"{GUIDE}: disabling a stream")
def test_a_stream_turned_off_is_disabled(endpoint: Endpoint, closed: Past) -> None:
    described = endpoint.streams.describe_stream(StreamArn=closed.arn)["StreamDescription"]
    assert described["StreamStatus"] == "DISABLED"
    assert described["StreamViewType"] == BOTH


@core(STREAM_SPECIFICATION)
def test_a_table_whose_stream_is_off_tells_no_specification(renewed: Renewed) -> None:
    assert not renewed.disabled.get("StreamSpecification", {}).get("StreamEnabled")


@core(f"{GUIDE}: its data stay readable for 24 hours")
def test_a_disabled_stream_can_be_read(endpoint: Endpoint, closed: Past) -> None:
    reader = Reader(endpoint, closed.arn)
    reader.wait_for_end()
    assert [seen.record["eventID"] for seen in reader.seen] == closed.ids
    assert len(reader.of(closed.key)) == HISTORY


@core(f"{GUIDE}: its data stay readable for 24 hours")
def test_a_disabled_stream_is_listed(endpoint: Endpoint, closed: Past) -> None:
    listed = endpoint.streams.list_streams(TableName=closed.table.name)["Streams"]
    assert [stream["StreamArn"] for stream in listed] == [closed.arn]


@core(f"{GUIDE}: a stream turned on again has a new descriptor")
def test_turning_it_on_again_makes_another_stream(renewed: Renewed) -> None:
    assert renewed.second != renewed.table.arn
    assert renewed.described["LatestStreamLabel"] == renewed.second.rpartition("/")[2]
    assert renewed.described["LatestStreamLabel"] > renewed.table.created["LatestStreamLabel"]
    assert renewed.described["StreamSpecification"]["StreamViewType"] == "NEW_IMAGE"


@core(f"{GUIDE}: a stream turned on again has a new descriptor")
def test_both_streams_are_listed(endpoint: Endpoint, renewed: Renewed) -> None:
    listed = endpoint.streams.list_streams(TableName=renewed.table.name)["Streams"]
    assert {each["StreamArn"] for each in listed} == {renewed.table.arn, renewed.second}


@core(GUIDE)
def test_each_stream_holds_the_changes_of_its_own_time(
    endpoint: Endpoint, renewed: Renewed
) -> None:
    first = Reader(endpoint, renewed.table.arn)
    first.wait_for_end()
    second = Reader(endpoint, renewed.second)
    second.wait_for(renewed.after, 1)
    assert [seen.record["dynamodb"]["Keys"] for seen in first.seen] == [renewed.before]
    assert [seen.record["dynamodb"]["Keys"] for seen in second.seen] == [renewed.after]


@core(GUIDE)
def test_each_stream_keeps_its_own_view(endpoint: Endpoint, renewed: Renewed) -> None:
    for arn, key, view in (
        (renewed.table.arn, renewed.before, "KEYS_ONLY"),
        (renewed.second, renewed.after, "NEW_IMAGE"),
    ):
        (record,) = Reader(endpoint, arn).wait_for(key, 1)
        assert record["dynamodb"]["StreamViewType"] == view
        assert ("NewImage" in record["dynamodb"]) == (view == "NEW_IMAGE")


@complete(GUIDE)
def test_the_streams_of_a_table_share_no_shards(endpoint: Endpoint, renewed: Renewed) -> None:
    one, other = (
        endpoint.streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
        for arn in (renewed.table.arn, renewed.second)
    )
    assert not {shard["ShardId"] for shard in one} & {shard["ShardId"] for shard in other}
