"""Views from outside: made, asked, watched, killed with their node, removed.

Expected values: arithmetic over the items that each test writes.
"""

import json
import threading
import time

import pytest
from tests.api.views.conftest import by_group, make_table
from tests.servers import Handler, serving

from headwater.remote import Refused, Remote

VIRTUAL = pytest.mark.headwater(clock="virtual")


def test_a_view_counts_what_was_there_and_what_is_written(pages, order, settled, dynamodb):
    order("1", country="CH", total=10)
    order("2", country="CH", total=5)
    order("3", country="DE", total=7)
    made = pages.post(
        "views", name="revenue", table="Orders", sum="total", count=True, by="country"
    )
    assert made["status"] == "BUILDING"
    assert made["definition"]["sum"] == ["total"]
    assert by_group(settled("revenue")) == {
        "CH": {"count": 2, "sum(total)": 15},
        "DE": {"count": 1, "sum(total)": 7},
    }
    order("2", country="DE", total=6)  # moves from one group to the other
    dynamodb.delete_item(TableName="Orders", Key={"id": {"S": "1"}})
    order("4", country="FR", total=1)
    assert by_group(settled("revenue")) == {
        "DE": {"count": 2, "sum(total)": 13},
        "FR": {"count": 1, "sum(total)": 1},
    }


def test_numbers_are_exact_to_the_last_digit(pages, dynamodb, headwater):
    texts = ["99999999999999999999999999999999999999", "1", "0.1", "-1E-20"]
    for number, text in enumerate(texts):
        item = {"id": {"S": str(number)}, "n": {"N": text}}
        dynamodb.put_item(TableName="Orders", Item=item)
    pages.post("views", name="exact", table="Orders", sum="n", min="n", max="n")
    pages.get("idle", timeout_ms=30_000)
    pages.get("views/exact")
    told = pages.raw.decode()
    assert '"sum(n)": 100000000000000000000000000000000000000.09999999999999999999' in told
    assert '"min(n)": -0.00000000000000000001' in told
    assert '"max(n)": 99999999999999999999999999999999999999' in told


def test_a_least_value_that_is_removed_gives_way_to_the_next(order, pages, settled, dynamodb):
    pages.post("views", name="least", table="Orders", min="n", distinct="n", top="who", k=1)
    for key, number, who in (("a", 1, "x"), ("b", 2, "x"), ("c", 2, "y")):
        order(key, n=number, who=who)
    (group,) = settled("least")["groups"]
    assert group["values"] == {
        "min(n)": 1,
        "distinct(n)": 2,
        "top(who)": [{"value": "x", "count": 2}],
    }
    dynamodb.delete_item(TableName="Orders", Key={"id": {"S": "a"}})
    (group,) = settled("least")["groups"]
    assert group["values"] == {
        "min(n)": 2,
        "distinct(n)": 1,
        "top(who)": [{"value": "x", "count": 1}],
    }


def test_a_filter_admits_items_as_a_filter_expression_does(order, pages, settled):
    pages.post(
        "views",
        name="paid",
        table="Orders",
        filter="#s = :paid AND n > :least",
        names={"#s": "status"},
        values={":paid": {"S": "paid"}, ":least": {"N": "5"}},
    )
    order("1", status="paid", n=6)
    order("2", status="paid", n=5)
    order("3", status="open", n=9)
    (group,) = settled("paid")["groups"]
    assert group == {"group": {}, "items": 1, "values": {"count": 1}}
    order("3", status="paid", n=9)
    assert settled("paid")["groups"][0]["items"] == 2


@VIRTUAL
def test_windows_tell_the_changes_of_their_time(headwater, order, pages, settled):
    headwater.stage.clock.advance(seconds=60 - headwater.stage.clock.now_ms / 1000 % 60)
    pages.post("views", name="rate", table="Orders", sum="n", window="1m")
    order("1", n=1)
    order("1", n=2)
    headwater.stage.clock.advance(minutes=1)
    order("2", n=5)
    windows = settled("rate", windows=3)["windows"]
    assert [window["open"] for window in windows] == [True, False, False]
    assert [window["groups"][0]["values"]["sum(n)"] for window in windows] == [5, 3, 0]
    headwater.stage.clock.advance(hours=2)
    windows = settled("rate", windows=1000)["windows"]
    assert len(windows) == 62  # the open one, and those that ended within the last hour
    assert {window["groups"][0]["items"] for window in windows} == {0}


@VIRTUAL
def test_sliding_windows_overlap(headwater, order, pages, settled):
    headwater.stage.clock.advance(seconds=60 - headwater.stage.clock.now_ms / 1000 % 60)
    given = {"window": "1m", "every": "20s", "distinct": "who", "events": "INSERT", "max": "n"}
    pages.post("views", name="who", table="Orders", **given)
    order("1", who="a", n=9)
    headwater.stage.clock.advance(seconds=20)
    order("2", who="b", n=1)
    order("2", who="c", n=7)  # no insert
    headwater.stage.clock.advance(seconds=20)
    order("3", who="a", n=3)
    windows = settled("who", windows=5)["windows"]
    values = [window["groups"][0]["values"] for window in windows]
    assert [one["distinct(who)"] for one in values] == [2, 2, 1, 0, 0]
    assert [one["max(n)"] for one in values] == [9, 9, 9, None, None]


def test_who_waits_is_told_of_a_change_at_once(headwater, order, pages, settled):
    pages.post("views", name="n", table="Orders", sum="n")
    before = settled("n")
    timer = threading.Timer(0.3, lambda: order("1", n=4))
    timer.start()
    after = pages.get("views/n", version=before["version"], wait_ms=30_000)
    timer.join()
    assert after["version"] != before["version"]
    assert after["groups"][0]["values"]["sum(n)"] == 4
    began = time.monotonic()
    same = pages.get("views/n", version=after["version"], wait_ms=50)
    assert same["version"] == after["version"]
    assert time.monotonic() - began >= 0.05


def test_groups_are_asked_for_by_name_order_and_page(order, pages, settled):
    pages.post("views", name="by", table="Orders", sum="n", by="who")
    for number, who in enumerate(("a", "b", "c", "5")):
        order(str(number), who=who, n=number)
    assert [one["group"]["who"] for one in settled("by")["groups"]] == ["5", "a", "b", "c"]
    ordered = settled("by", order="-sum(n)", limit=2)["groups"]
    assert [one["group"]["who"] for one in ordered] == ["5", "c"]
    (one,) = settled("by", group="5")["groups"]
    assert one["values"] == {"sum(n)": 3}
    assert settled("by", group="z")["groups"] == []
    page = settled("by", limit=3)
    rest = settled("by", limit=3, after=page["after"])
    assert [one["group"]["who"] for one in rest["groups"]] == ["c"]
    assert "after" not in rest


def test_groups_of_several_attributes_are_named_by_a_list(order, pages, settled):
    pages.post("views", name="two", table="Orders", count=True, by=["who", "n"])
    order("1", who="a", n=1)
    order("2", who="a")
    assert [one["group"] for one in settled("two")["groups"]] == [
        {"who": "a", "n": None},
        {"who": "a", "n": 1},
    ]
    (one,) = settled("two", group='["a", 1]')["groups"]
    assert one["items"] == 1


def test_a_table_that_goes_and_comes_back_is_followed_again(dynamodb, order, pages, settled):
    pages.post("views", name="n", table="Orders", sum="n")
    order("1", n=4)
    assert settled("n")["groups"][0]["items"] == 1
    dynamodb.delete_table(TableName="Orders")
    gone = settled("n")
    assert (gone["status"], gone["groups"][0]["items"]) == ("WAITING", 0)
    make_table(dynamodb)
    order("1", n=5)
    order("2", n=6)
    back = settled("n")
    assert (back["status"], back["groups"][0]["values"]) == ("LIVE", {"sum(n)": 11})


def test_a_view_that_is_deleted_lets_go_of_its_table(dynamodb, order, pages):
    pages.post("views", name="n", table="Orders", sum="n")
    order("1", n=4)
    assert pages.delete("views/n") == {"deleted": "n"}
    with pytest.raises(Refused, match=r"there is no view n\. The node has: none."):
        pages.get("views/n")
    # Nobody needs its log any more: what is written now leaves no record.
    before = records(pages)
    order("2", n=4)
    assert records(pages) == before


def records(pages):
    """How many change records the node has made since it started."""
    url = pages.url
    with Remote(url) as remote:
        status, page = remote._exchange("GET", "/_headwater/metrics", None)
    assert status == 200
    return [line for line in page.decode().splitlines() if "change_records" in line]


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"table": "Ordesr"}, "there is no table Ordesr .* The node has: Orders"),
        ({"sum": "a[b]"}, "'a\\[b\\]' is no path of an attribute"),
        ({"summ": "a"}, "'summ', which is not known. Did you mean 'sum'"),
        ({"filter": "n >"}, "the filter is refused: Invalid FilterExpression: Syntax error"),
        ({"filter": "n > :x"}, "not defined"),
        ({"filter": "total = total"}, "reserved keyword: total"),
        ({"values": {":x": {"N": "1"}}}, 'no "filter" that uses them'),
        ({"window": "soon"}, "\"window\" is 'soon': give a duration"),
        ({"window": "1m", "every": "7s"}, "a multiple of 1 to 360 times"),
        ({"every": "10s"}, 'has "every" but no window'),
        ({"approximate": True, "distinct": "a"}, "a sketch cannot forget"),
        ({"quantile": "a:0.5"}, "a sketch cannot forget"),
        ({"quantile": "a", "window": "1m"}, "such as total:0.5,0.99"),
        ({"quantile": "a:0", "window": "1m"}, "such as total:0.5,0.99"),
        ({"quantile": "a:0.5,1", "window": "1m"}, "such as total:0.5,0.99"),
        ({"events": ["DELETE"], "window": "1m"}, "give some of INSERT, MODIFY, REMOVE"),
        ({"name": "a b"}, "'a b' is no name for a view"),
        ({"k": 0}, "give a number from 1 to 100"),
        ({"window": "1s", "keep": "90h"}, "more than 20000 of them"),
    ],
)
def test_what_cannot_be_a_view_is_refused_in_words(pages, dynamodb, given, complaint):
    with pytest.raises(Refused, match=complaint) as refusal:
        pages.post("views", **{"name": "v", "table": "Orders", **given})
    assert refusal.value.status == 400
    assert pages.get("views") == {"views": []}


def test_a_name_is_taken_until_it_is_replaced(pages, order, settled):
    pages.post("views", name="v", table="Orders", count=True)
    with pytest.raises(Refused, match="there is a view v already, over table Orders"):
        pages.post("views", name="v", table="Orders", sum="n")
    order("1", n=3)
    pages.post("views", name="v", table="Orders", sum="n", replace=True)
    assert settled("v")["groups"][0]["values"] == {"sum(n)": 3}
    assert len(pages.get("views")["views"]) == 1


def test_accounts_and_regions_are_separate(pages, headwater, dynamodb):
    with pytest.raises(Refused, match="no table Orders in account 000000000000, region eu-west-1"):
        pages.post("views", name="v", table="Orders", region="eu-west-1")
    pages.post("views", name="v", table="Orders", region="eu-west-1", wait=True)
    assert pages.get("views", region="us-east-1") == {"views": []}
    assert pages.get("views/v")["status"] == "WAITING"  # the only one of its name
    with pytest.raises(Refused, match="there is no view v"):
        pages.get("views/v", region="us-east-1")
    make_table(headwater.client("dynamodb", region_name="eu-west-1"))
    pages.get("idle", timeout_ms=30_000)
    assert pages.get("views/v")["status"] == "LIVE"


def test_lag_and_records_are_on_the_metrics_page(pages, order, headwater):
    pages.post("views", name="v", table="Orders", count=True)
    order("1")
    pages.get("idle", timeout_ms=30_000)
    _, page = pages._exchange("GET", "/_headwater/metrics", None)
    labels = '{account="000000000000",region="us-east-1",view="v"}'
    assert f"headwater_view_lag_ms{labels} 0" in page.decode()
    assert f"headwater_view_records_total{labels} 1" in page.decode()


def test_the_command_line_makes_shows_lists_and_deletes(cli, order):
    order("1", country="CH", total=10)
    order("2", country="DE", total=7)
    words = ["--sum", "total", "--avg", "total", "--by", "country"]
    made = cli("view", "create", "revenue", "--table", "Orders", *words)
    assert made.startswith("view revenue of table Orders: BUILDING")
    shown = ""
    deadline = time.monotonic() + 30
    while "DE" not in shown and time.monotonic() < deadline:
        shown = cli("view", "show", "revenue", "--order", "-sum(total)")
    lines = [line.split() for line in shown.splitlines()]
    assert lines == [
        ["revenue", "(LIVE)"],
        ["country", "sum(total)", "avg(total)"],
        ["CH", "10", "10"],
        ["DE", "7", "7"],
    ]
    listed = cli("view", "list").splitlines()[1].split()
    assert listed == ["revenue", "Orders", *words, "LIVE", "0", "ms", "-"]
    assert cli("view", "delete", "revenue") == "view revenue is deleted\n"
    assert "there is no view revenue" in cli("view", "show", "revenue", status=2)


@pytest.fixture
def hook():
    """(URL, what was posted to it)."""
    posted = []

    class Hook(Handler):
        def do_POST(self):
            posted.append(json.loads(self.body()))
            self.answer(200)

    with serving(Hook) as url:
        yield f"{url}/hook", posted


def test_an_alert_posts_to_a_url_when_its_state_changes(
    pages, order, settled, hook, eventually, cli
):
    url, posted = hook
    pages.post("views", name="revenue", table="Orders", sum="n", by="country")
    words = ["--when", "value > 100", "--call", f"webhook:{url}", "--group", "CH", "--name", "high"]
    assert cli("view", "alert", "revenue", *words) == ("alert high of view revenue: sum(n) > 100\n")
    order("1", country="DE", n=500)
    order("2", country="CH", n=101)
    eventually(lambda: posted, what="the alarm", seconds=60)
    order("2", country="CH", n=100)
    eventually(lambda: len(posted) == 2, what="its end", seconds=60)
    assert [one["state"] for one in posted] == ["ALARM", "OK"]
    assert posted[0]["groups"] == [{"group": ["CH"], "value": 101}]
    (alert,) = pages.get("views/revenue/alerts")["alerts"]
    assert (alert["state"], alert["trouble"]) == ("OK", None)
    shown = cli("view", "alerts", "revenue").splitlines()[1].split()
    assert shown[:5] == ["high", "sum(n)", ">", "100", "OK"]
    cli("view", "alerts", "revenue", "--delete", "high")
    assert pages.get("views/revenue/alerts") == {"alerts": []}
    with pytest.raises(Refused, match="has no alert high"):
        pages.delete("views/revenue/alerts/high")


def test_there_is_nothing_below_a_view_but_alerts(pages, dynamodb):
    pages.post("views", name="v", table="Orders")
    for ask in (pages.get, pages.delete, pages.post):
        with pytest.raises(Refused, match="Below a view there are: alerts"):
            ask("views/v/nonsense")
