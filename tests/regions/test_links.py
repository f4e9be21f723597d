"""What links do when something is in the way: the log is gone, the load is on, keys are asked for.

Source of what is expected: AWS, developer guide, "Global tables": an interrupted replica catches up
later, writes go on meanwhile; existing items are copied to a new replica.
"""

import itertools
import json
import os
import threading
import urllib.request
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError
from tests.regions.conftest import Region, free_port
from tests.regions.proxy import Lines
from tests.tables import create_table

from headwater.remote import Remote

TABLE = "Orders"
ITEMS = int(os.environ.get("REGIONS_ITEMS", "10000"))


def links(region: Region) -> list[dict[str, Any]]:
    with urllib.request.urlopen(region.node.url + "/_headwater/regions") as page:
        found: list[dict[str, Any]] = json.load(page)["links"]
    return found


def test_a_link_that_was_down_for_longer_than_the_log_is_kept_compares_and_copies(
    regions: Any, add_replica: Any, eventually: Any
) -> None:
    """The log is trimmed by hand, as it would be a day later."""
    east, west = regions("us-east-1", "eu-west-1")
    east.create(TABLE)
    for number in range(1200):
        east.put(TABLE, f"k{number:04}", "old")
    add_replica(east, TABLE, "eu-west-1")
    west.node.kill()
    for number in range(0, 9, 3):
        east.delete(TABLE, f"k{number:04}")
        east.put(TABLE, f"k{number + 1:04}", "new")
    east.put(TABLE, "another", "new")
    with Remote(east.node.url) as remote:
        remote.post("shards/trim", table=TABLE)
    west.node.start()
    eventually(lambda: links(east)[0]["resynchronised"] == 1, what="a new start")
    eventually(lambda: links(east)[0]["state"] == "idle", what="the end of the copy")
    assert west.values(TABLE) == east.values(TABLE)
    assert west.values(TABLE)["another"] == "new"
    assert "k0000" not in west.values(TABLE)
    # The first copy is in this figure. Of the second, ranges that are the same are left out.
    assert links(east)[0]["copied"] < 1200 + 400


def test_a_replica_is_added_under_load_and_no_write_is_refused_or_left_out(
    regions: Any, eventually: Any
) -> None:
    """REGIONS_ITEMS items are there before; `make regions` has 100,000."""
    east, west = regions("us-east-1", "eu-west-1")
    east.create(TABLE)
    for first in range(0, ITEMS, 25):
        puts = [
            {"PutRequest": {"Item": {"pk": {"S": f"k{number}"}, "v": {"S": "old"}}}}
            for number in range(first, first + 25)
        ]
        assert not east.dynamodb.batch_write_item(RequestItems={TABLE: puts})["UnprocessedItems"]
    stopping = threading.Event()
    troubles: list[ClientError] = []
    written: dict[str, str] = {}

    def write(writer: int) -> None:
        client = east.node.client("dynamodb", region_name=east.name)
        for number in itertools.count():
            if stopping.is_set():
                return
            key = f"k{(number * 7 + writer) % ITEMS}"
            key, value = f"{key}/{writer}" if number % 3 else key, f"{writer}/{number}"
            item = {"pk": {"S": key}, "v": {"S": value}}
            try:
                client.put_item(TableName=TABLE, Item=item)
            except ClientError as error:
                troubles.append(error)
            if "/" in key:
                written[key] = value

    writers = [threading.Thread(target=write, args=(writer,)) for writer in range(2)]
    for thread in writers:
        thread.start()
    try:
        east.dynamodb.update_table(
            TableName=TABLE, ReplicaUpdates=[{"Create": {"RegionName": "eu-west-1"}}]
        )
        eventually(
            lambda: east.replicas(TABLE)["eu-west-1"] == "ACTIVE", seconds=100, what="the replica"
        )
    finally:
        stopping.set()
        for thread in writers:
            thread.join(60)
    assert not troubles
    eventually(lambda: links(east)[0]["state"] == "idle", seconds=60, what="the end of the link")
    there = west.values(TABLE)
    assert there == east.values(TABLE)
    assert len(there) >= ITEMS
    assert {key: there.get(key) for key in written} == written


def test_a_new_replica_lacks_nothing_that_had_not_reached_its_source(
    node_factory: Any, tmp_path: Path, add_replica: Any, eventually: Any
) -> None:
    """While the third region joins, what the second writes does not get to the first."""
    lines = Lines(1)
    try:
        names = ("us-east-1", "eu-west-1", "ap-southeast-2")
        ports = {name: free_port() for name in names}
        cut = lines.add(ports["us-east-1"])
        urls = {name: f"http://127.0.0.1:{ports[name]}" for name in names}
        made = {}
        for name in names:
            peers = {other: url for other, url in urls.items() if other != name}
            if name == "eu-west-1":
                peers["us-east-1"] = f"http://127.0.0.1:{cut.port}"
            words = [w for other, url in peers.items() for w in ("--peer", f"{other}={url}")]
            node = node_factory("--region", name, *words, port=ports[name], in_memory=True)
            made[name] = Region(name, node)
        east, west, south = made.values()
        east.create(TABLE)
        add_replica(east, TABLE, "eu-west-1")
        cut.set_cut(True)
        for number in range(20):
            west.put(TABLE, f"early{number}", "west")
        add_replica(east, TABLE, "ap-southeast-2")
        expected = {f"early{number}": "west" for number in range(20)}
        eventually(lambda: south.values(TABLE) == expected, what="what the second region wrote")
        assert east.values(TABLE) == {}
        cut.heal()
        eventually(lambda: east.values(TABLE) == expected, what="the end of the cut")
    finally:
        lines.close()


def keys_file(directory: Path, name: str, key: str, secret: str) -> str:
    file = directory / name
    file.write_text(f"[{key}]\naws_access_key_id = {key}\naws_secret_access_key = {secret}\n")
    return str(file)


def test_nodes_that_ask_for_credentials_sign_what_they_ask_each_other(
    node_factory: Any, tmp_path: Path, eventually: Any
) -> None:
    names = ("us-east-1", "eu-west-1")
    clients = keys_file(tmp_path, "clients", "CLIENT", "s3cret")
    nodes = keys_file(tmp_path, "nodes", "NODES", "hidden")
    ports = {name: free_port() for name in names}
    made = {}
    for name, other in (names, names[::-1]):
        flags = ("--region", name, "--peer", f"{other}=http://127.0.0.1:{ports[other]}")
        keys = ("--credentials", clients, "--peer-credentials", nodes)
        made[name] = node_factory(*flags, *keys, port=ports[name], in_memory=True)
    signed = {"aws_access_key_id": "CLIENT", "aws_secret_access_key": "s3cret"}
    east, west = (made[name].client("dynamodb", region_name=name, **signed) for name in names)
    create_table(east, TABLE)
    east.put_item(TableName=TABLE, Item={"pk": {"S": "a"}})
    east.update_table(TableName=TABLE, ReplicaUpdates=[{"Create": {"RegionName": "eu-west-1"}}])

    def count() -> int:
        if TABLE not in west.list_tables()["TableNames"]:
            return 0
        table = west.describe_table(TableName=TABLE)["Table"]
        return int(table["ItemCount"]) if table["TableStatus"] == "ACTIVE" else 0

    assert eventually(count) == 1
    for url in (made[name].url for name in names):
        asked = urllib.request.Request(f"{url}/_headwater/replication/exists", data=b"{}")
        try:
            urllib.request.urlopen(asked)
            status = 200
        except urllib.error.HTTPError as refusal:
            status = refusal.code
            refusal.close()
        assert status == 403


def test_a_node_that_is_reset_forgets_its_links(node_factory: Any, eventually: Any) -> None:
    node = node_factory(in_memory=True)
    client = node.client("dynamodb", region_name="us-east-1")

    def make() -> None:
        create_table(client, TABLE)
        client.update_table(
            TableName=TABLE, ReplicaUpdates=[{"Create": {"RegionName": "eu-west-1"}}]
        )
        eventually(
            lambda: (
                client.describe_table(TableName=TABLE)["Table"]["Replicas"][0]["ReplicaStatus"]
                == "ACTIVE"
            )
        )

    make()
    with Remote(node.url) as remote:
        remote.post("reset")
    with urllib.request.urlopen(node.url + "/_headwater/regions") as page:
        assert json.load(page)["links"] == []
    make()


def test_moving_the_clock_waits_for_what_is_on_its_way_and_marks_go_in_time(
    node_factory: Any, eventually: Any
) -> None:
    node = node_factory("--clock", "virtual", in_memory=True)
    east, west = (node.client("dynamodb", region_name=name) for name in ("us-east-1", "eu-west-1"))
    create_table(east, TABLE)
    east.update_table(TableName=TABLE, ReplicaUpdates=[{"Create": {"RegionName": "eu-west-1"}}])
    key = {"pk": {"S": "a"}}
    with Remote(node.url) as remote:
        remote.get("idle", timeout_ms=20_000)
        for number in range(20):
            east.put_item(TableName=TABLE, Item=key | {"n": {"N": str(number)}})
            remote.post("clock", advance="1h")
            assert west.get_item(TableName=TABLE, Key=key)["Item"]["n"] == {"N": str(number)}
        east.delete_item(TableName=TABLE, Key=key)
        remote.post("clock", advance="20h")
        assert "Item" not in west.get_item(TableName=TABLE, Key=key)
        assert [one["marks"] for one in remote.get("regions")["tables"]] == [1, 1]
        remote.post("clock", advance="10h")
        assert [one["marks"] for one in remote.get("regions")["tables"]] == [0, 0]
