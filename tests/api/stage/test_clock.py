"""A node's time, moved from outside. Expected moments: AWS's documented limits, and arithmetic."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from tests.tables import create_table

from headwater.testing import Refused, Stage

HOUR_MS = 3_600_000
SLOW = """
import time

def handler(event, context):
    time.sleep(0.4)
"""
# At work until the file is there.
GATED = """
import os, time

def handler(event, context):
    while not os.path.exists({!r}):
        time.sleep(0.01)
"""
FAILING = """
def handler(event, context):
    raise ValueError("no")
"""


def test_the_machine_s_clock_cannot_be_moved(headwater):
    with pytest.raises(Refused, match="--clock virtual"):
        headwater.stage.clock.advance("1h")
    assert not headwater.stage.clock.is_virtual
    assert abs(headwater.stage.clock.now_ms - time.time() * 1000) < 5_000


@pytest.mark.headwater(clock="virtual")
def test_a_virtual_clock_stands_still_until_it_is_moved(headwater):
    clock = headwater.stage.clock
    before = clock.now_ms
    until = time.monotonic() + 0.02
    while time.monotonic() < until:
        assert clock.now_ms == before
    assert clock.advance("1h30m") == datetime.fromtimestamp(before / 1000, UTC) + timedelta(
        hours=1.5
    )
    assert clock.now_ms == before + 90 * 60 * 1000
    clock.advance(hours=1)
    clock.move_to(clock.now_ms + 5)
    clock.move_to(clock.now + timedelta(minutes=1))
    assert clock.now_ms == before + 90 * 60 * 1000 + HOUR_MS + 5 + 60_000


@pytest.mark.headwater(clock="virtual")
@pytest.mark.parametrize(
    ("body", "advice"),
    [
        ({"to": 5}, "time does not go back"),
        ({"advance": "soon"}, "give a duration as"),
        ({"advance_ms": -1}, "give a whole number"),
        ({}, "say how far"),
        ({"advance": "1h", "to": 5}, "in one way"),
        ({"to": "2999-01-01T00:00:00Z"}, "give a moment"),
        ({"advance": "1h", "slowly": True}, "say how far"),
    ],
)
def test_what_time_cannot_do_is_refused_with_advice(headwater, body, advice):
    before = headwater.stage.clock.now_ms
    with pytest.raises(Refused, match=advice):
        headwater.stage.remote.post("clock", **body)
    assert headwater.stage.clock.now_ms == before


@pytest.mark.headwater("--clock-start", "2030-01-02T03:04:05Z", clock="virtual")
def test_time_starts_where_it_is_told(headwater, dynamodb, table):
    # Other tests of this node may have moved it on, but not by years.
    assert headwater.stage.clock.now.year == 2030
    created = dynamodb.describe_table(TableName="Orders")["Table"]["CreationDateTime"]
    assert created.astimezone(UTC).year == 2030


@pytest.mark.headwater(clock="virtual")
def test_two_days_with_all_that_is_in_them_take_a_moment(
    headwater, dynamodb, table, put, shards_of
):
    """Four shards, each rolled over every four hours, give or take an eighth: in 48 hours 10 to 13
    times; those closed more than 24 hours ago are gone."""
    put("a", "b", "c", "d")
    before = {shard["ShardId"] for shard in shards_of()}
    began = time.monotonic()
    headwater.stage.clock.advance("48h")
    took_s = time.monotonic() - began
    kept = shards_of()
    assert not before & {shard["ShardId"] for shard in kept}
    assert 4 * 6 <= len(kept) <= 4 * 8
    assert headwater.stage.changes("Orders") == []
    # 0.1 s on an idle machine; a busy one must not fail the test.
    assert took_s < 60, took_s


@pytest.mark.headwater(clock="virtual")
def test_an_iterator_expires_after_15_minutes(
    headwater, table, shards_of, iterator_of, streams, refusal
):
    """Source: AWS, GetShardIterator: "expires 15 minutes after it is retrieved"."""
    iterator = iterator_of(shards_of()[0]["ShardId"])
    headwater.stage.clock.advance("15m")
    assert streams.get_records(ShardIterator=iterator)["Records"] == []
    headwater.stage.clock.advance(milliseconds=1)
    assert refusal(streams.get_records, ShardIterator=iterator) == "ExpiredIteratorException"


@pytest.mark.headwater(clock="virtual")
def test_an_item_goes_in_the_second_after_its_time_to_live(headwater, dynamodb, table, put):
    now_s = headwater.stage.clock.now_ms // 1000
    dynamodb.update_time_to_live(
        TableName="Orders", TimeToLiveSpecification={"Enabled": True, "AttributeName": "ends"}
    )
    put("a", ends=now_s + 3600)
    headwater.stage.clock.move_to((now_s + 3600) * 1000 + 999)
    assert dynamodb.scan(TableName="Orders")["Count"] == 1
    headwater.stage.clock.advance(milliseconds=1)
    assert dynamodb.scan(TableName="Orders")["Count"] == 0
    last = headwater.stage.changes("Orders")[-1]
    assert (last["eventName"], last["userIdentity"]["type"]) == ("REMOVE", "Service")


@pytest.mark.headwater(clock="virtual")
def test_a_failing_batch_is_tried_as_time_passes_and_then_given_up(
    headwater, table, put, deploy, tried
):
    """Three tries: the first and MaximumRetryAttempts more."""
    mapping = deploy(FAILING, MaximumRetryAttempts=2)
    put("a")
    waiting = tried()
    assert waiting["attempts"] == 1
    assert waiting["next_try_ms"] > headwater.stage.clock.now_ms
    headwater.stage.clock.advance("5m")
    headwater.stage.idle(0)
    found = headwater.client("lambda").get_event_source_mapping(UUID=mapping)
    assert "PROBLEM" in found["LastProcessingResult"]


@pytest.mark.headwater(clock="virtual")
def test_time_waits_for_a_batch_that_is_at_a_function(headwater, table, put, deploy):
    deploy(SLOW)
    put("a")
    headwater.stage.clock.advance("1h")
    # Nothing is waited for here: the journey has waited.
    headwater.stage.idle(0)


@pytest.mark.headwater(clock="virtual")
def test_time_passes_a_batch_by_if_it_is_told_to(headwater, table, put, deploy, at_work, tmp_path):
    gate = tmp_path / "gate"
    deploy(GATED.format(str(gate)))
    put("a")
    at_work()
    before = headwater.stage.clock.now_ms
    headwater.stage.clock.advance("1h", wait_ms=0)
    assert headwater.stage.clock.now_ms == before + HOUR_MS
    assert not headwater.stage.waiting()["idle"]
    gate.touch()
    headwater.stage.idle()


@pytest.mark.headwater(clock="virtual")
def test_time_that_has_waited_in_vain_says_for_what_and_stands(
    headwater, table, put, deploy, at_work, tmp_path
):
    gate = tmp_path / "gate"
    deploy(GATED.format(str(gate)))
    put("a")
    at_work()
    before = headwater.stage.clock.now_ms
    with pytest.raises(Refused, match=r"1 records of .* at function app") as caught:
        headwater.stage.clock.advance("1h", wait_ms=50)
    assert caught.value.status == 409
    assert headwater.stage.clock.now_ms == before
    gate.touch()
    headwater.stage.idle()


@pytest.mark.headwater(clock="virtual")
def test_a_batching_window_lasts_its_virtual_seconds(headwater, table, put, deploy):
    deploy("def handler(event, context): pass", MaximumBatchingWindowInSeconds=60, BatchSize=1000)
    headwater.stage.idle()
    put("a")
    headwater.stage.clock.advance(seconds=59)
    (waiting,) = headwater.stage.waiting()["mappings"]
    assert waiting["phase"] == "window"
    headwater.stage.clock.advance(seconds=1)
    headwater.stage.idle(0)


def test_a_node_that_is_started_again_does_not_go_back_in_time(node_factory):
    node = node_factory("--clock", "virtual", "--sync", "off")
    create_table(node.client("dynamodb"), "Orders", view="KEYS_ONLY")
    with Stage(node.url) as stage:
        stage.clock.advance("48h")
        node.client("dynamodb").put_item(TableName="Orders", Item={"pk": {"S": "a"}})
        before = stage.clock.now_ms
        node.restart()
        assert stage.clock.now_ms == before
        assert len(stage.changes("Orders")) == 1


@pytest.mark.headwater(clock="virtual")
def test_what_is_due_is_told_with_its_moment(headwater, eventually):
    clock = headwater.stage.clock
    dynamodb = headwater.client("dynamodb")
    dynamodb.create_table(
        TableName="Sessions",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    ttl = {"Enabled": True, "AttributeName": "ends"}
    dynamodb.update_time_to_live(TableName="Sessions", TimeToLiveSpecification=ttl)
    ends_s = clock.now_ms // 1000 + 600
    item = {"id": {"S": "1"}, "ends": {"N": str(ends_s)}}
    dynamodb.put_item(TableName="Sessions", Item=item)

    def due():
        told = headwater.stage.remote.get("clock")
        assert told["next_ms"] == told["due"][0]["at_ms"]
        return {one["what"]: one["at_ms"] for one in told["due"]}

    ttl_is_due = "the time to live of an item ends, and it is deleted"
    # Deleted in the second after the one that the item names, whose end must have passed.
    at_ms = eventually(lambda: due().get(ttl_is_due), what="the item is known to end")
    assert at_ms // 1000 in (ends_s, ends_s + 1)
    moments = list(due().values())
    assert moments == sorted(moments)
    clock.advance(seconds=602)
    assert ttl_is_due not in due()
