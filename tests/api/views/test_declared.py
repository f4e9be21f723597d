"""Views that a file declares, over several lives of a node; and SIGKILL while one is built."""

import threading

import pytest
from tests.api.views.conftest import by_group, make_table

from headwater.cli.serve import run
from headwater.remote import Remote

FIRST = """
[revenue]
table = "Orders"
sum = "n"
by = "country"

[revenue.alerts.high]
when = "value > 100"
call = "function:page-me"
"""


def settled(node, name, **query):
    with Remote(node.url) as pages:
        pages.get("idle", timeout_ms=60_000)
        return pages.get(f"views/{name}", **query)


def order(client, key, country, number):
    item = {"id": {"S": str(key)}, "country": {"S": country}, "n": {"N": str(number)}}
    client.put_item(TableName="Orders", Item=item)


def test_a_declared_view_waits_for_its_table_stays_and_follows_its_file(node_factory, tmp_path):
    file = tmp_path / "views.toml"
    file.write_text(FIRST)
    node = node_factory("--views", str(file))
    assert settled(node, "revenue")["status"] == "WAITING"
    client = node.client("dynamodb")
    make_table(client)
    order(client, 1, "CH", 5)
    assert by_group(settled(node, "revenue")) == {"CH": {"sum(n)": 5}}
    with Remote(node.url) as pages:
        created = pages.get("views")["views"][0]["created"]
        (alert,) = pages.get("views/revenue/alerts")["alerts"]
        assert (alert["name"], alert["when"]) == ("high", "sum(n) > 100")
    node.restart()
    with Remote(node.url) as pages:
        assert pages.get("views")["views"][0]["created"] == created
    file.write_text(FIRST.replace("sum =", "max ="))
    node.restart()
    order(node.client("dynamodb"), 2, "CH", 3)
    assert by_group(settled(node, "revenue")) == {"CH": {"max(n)": 5}}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[v]\ntable = 'T'\nsumm = 'n'", "Did you mean 'sum'"),
        ("[v]\ntable = 'T'\nfilter = 'n >'", "the filter is refused"),
        ("[v", "is not TOML"),
        ("v = 1", '"v" is no view'),
        ("[v]\ntable = 'T'\n[v.alerts.a]\nwhen = 'x'\ncall = 'function:f'", "an aggregate, a"),
    ],
)
def test_a_file_that_cannot_be_is_told_before_the_node_starts(tmp_path, capfd, text, complaint):
    file = tmp_path / "views.toml"
    file.write_text(text)
    words = ["--in-memory", "--port", "0", "--views", str(file)]
    assert run(words) == 2
    told = capfd.readouterr().err
    assert complaint in told
    assert "Traceback" not in told


def test_what_a_view_has_come_to_outlives_sigkill_at_any_moment(node_factory):
    """Writes go on while the node is killed; then views equal the items, and the last answers."""
    node = node_factory()
    client = node.client("dynamodb")
    make_table(client)
    for key in range(300):
        order(client, key, "DE", 1)
    with Remote(node.url) as pages:
        pages.post("views", name="sums", table="Orders", sum="n", top="n", by="country")
        pages.post("views", name="hour", table="Orders", count=True, window="24h")
    for life in range(3):
        stopped = threading.Event()

        def write(life=life, client=client, stopped=stopped):
            number = 0
            while not stopped.is_set():
                number += 1
                try:
                    country = ("CH", "FR", "DE")[number % 3]
                    order(client, (number * 7 + life) % 400, country, number % 50)
                except Exception:  # the node is gone
                    return

        writer = threading.Thread(target=write)
        writer.start()
        stopped.wait(0.4)
        node.kill()
        stopped.set()
        writer.join()
        node.start()
        client = node.client("dynamodb", endpoint_url=node.process.url)
        items = [
            item
            for page in client.get_paginator("scan").paginate(TableName="Orders")
            for item in page["Items"]
        ]
        expected: dict[str, list[int]] = {}
        for item in items:
            expected.setdefault(item["country"]["S"], []).append(int(item["n"]["N"]))
        found = by_group(settled(node, "sums"))
        assert {name: values["sum(n)"] for name, values in found.items()} == {
            name: sum(numbers) for name, numbers in expected.items()
        }
        for name, numbers in expected.items():
            counts = sorted((numbers.count(one) for one in set(numbers)), reverse=True)[:10]
            assert [one["count"] for one in found[name]["top(n)"]] == counts
