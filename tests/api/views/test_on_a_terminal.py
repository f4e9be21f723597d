"""What `headwater view` shows a person: moments on one line, something where there is nothing,
and each change as it comes."""

import json
import re
import subprocess

from tests.terminal import line, surroundings


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
