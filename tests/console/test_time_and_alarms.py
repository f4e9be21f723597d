"""Virtual time moved from the browser, and the alarms that follow it."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect


@pytest.fixture
def virtual(make_place):
    """A node that starts on the last day of a year, with its console."""
    return make_place("--clock", "virtual", "--clock-start", "2025-12-31T22:58:59Z")


def test_time_is_moved_by_steps_by_spans_and_to_what_is_due(virtual, open_page, picture):
    page = open_page("/clock", base=virtual.url)
    clock = page.get_by_label("Clock", exact=True)
    badge = page.get_by_role("link", name="Virtual clock")
    expect(clock).to_contain_text("22:58:59.000Wednesday, 2025-12-31, UTC")
    expect(badge).to_contain_text("22:58:59")
    page.get_by_role("button", name="+ 1 s").click()
    expect(clock).to_contain_text("22:59:00.000")
    page.keyboard.press("m")
    expect(clock).to_contain_text("23:00:00.000")
    page.get_by_label("How far").fill("1h30m")
    page.keyboard.press("Enter")
    expect(clock).to_contain_text("00:30:00.000Thursday, 2026-01-01")
    expect(badge).to_contain_text("00:30:00")
    page.get_by_label("Moment, UTC").fill("2026-01-02T00:30:00")
    page.get_by_role("button", name="Go there").last.click()
    expect(clock).to_contain_text("Friday, 2026-01-02")
    assert virtual.stage.clock.now == datetime(2026, 1, 2, 0, 30, tzinfo=UTC)
    moves = page.get_by_role("table", name="Moves").get_by_role("row")
    expect(moves).to_have_count(1 + 4)
    picture(page, "clock")
    expect(clock).to_contain_text("Next in")
    before = virtual.stage.clock.now
    page.keyboard.press("n")
    expect(moves.nth(1)).to_contain_text("to what was due")
    assert virtual.stage.clock.now > before
    page.get_by_label("Moment, UTC").fill("2020-01-01T00:00:00")
    page.get_by_role("button", name="Go there").last.click()
    expect(page.get_by_role("alert")).to_contain_text("time does not go back")
    # The badge is on every page, and follows a clock that others move.
    page.goto(virtual.url + "/tables")
    virtual.stage.clock.move_to(virtual.stage.clock.now + timedelta(days=2))
    expect(badge).to_contain_text(f"{virtual.stage.clock.now:%Y-%m-%d}")


def test_what_is_due_is_listed_and_charts_go_on_from_what_was(virtual, open_page, picture):
    """A view's chart has the minutes before its page was opened."""
    virtual.make_table("Moved")
    node = virtual.stage.remote
    node.post("views", name="sums", table="Moved", count=True)
    node.post(
        "views/sums/alerts", name="many", when="value > 2", call="webhook:http://127.0.0.1:9/"
    )
    page = open_page("/clock", base=virtual.url)
    due = page.get_by_role("table", name="What is due").get_by_role("row")
    expect(due.filter(has_text="points are added to the charts")).to_contain_text("22:59:00")
    due.filter(has_text="points are added to the charts").get_by_role("button").click()
    expect(page.get_by_label("Clock", exact=True)).to_contain_text("22:59:00.000")
    for minute in range(3):
        virtual.put("Moved", id=f"o-{minute}")
        node.get("idle", timeout_ms=30_000)
        node.post("clock", advance="1m", wait_ms=0)
    page.goto(virtual.url + "/views")
    card = page.get_by_label("View sums")
    expect(card).to_contain_text("in alarm: many")
    expect(card.locator(".now")).to_have_text("3")
    # 22:59 nothing, then one more each minute: the line has a corner at each.
    line = card.locator("path.line")
    expect(line).to_have_attribute("d", re.compile(r"(L[\d.]+ [\d.]+){3}"))
    picture(page, "views-history")


def test_the_machine_s_clock_has_no_page(open_page):
    page = open_page("/clock")
    expect(page.get_by_role("alert")).to_contain_text("this endpoint has nothing to show there")
    expect(page.get_by_role("link", name="Virtual clock")).to_have_count(0)


def test_an_alarm_is_seen_understood_and_set(place, open_page, picture):
    cloudwatch = place.client("cloudwatch")
    page = open_page("/alarms")
    expect(page.get_by_text("There is no alarm here.")).to_be_visible()
    for name in ("readers-behind", "shop-quiet"):
        cloudwatch.put_metric_alarm(
            AlarmName=name,
            Namespace="AWS/Lambda",
            MetricName="IteratorAge",
            Dimensions=[{"Name": "FunctionName", "Value": name}],
            Statistic="Maximum",
            Period=60,
            EvaluationPeriods=5,
            DatapointsToAlarm=3,
            Threshold=60000,
            ComparisonOperator="GreaterThanThreshold",
            TreatMissingData="ignore",  # a state that was set by hand stays
        )
    table = page.get_by_role("table", name="Alarms")
    row = table.get_by_role("row").filter(has_text="readers-behind")
    expect(row).to_contain_text("no data yet")
    expect(row).to_contain_text("IteratorAge maximum > 60k in 3 of 5 periods of 1 min")
    row.click()
    drawer = page.get_by_role("dialog")
    expect(drawer).to_contain_text("FunctionName readers-behind")
    drawer.get_by_label("Reason").fill("the mail server is slow")
    drawer.get_by_role("button", name="in alarm").click()
    expect(drawer).to_have_count(0)
    expect(row).to_contain_text("the mail server is slow")
    expect(table.get_by_role("row").nth(1)).to_contain_text("readers-behind")
    found = cloudwatch.describe_alarms(StateValue="ALARM")["MetricAlarms"]
    assert [one["AlarmName"] for one in found] == ["readers-behind"]
    picture(page, "alarms")
    page.get_by_role("button", name="1 in alarm").click()
    expect(table.get_by_role("row")).to_have_count(2)
    row.press("Enter")
    history = page.get_by_role("dialog").get_by_role("list", name="History")
    expect(history).to_contain_text("Alarm updated from INSUFFICIENT_DATA to ALARM")
    picture(page, "alarm")
    page.get_by_role("button", name="Delete the alarm").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(row).to_have_count(0)
