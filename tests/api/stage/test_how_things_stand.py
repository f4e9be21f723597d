"""idle, explain, changes, reset: what a node tells about what became of what it was given."""

import threading
import time

import pytest
from botocore.exceptions import ClientError
from tests.tables import create_table

from headwater.testing import NotIdle, Refused, Stage

ONE = pytest.mark.headwater("--initial-partitions", "1", clock="virtual")
TAKES_ALL = "def handler(event, context): pass"
PICKY = """
def handler(event, context):
    for record in event["Records"]:
        if record["dynamodb"]["Keys"]["pk"]["S"].startswith("bad"):
            raise ValueError("cannot take it")
"""


def fates(stage):
    """The fate of each change with the one mapping there is, by key."""
    return {
        record["dynamodb"]["Keys"]["pk"]["S"]: stage.explain(record["eventID"])["mappings"][0]
        for record in stage.changes("Orders")
    }


def test_a_node_without_mappings_is_idle(headwater, table, put):
    put("a")
    headwater.stage.idle(0)


def test_idle_means_that_every_change_has_been_delivered(headwater, table, put, deploy, tmp_path):
    """The function writes down what it sees, so that what idle says can be compared with it."""
    seen = tmp_path / "seen"
    deploy(
        "def handler(event, context):\n"
        f"    with open({str(seen)!r}, 'a') as file:\n"
        "        for record in event['Records']:\n"
        "            file.write(record['dynamodb']['Keys']['pk']['S'] + '\\n')\n",
        BatchSize=3,
    )
    for run in range(5):
        put(*(f"{run}.{number}" for number in range(20)))
        headwater.stage.idle()
        assert len(seen.read_text().split()) == 20 * (run + 1)


def test_changes_that_only_filters_drop_are_dealt_with_too(headwater, table, put, deploy):
    deploy(TAKES_ALL, FilterCriteria={"Filters": [{"Pattern": '{"eventName": ["REMOVE"]}'}]})
    put("a", "b", "c")
    headwater.stage.idle()


@ONE
def test_what_is_still_on_its_way_is_told_with_the_reason(headwater, table, put, deploy, tried):
    mapping = deploy(PICKY)
    put("bad", "b", "c")
    tried()
    with pytest.raises(
        NotIdle, match=r"3 records: failed once, tried again in \d+ ms.*cannot take"
    ):
        headwater.stage.idle(0)
    (waiting,) = headwater.stage.waiting()["mappings"]
    assert (waiting["mapping"], waiting["records"]) == (mapping, 3)
    assert waiting["position"] < waiting["last"]


@ONE
def test_children_of_a_shard_that_is_stuck_are_on_their_way_behind_it(
    headwater, table, put, deploy, tried
):
    deploy(PICKY)
    put("bad")
    headwater.stage.split("Orders")
    put("b")
    tried()
    reasons = [one["why"] for one in headwater.stage.waiting()["mappings"]]
    assert len(reasons) == 2
    assert reasons[1].startswith("waits for its parent")


@ONE
def test_changes_that_left_the_stream_are_not_on_their_way(headwater, table, put, deploy, tried):
    deploy(PICKY)
    put("bad")
    tried()
    # Not waiting for the function, which would otherwise be asked some 1,500 times on the way.
    headwater.stage.clock.advance("25h", wait_ms=0)
    headwater.stage.idle()


@ONE
def test_the_fate_of_each_change_is_told(headwater, dynamodb, table, put, deploy, tried):
    pattern = '{"eventName": ["INSERT"]}'
    deploy(PICKY, BatchSize=1, FilterCriteria={"Filters": [{"Pattern": pattern}]})
    put("good")
    headwater.stage.idle()
    put("bad", "later")
    dynamodb.delete_item(TableName="Orders", Key={"pk": {"S": "later"}})
    tried()
    *_, removed = headwater.stage.changes("Orders")
    assert headwater.stage.explain(removed["eventID"])["mappings"][0]["fate"] == "filtered"
    told = {
        record["dynamodb"]["Keys"]["pk"]["S"]: headwater.stage.explain(record["eventID"])
        for record in headwater.stage.changes("Orders", filter=pattern)
    }
    assert {key: one["mappings"][0]["fate"] for key, one in told.items()} == {
        "good": "delivered",
        "bad": "retrying",
        "later": "waiting",
    }
    bad = told["bad"]["mappings"][0]
    assert bad["attempts"] == 1
    assert "cannot take it" in bad["trouble"]
    assert bad["patterns"] == [{"pattern": pattern, "admits": True}]
    assert told["later"]["mappings"][0]["why"].startswith("1 records come before it")
    assert told["good"]["record"]["dynamodb"]["NewImage"] == {"pk": {"S": "good"}}


@ONE
def test_how_often_a_change_was_tried_and_where_its_loss_was_told(
    headwater, table, put, deploy, tmp_path, tried
):
    healed = tmp_path / "healed"
    queue = "arn:aws:sqs:us-east-1:000000000000:lost"
    headwater.client("sqs").create_queue(QueueName="lost")
    deploy(
        f"""
import os
def handler(event, context):
    key = event["Records"][0]["dynamodb"]["Keys"]["pk"]["S"]
    if key == "bad" or (key == "late" and not os.path.exists({str(healed)!r})):
        raise ValueError("cannot take it")
""",
        BatchSize=1,
        MaximumRetryAttempts=2,
        DestinationConfig={"OnFailure": {"Destination": queue}},
    )
    put("good", "bad", "late")
    tried()
    while fates(headwater.stage)["late"].get("attempts") != 1:
        headwater.stage.clock.advance("100ms")
    healed.touch()
    headwater.stage.clock.advance("1m")
    headwater.stage.idle()
    told = fates(headwater.stage)
    assert {key: (one["fate"], one["attempts"]) for key, one in told.items()} == {
        "good": ("delivered", 1),
        "bad": ("given up", 3),
        "late": ("delivered", 2),
    }
    assert told["bad"]["condition"] == "RetryAttemptsExhausted"
    assert told["bad"]["destination"] == queue
    # As well after the record itself has gone.
    bad = headwater.stage.changes("Orders")[1]["eventID"]
    headwater.stage.trim("Orders")
    explained = headwater.stage.explain(bad)
    assert (explained["state"], explained["mappings"][0]["fate"]) == ("trimmed", "given up")


@ONE
def test_a_change_that_left_the_stream_unread_is_not_said_to_be_delivered(
    headwater, table, put, deploy
):
    uuid = deploy(TAKES_ALL)
    switch = headwater.client("lambda").update_event_source_mapping
    put("read")
    headwater.stage.idle()
    switch(UUID=uuid, Enabled=False)
    headwater.stage.idle()
    put("unread")
    read, unread = headwater.stage.changes("Orders")
    headwater.stage.clock.advance("25h", wait_ms=0)
    switch(UUID=uuid, Enabled=True)
    headwater.stage.idle()
    # A later shard is read only when this one is behind its reader.
    put("later")
    headwater.stage.idle()
    explained = headwater.stage.explain(unread["eventID"])
    assert explained["state"] == "trimmed"
    assert explained["mappings"][0]["fate"] == "expired"
    # Of what was read before the mapping was changed, nothing is claimed.
    assert headwater.stage.explain(read["eventID"])["mappings"][0]["fate"] == "passed"
    assert fates(headwater.stage)["later"]["fate"] == "delivered"


@ONE
def test_a_change_from_before_a_mapping_at_latest_is_not_said_to_be_delivered(
    headwater, table, put, deploy
):
    put("before")
    deploy(TAKES_ALL, StartingPosition="LATEST")
    headwater.stage.idle()
    headwater.stage.clock.advance("1m")
    put("after")
    headwater.stage.idle()
    told = fates(headwater.stage)
    assert {key: one["fate"] for key, one in told.items()} == {
        "before": "passed",
        "after": "delivered",
    }
    assert "started at LATEST" in told["before"]["why"]


@ONE
def test_a_change_that_was_trimmed_or_never_was_is_said_to_be_so(headwater, table, put):
    put("a")
    (record,) = headwater.stage.changes("Orders")
    headwater.stage.trim("Orders")
    assert headwater.stage.explain(record["eventID"])["why"] == "it was trimmed by hand"
    put("b")
    (record,) = headwater.stage.changes("Orders")
    headwater.stage.clock.advance("24h")
    assert headwater.stage.explain(record["eventID"])["state"] == "readable"
    headwater.stage.clock.advance("1h")
    assert headwater.stage.explain(record["eventID"])["why"] == "it is older than 24 hours"
    assert headwater.stage.explain("0" * 32)["state"] == "unknown"
    with pytest.raises(Refused, match="is not an event id"):
        headwater.stage.explain("o-1")


@ONE
def test_changes_come_from_all_shards_in_the_order_of_their_commits(headwater, table, put):
    for number in range(30):
        put("abc"[number % 3], n=number)
        if number % 7 == 6:
            headwater.stage.split("Orders")
    found = headwater.stage.changes("Orders")
    assert [int(one["dynamodb"]["NewImage"]["n"]["N"]) for one in found] == list(range(30))
    removed = headwater.stage.changes("Orders", filter='{"eventName": ["INSERT"]}')
    assert len(removed) == 3
    headwater.stage.clock.advance("1h")
    put("a", n=99)
    assert len(headwater.stage.changes("Orders", since="10m")) == 1


def test_who_waits_for_changes_has_each_long_before_the_wait_would_end(headwater, table, put):
    """The median of ten, each from before the put to when it is told: a few ms, where nothing else
    keeps the machine busy."""
    taken = []
    with Stage(headwater.url) as watcher:
        page = watcher.remote.get("tail", table="Orders")
        for number in range(10):
            begun: list[float] = []

            def write(number: int = number, begun: list[float] = begun) -> None:
                begun.append(time.monotonic())
                put("a", n=number)

            writer = threading.Thread(target=write)
            writer.start()
            page = watcher.remote.get("tail", cursor=page["cursor"], wait_ms=60_000)
            taken.append(time.monotonic() - begun[0])
            writer.join()
            assert [one["dynamodb"]["NewImage"]["n"]["N"] for one in page["records"]] == [
                str(number)
            ]
    assert sorted(taken)[5] < 10, taken


def test_nothing_is_missed_or_told_twice_while_shards_end(headwater, table, put):
    count = 150

    def write() -> None:
        for number in range(count):
            put(f"k{number % 17}", n=number)

    with Stage(headwater.url) as watcher:
        page = watcher.remote.get("tail", table="Orders")
        writer = threading.Thread(target=write)
        writer.start()
        found: list[str] = []
        while len(found) < count:
            page = watcher.remote.get("tail", cursor=page["cursor"], wait_ms=2000, limit=7)
            found += [one["dynamodb"]["NewImage"]["n"]["N"] for one in page["records"]]
            headwater.stage.roll("Orders")
            assert page["records"], "everything is written, and something is missing"
        writer.join()
    assert [int(one) for one in found] == list(range(count))


@pytest.mark.parametrize(
    ("query", "advice"),
    [
        ({"table": "Nope"}, "there is no table Nope"),
        ({"table": "Orders", "since": "yesterday"}, "give a duration as 10m"),
        ({"table": "Orders", "filter": "{"}, "Invalid filter pattern"),
        ({"cursor": "xyz"}, "a cursor is what the answer before gave"),
        ({"table": "Orders", "wait_ms": "soon"}, "give a whole number"),
    ],
)
def test_a_question_for_changes_that_makes_no_sense_is_refused(headwater, table, query, advice):
    with pytest.raises(Refused, match=advice):
        headwater.stage.remote.get("tail", **query)


@ONE
def test_reset_leaves_a_node_as_new(headwater, dynamodb, streams, table, put, deploy):
    deploy(PICKY)
    put("bad", "b")
    headwater.stage.split("Orders")
    headwater.stage.fault("PutItem", error="ThrottlingException")
    now_ms = headwater.stage.clock.now_ms
    headwater.client("sqs").create_queue(QueueName="mails")
    headwater.stage.remote.post("views", name="how-many", table="Orders")
    assert set(headwater.stage.reset().values()) == {1}
    headwater.stage.idle(0)
    client = headwater.client("lambda")
    assert dynamodb.list_tables()["TableNames"] == []
    assert streams.list_streams()["Streams"] == []
    assert headwater.client("sqs").list_queues().get("QueueUrls", []) == []
    assert client.list_functions()["Functions"] == []
    assert client.list_event_source_mappings()["EventSourceMappings"] == []
    assert headwater.stage.faults() == []
    assert headwater.stage.clock.now_ms == now_ms
    with pytest.raises(ClientError, match="ResourceNotFound"):
        put("a")


@ONE
def test_what_is_made_after_a_reset_works_as_on_a_new_node(headwater, request):
    for name in ("put", "deploy"):
        request.getfixturevalue(name)
    headwater.stage.reset()
    # Tables of the same name, on the same clock: nothing of the first may show in the second.
    dynamodb = headwater.client("dynamodb")
    for _ in range(3):
        create_table(dynamodb, "Orders", view="NEW_IMAGE")
        assert dynamodb.scan(TableName="Orders")["Count"] == 0
        dynamodb.put_item(TableName="Orders", Item={"pk": {"S": "a"}})
        assert len(headwater.stage.changes("Orders")) == 1
        headwater.stage.clock.advance("5h")
        headwater.stage.reset()


def test_data_on_disk_is_not_deleted_without_leave(node_factory):
    with Stage(node_factory().url) as stage, pytest.raises(Refused, match="--allow-reset"):
        stage.reset()
    with Stage(node_factory("--allow-reset").url) as stage:
        assert set(stage.reset().values()) == {0}
