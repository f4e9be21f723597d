"""What a person sees of the stage: `headwater shards`, `tail` and `explain`, as they are run."""

import json
import re
import subprocess
from functools import partial

import pytest
from tests.terminal import line, said, surroundings

ONE = pytest.mark.headwater("--initial-partitions", "1", clock="virtual")


@pytest.fixture
def cli(headwater):
    """cli("shards", "Orders"): what it writes, at 80 columns."""
    return partial(said, endpoint=headwater.url)


@ONE
def test_a_shard_tree_is_drawn_within_80_columns(headwater, table, put, deploy, cli):
    deploy("def handler(event, context): pass")
    put("a", "b", "c")
    drawn = cli("shards", "Orders", "--split", "widest")
    assert re.search(r"split \w{8} → \w{8} \w{8}", drawn)
    assert "2 open, 1 closed" in drawn
    parent, low, high = (line for line in drawn.splitlines() if "▕" in line)
    assert re.fullmatch(r"○ \w{8} +\d\d:\d\d – \d\d:\d\d +▕█{16}▏ +3", parent.rstrip())
    assert re.fullmatch(r"├─ ● \w{8} +\d\d:\d\d – +▕█{8} {8}▏ +0", low.rstrip())
    assert re.fullmatch(r"└─ ● \w{8} +\d\d:\d\d – +▕ {8}█{8}▏ +0", high.rstrip())
    headwater.stage.idle()
    assert "nothing: all is delivered" in cli("shards", "Orders")
    assert max(len(line) for line in drawn.splitlines()) <= 80


@ONE
def test_shards_are_rolled_over_and_trimmed_and_told_as_json(headwater, table, put, cli):
    put("a")
    opened = [shard for shard in headwater.stage.shards("Orders")["shards"] if shard["open"]]
    answer = json.loads(cli("shards", "Orders", "--roll", opened[0]["id"][-8:], "--json"))
    assert [shard["open"] for shard in answer["shards"]] == [False, True]
    answer = json.loads(cli("shards", "Orders", "--trim", "--json"))
    assert [shard["open"] for shard in answer["shards"]] == [True]


@ONE
def test_changes_are_told_with_what_differs(headwater, dynamodb, table, cli):
    def put(**item: object) -> None:
        dynamodb.put_item(TableName="Orders", Item={"pk": {"S": "o-1"}, **item})

    put(status={"S": "PLACED"}, to={"M": {"city": {"S": "Bern"}, "zip": {"N": "3000"}}})
    put(status={"S": "PAID"}, to={"M": {"city": {"S": "Basel"}, "zip": {"N": "3000"}}})
    dynamodb.delete_item(TableName="Orders", Key={"pk": {"S": "o-1"}})
    told = cli("tail", "Orders", "--since", "TRIM_HORIZON", "--once")
    without_times = re.sub(r"\d\d:\d\d:\d\d\.\d{3}|  [0-9a-f]{32}", "", told)
    assert without_times.splitlines() == [
        "  INSERT  pk=o-1",
        "              + status  PLACED",
        '              + to      {"city": "Bern", "zip": "3000"}',
        "  MODIFY  pk=o-1",
        "              ~ status   PLACED → PAID",
        "              ~ to.city  Bern → Basel",
        "  REMOVE  pk=o-1",
        "              - status  PAID",
        '              - to      {"city": "Basel", "zip": "3000"}',
    ]
    pattern = '{"eventName": ["REMOVE"]}'
    only = cli("tail", "Orders", "--since", "1h", "--once", "--json", "--filter", pattern)
    assert [json.loads(line)["eventName"] for line in only.splitlines()] == ["REMOVE"]


@ONE
def test_a_tail_prints_changes_while_it_runs(headwater, table, put):
    words = ["tail", "Orders", "--json", "--since", "TRIM_HORIZON"]
    put("a")
    with subprocess.Popen(
        line(*words),
        env=surroundings(headwater.url),
        stdout=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stdout is not None
        for key in "bcd":
            assert json.loads(running.stdout.readline())["eventName"] == "INSERT"
            put(key)
        running.terminate()


@ONE
def test_a_change_is_explained(headwater, table, put, deploy, cli, tried):
    deploy(
        "def handler(event, context): raise ValueError('not today')",
        FilterCriteria={"Filters": [{"Pattern": '{"eventName": ["INSERT"]}'}]},
    )
    put("a")
    tried()
    (record,) = headwater.stage.changes("Orders")
    told = cli("explain", record["eventID"])
    assert "INSERT  pk=a" in told
    assert "readable: it is in the stream" in told
    assert re.search(r"^retrying  app  mapping \w{8}, Enabled$", told, re.MULTILINE)
    assert "failed once, tried again in" in told
    assert 'admits {"eventName": ["INSERT"]}' in told
    assert "ValueError: not today" in told
    assert json.loads(cli("explain", record["eventID"], "--json"))["state"] == "readable"


@ONE
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("shards", "Nope"), "there is no table Nope"),
        (("tail", "Nope"), "there is no table Nope"),
        (("explain", "o-1"), "is not an event id"),
        (("shards", "Orders", "--endpoint", "http://127.0.0.1:9"), "Start one with"),
        (("shards", "Orders", "--endpoint", "somewhere"), "is not a node's URL"),
        (("shards", "Orders", "--endpoint", "http://[::"), "is not a node's URL"),
    ],
)
def test_trouble_is_one_line_with_advice_and_status_2(headwater, cli, words, said):
    told = cli(*words, status=2)
    assert told.startswith("headwater: ")
    assert told.count("\n") == 1
    assert said in told
