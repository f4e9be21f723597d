"""The regions' page: two nodes that are each other's peers, one of which is killed."""

import contextlib
import random
import socket

import pytest
from playwright.sync_api import expect

from headwater.testing.process import NodeProcess


def free_port():
    """Free, and none of those that the system gives to whoever asks for any."""
    while True:
        port = random.randrange(15_000, 32_000)
        with socket.socket() as taken, contextlib.suppress(OSError):
            taken.bind(("127.0.0.1", port))
            return port


@pytest.fixture
def east_and_west(make_place, tmp_path):
    """The node of us-east-1 with its console, and that of eu-west-1."""
    port = free_port()
    east = make_place("--region", "us-east-1", "--peer", f"eu-west-1=http://127.0.0.1:{port}")
    peer = ("--region", "eu-west-1", "--peer", f"us-east-1={east.endpoint}")
    with NodeProcess(*peer, data=tmp_path / "west", log=tmp_path / "west.log", port=port) as west:
        yield east, west


def test_a_link_that_is_down_shows_what_waits_and_for_how_long(east_and_west, open_page, picture):
    east, west = east_and_west
    page = open_page("/regions", base=east.url)
    expect(page.get_by_label("Map of regions")).to_contain_text("eu-west-1")
    east.make_table("Orders")
    east.client("dynamodb").update_table(
        TableName="Orders", ReplicaUpdates=[{"Create": {"RegionName": "eu-west-1"}}]
    )
    link = page.get_by_role("table", name="Links").get_by_role("row").filter(has_text="Orders")
    expect(link.get_by_role("cell").nth(2)).to_have_text("idle")
    replicas = page.get_by_role("table", name="Replicas").get_by_role("row")
    expect(replicas.filter(has_text="Orders")).to_contain_text("ACTIVEACTIVE")
    expect(page.locator(".edgelabel.idle")).to_have_text("us-east-1 to eu-west-1: in stepin step")
    west.kill()
    for number in range(3):
        east.put("Orders", id=f"o-{number}")
    expect(link.get_by_role("cell").nth(2)).to_have_text("down")
    expect(link.get_by_role("cell").nth(3)).to_have_text("3")
    expect(link.get_by_role("cell").nth(4)).not_to_have_text("0 ms")
    expect(link.get_by_role("cell").last).to_contain_text("refused")
    expect(page.locator(".edgelabel.down")).to_contain_text("3 waiting")
    tiles = page.get_by_label("Now", exact=True)
    expect(tiles).to_contain_text("Links in order0 of 1")
    picture(page, "regions-down")
    west.start()
    expect(link.get_by_role("cell").nth(2)).to_have_text("idle")
    expect(link.get_by_role("cell").nth(5)).to_have_text("3")
    expect(tiles).to_contain_text("Waiting0Largest lag0 ms")


def test_a_node_of_several_regions_draws_them_all(place, open_page, picture):
    place.make_table("Sites")
    for region in ("eu-west-1", "ap-northeast-1"):
        client = place.client("dynamodb")
        change = [{"Create": {"RegionName": region}}]
        client.update_table(TableName="Sites", ReplicaUpdates=change)
        client.get_waiter("table_exists").wait(
            TableName="Sites", WaiterConfig={"Delay": 0.1, "MaxAttempts": 300}
        )
    page = open_page("/regions", size="phone", scheme="dark")
    expect(page.get_by_text("3 regions, 1 global table")).to_be_visible()
    expect(page.locator(".regionmap .edge")).to_have_count(6)
    expect(page.locator(".regionmap .region.own")).to_have_count(3)
    assert page.evaluate("() => document.querySelector('main').scrollWidth") <= 375
    picture(page, "regions-phone")
