"""What `headwater view` shows a person: moments on one line, something where there is nothing,
and each change as it comes."""

import json
import re
import subprocess

import pytest
from tests.terminal import line, surroundings

VIRTUAL = pytest.mark.headwater(clock="virtual")


def test_an_empty_window_is_shown_with_its_moments_on_one_line(dynamodb, cli, settled):
    grouped = ("--sum", "total", "--by", "country", "--window", "1m")
    cli("view", "create", "revenue", "--table", "Orders", *grouped)
    settled("revenue")
    shown = cli("view", "show", "revenue")
    assert re.search(r"^\S+:00\.000Z to \S+:00\.000Z \(open\)", shown, re.MULTILINE), shown
    assert "nothing counts yet" in shown


def test_a_watcher_is_told_of_a_change(headwater, cli, order, settled):
    cli("view", "create", "revenue", "--table", "Orders", "--sum", "total", "--by", "country")
    settled("revenue")
    words = line("view", "watch", "revenue", "--json")
    known = surroundings(headwater.url)
    with subprocess.Popen(words, env=known, stdout=subprocess.PIPE, text=True) as watcher:
        try:
            assert watcher.stdout is not None
            assert json.loads(watcher.stdout.readline())["groups"] == []
            order("1", country="CH", total=10)
            (group,) = json.loads(watcher.stdout.readline())["groups"]
            assert group["values"] == {"sum(total)": 10}
        finally:
            watcher.kill()


@VIRTUAL
def test_quantiles_are_asked_for_by_path(dynamodb, cli, order, settled):
    asked = ("--quantile", "total:0.5,0.99", "--quantile", "n:0.9", "--window", "1h")
    cli("view", "create", "spread", "--table", "Orders", *asked)
    settled("spread")
    for number in range(1, 101):
        order(str(number), total=number)
    settled("spread")
    told = json.loads(cli("view", "show", "spread", "--json", "--windows", "2"))
    (group,) = told["windows"][0]["groups"]
    # Of so few numbers all are kept: 50 of the 100 are at or below 50.
    assert group["values"] == {
        "quantile(total:0.5)": 50,
        "quantile(total:0.99)": 99,
        "quantile(n:0.9)": None,
    }
