"""`headwater regions` as a person sees it, at 80 columns: links, what troubles them, the rest."""

import json
import urllib.request

import pytest
from tests.regions.conftest import free_port
from tests.terminal import said

EAST, WEST = "us-east-1", "eu-west-1"


@pytest.fixture
def cli():
    """cli(node, "regions"): what it writes, at 80 columns."""
    return lambda node, *words, status=0: said(*words, status=status, endpoint=node.url)


def states(node):
    """Of all links, as the page behind the command tells."""
    with urllib.request.urlopen(f"{node.url}/_headwater/regions") as answer:
        return {one["state"] for one in json.load(answer)["links"]}


def test_links_are_shown_within_80_columns(node_factory, replicated_on, cli):
    node = node_factory(in_memory=True)
    empty = cli(node, "regions")
    assert "No table has replicas" in empty
    assert "no other node is named" in empty
    table = replicated_on(node)
    table.name = "Orders"
    table.create()
    table.add(WEST)
    for number in range(5):
        table.put(EAST, f"k{number}")
    table.soon(lambda: table.get(WEST, "k4"))
    table.soon(lambda: states(node) == {"idle"})
    shown = cli(node, "regions")
    assert max(len(line) for line in shown.splitlines()) <= 80
    rows = [line.split() for line in shown.splitlines()]
    assert ["Orders", EAST, "ACTIVE", WEST, "ACTIVE"] in rows
    links = {tuple(row[1:5]): row for row in rows if len(row) > 4 and row[2] == "→"}
    assert links[EAST, "→", WEST, "idle"][5:8] == ["0", "0", "0"]
    answer = json.loads(cli(node, "regions", "--json"))
    assert {one["to"]: one["shipped"] for one in answer["links"]} == {WEST: 5, EAST: 0}
    # Compared again: nothing is copied that is there, and the link goes on.
    assert "comparing Orders with eu-west-1" in cli(
        node, "regions", "resync", "Orders", WEST, "--region", EAST
    )
    table.put(EAST, "after")
    table.soon(lambda: table.get(WEST, "after"))
    table.soon(lambda: states(node) == {"idle"})
    assert "compared again 1x" in cli(node, "regions")
    said = cli(node, "regions", "forget", "Orders", WEST, "--region", EAST, status=2)
    assert "region eu-west-1 answers, and has table Orders" in said
    said = cli(node, "regions", "resync", "Orders", "sa-east-1", "--region", EAST, status=2)
    assert "Its replicas: eu-west-1." in said


def test_a_link_that_is_down_says_why_and_a_lost_region_is_forgotten(
    node_factory, replicated_on, cli
):
    ports = {EAST: free_port(), WEST: free_port()}
    east, west = (
        node_factory(
            "--region",
            region,
            "--peer",
            f"{other}=http://127.0.0.1:{ports[other]}",
            in_memory=True,
            port=ports[region],
        )
        for region, other in ((EAST, WEST), (WEST, EAST))
    )
    assert f"{WEST} at {west.url}" in cli(east, "regions")
    table = replicated_on(east)
    table.name = "Orders"
    table.create()
    table.add(WEST)
    west.kill()
    table.put(EAST, "a")
    table.soon(lambda: states(east) == {"down"})
    shown = " ".join(cli(east, "regions").split())
    assert f"Orders {EAST} → {WEST}: the node at {west.url} did not answer" in shown
    assert "has no replica in eu-west-1 any more" in cli(east, "regions", "forget", "Orders", WEST)
    assert "Replicas" not in table.table()
    table.at(EAST).update_table(TableName="Orders", DeletionProtectionEnabled=True)
