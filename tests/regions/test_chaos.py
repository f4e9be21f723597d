"""Three regions, writers everywhere, lines that are cut and nodes that are killed; then peace.

When all lines are whole and all nodes are up again:

- all replicas are equal, byte by byte, with the same stamps;
- of each item that write is left which comes last of all that were made anywhere: found by a check
  of its own, from the records of all streams (tests/regions/evidence.py);
- every replica's stream tells its table, change by change;
- every write that was acknowledged is in the records of its region, so it is either there or was
  replaced by a later one.

REGIONS_SECONDS says how long (`make regions SECONDS=300`), REGIONS_SEED what happens.
"""

import json
import os
import random
import threading
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from tests.regions.conftest import Region, free_port
from tests.regions.evidence import check_all, evidence_of, own_writes, values_written
from tests.regions.proxy import Lines, Proxy
from tests.regions.writers import Writer

SECONDS = float(os.environ.get("REGIONS_SECONDS", "20"))
SEED = int(os.environ.get("REGIONS_SEED", "1"))
REGIONS = ("us-east-1", "eu-west-1", "ap-southeast-2")
TABLE = "Chaos"
# From the beginning, so that it tells all of the table.
STREAM = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
WRITERS = 2  # in each region


class World:
    """Three nodes, six lines between them, writers at each."""

    def __init__(self, node_factory: Any, tmp_path: Path, lines: Lines, seed: int) -> None:
        self.dice = random.Random(seed)
        ports = {name: free_port() for name in REGIONS}
        self.lines: dict[tuple[str, str], Proxy] = {
            (one, other): lines.add(ports[other])
            for one in REGIONS
            for other in REGIONS
            if one != other
        }
        self.data = {name: tmp_path / name for name in REGIONS}
        self.regions: dict[str, Region] = {}
        for name in REGIONS:
            peers = [
                word
                for (one, other), proxy in self.lines.items()
                if one == name
                for word in ("--peer", f"{other}=http://127.0.0.1:{proxy.port}")
            ]
            node = node_factory("--region", name, *peers, data=self.data[name], port=ports[name])
            self.regions[name] = Region(name, node)
        self.writers: list[Writer] = []
        self.done: list[str] = []

    def write(self) -> None:
        for name, region in self.regions.items():
            for _ in range(WRITERS):
                client = region.node.client("dynamodb", region_name=name)
                writer = Writer(client, TABLE, name, self.dice.randrange(1 << 30))
                writer.start()
                self.writers.append(writer)

    def disturb(self) -> None:
        """One thing that goes wrong, or right again."""
        kind = self.dice.choice(("cut", "cut", "slow", "slow", "lossy", "heal", "kill", "island"))
        line = self.lines[self.dice.choice(sorted(self.lines))]
        name = self.dice.choice(REGIONS)
        self.done.append(kind)
        if kind == "cut":
            line.set_cut(True)
        elif kind == "slow":
            line.delay_s = self.dice.random() * 0.5
        elif kind == "lossy":
            line.loses, line.repeats = 0.3, 0.5
        elif kind == "heal":
            for one in self.lines.values():
                one.heal()
        elif kind == "island":
            for ends, one in self.lines.items():
                if name in ends:
                    one.set_cut(True)
        else:
            node = self.regions[name].node
            node.kill()
            self.wait(0.5)
            node.start()

    def wait(self, seconds_max: float) -> None:
        """Let what there is go on for a while."""
        threading.Event().wait(self.dice.random() * seconds_max)

    def heal(self) -> None:
        for line in self.lines.values():
            line.heal()

    def links(self) -> list[dict[str, Any]]:
        found = []
        for region in self.regions.values():
            with urllib.request.urlopen(region.node.url + "/_headwater/regions") as page:
                found += json.load(page)["links"]
        return found

    def is_quiet(self) -> bool:
        """Everything is shipped, and nothing waits for its end."""
        if any(link["state"] != "idle" for link in self.links()):
            return False
        tables = [region.table(TABLE) for region in self.regions.values()]
        return all(table == tables[0] for table in tables) and not any(
            "ends" in item for item in tables[0].values()
        )


@pytest.mark.deadline(int(SECONDS) + 240)
def test_all_regions_agree_on_the_last_write_of_every_item(
    node_factory: Any, tmp_path: Path, eventually: Any
) -> None:
    lines = Lines(SEED)
    try:
        world = World(node_factory, tmp_path, lines, SEED)
        first = world.regions[REGIONS[0]]
        first.create(TABLE, StreamSpecification=STREAM)
        first.dynamodb.update_time_to_live(
            TableName=TABLE,
            TimeToLiveSpecification={"Enabled": True, "AttributeName": "ends"},
        )
        world.write()
        ask_for(first, REGIONS[1])
        eventually(lambda: has(first, REGIONS[1]), seconds=60, what="the second region")
        # The third one joins in the midst of it.
        ask_for(first, REGIONS[2])
        ends = time.monotonic() + SECONDS
        while time.monotonic() < ends:
            world.wait(1)
            world.disturb()
        world.heal()
        eventually(lambda: has(first, REGIONS[2]), seconds=60, what="the third region")
        world.wait(1)  # in peace, while all three write
        for writer in world.writers:
            writer.stopping.set()
        for writer in world.writers:
            writer.join(60)
        eventually(world.is_quiet, seconds=120, what="peace")
        for region in world.regions.values():
            assert region.node.stop() == 0
    finally:
        lines.close()
    check(world)


def ask_for(first: Region, other: str) -> None:
    first.dynamodb.update_table(TableName=TABLE, ReplicaUpdates=[{"Create": {"RegionName": other}}])


def has(first: Region, other: str) -> bool:
    return first.replicas(TABLE)[other] == "ACTIVE"


def check(world: World) -> None:
    every = [evidence_of(world.data[name], name, TABLE) for name in REGIONS]
    check_all(every)
    for evidence in every:
        images = [json.loads(image) for image in values_written(evidence) if image]
        written = {(image["pk"]["S"], image["v"]["S"]) for image in images}
        for writer in world.writers:
            if writer.region == evidence.region:
                missing = set(writer.acknowledged) - written
                assert not missing, f"acknowledged and gone: {sorted(missing)[:4]}"
    unexpected = [str(one) for writer in world.writers for one in writer.troubles]
    assert not [one for one in unexpected if "ResourceNotFoundException" not in one], unexpected[:3]
    # Else the test shows nothing: every region wrote.
    assert all(own_writes(evidence) for evidence in every)
