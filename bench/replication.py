"""Tables in two regions: how late writes are there, how fast a region catches up, what it costs.

lag       1,000 puts a second of 1 KB items in one region: from the sequence of a write to that of
          its record in the other region, both of which are moments of one machine's clock
catch-up  a region that was down for 500,000 writes (200 bytes each)
cost      PutItem with the stream on, without and with a replica in another process

Both nodes and the load share two cores: the node that is measured has core 0, its replica and the
load have core 1.
"""

import contextlib
import json
import socket
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from harness import (
    RESULTS,
    Report,
    create_table,
    item,
    load,
    options,
    over,
    pinned,
    request_file,
)
from headwater.testing.process import NodeProcess
from streams import pages, stream_arn
from wire import Caller, request

EAST, WEST = "us-east-1", "eu-west-1"
RATE = 1000
WRITERS = 8
BEHIND = 500_000
BATCH = 25
KEYS = 20_000


class Elsewhere(Caller):
    """A caller of the other region."""

    def exchange(self, asked: bytes) -> bytes:
        return super().exchange(asked.replace(EAST.encode(), WEST.encode()))


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


@contextlib.contextmanager
def two_regions() -> Iterator[tuple[NodeProcess, NodeProcess]]:
    """Nodes of two regions that know each other; the second shares core 1 with the load."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    ports = {EAST: free_port(), WEST: free_port()}
    with tempfile.TemporaryDirectory(dir=RESULTS, prefix="data-") as directory:
        place = Path(directory)
        nodes = []
        for core, (name, other) in enumerate(((EAST, WEST), (WEST, EAST))):
            nodes.append(
                NodeProcess(
                    *("--region", name, "--peer", f"{other}=http://127.0.0.1:{ports[other]}"),
                    data=place / name,
                    log=place / f"{name}.log",
                    port=ports[name],
                    before=pinned(core),
                )
            )
        with nodes[0], nodes[1]:
            yield nodes[0], nodes[1]


def replicate(east: NodeProcess) -> Caller:
    """A table in both regions; a caller of the first."""
    caller = Caller(east.port)
    create_table(caller, "bench")
    caller.call("UpdateTable", TableName="bench", ReplicaUpdates=[{"Create": {"RegionName": WEST}}])
    while caller.call("DescribeTable", TableName="bench")["Table"]["TableStatus"] != "ACTIVE":
        time.sleep(0.01)
    return caller


def link_of(east: NodeProcess) -> dict[str, Any]:
    """How the link to the other region stands."""
    with urllib.request.urlopen(f"{east.url}/_headwater/regions") as page:
        (link,) = json.load(page)["links"]
    return dict(link)


def wait_until_idle(east: NodeProcess) -> None:
    while link_of(east)["state"] != "idle":
        time.sleep(0.2)


def moments(caller: Caller) -> dict[str, float]:
    """When each item was put last, in milliseconds, as its record's sequence says."""
    arn = stream_arn(caller, "bench")
    found = {}
    for page in pages(caller, arn):
        for record in page:
            sequence = int(record["dynamodb"]["SequenceNumber"][1:])
            found[record["dynamodb"]["Keys"]["pk"]["S"]] = sequence / (1 << 20)
    return found


def put_in_time(port: int, numbers: range, began: float) -> None:
    """Put the items of those numbers, each at its own moment of RATE puts a second."""
    caller = Caller(port)
    for number in numbers:
        due = began + number / RATE
        if (early := due - time.perf_counter()) > 0:
            time.sleep(early)
        caller.call("PutItem", TableName="bench", Item=item(number))
    caller.close()


def lag(report: Report, writes: int) -> None:
    with two_regions() as (east, west):
        caller = replicate(east)
        began = time.perf_counter()
        with ThreadPoolExecutor(WRITERS) as writers:
            parts = [range(writer, writes, WRITERS) for writer in range(WRITERS)]
            list(writers.map(lambda part: put_in_time(east.port, part, began), parts))
        took_s = time.perf_counter() - began
        wait_until_idle(east)
        there = moments(Elsewhere(west.port))
        here = moments(caller)
    late = sorted(there[key] - moment for key, moment in here.items())
    assert len(late) == writes, f"{len(late)} of {writes}"
    report.add(
        "lag",
        p50_ms=late[len(late) // 2],
        p99_ms=late[len(late) * 99 // 100],
        max_ms=late[-1],
        writes_per_second=writes / took_s,
    )


def catch_up(report: Report, writes: int) -> None:
    with two_regions() as (east, west):
        caller = replicate(east)
        west.kill()
        for first in range(0, writes, BATCH):
            puts = [
                {"PutRequest": {"Item": item(number, size_bytes=200)}}
                for number in range(first, first + BATCH)
            ]
            caller.call("BatchWriteItem", RequestItems={"bench": puts})
        west.start()
        began = time.perf_counter()
        shipped = link_of(east)["shipped"]
        wait_until_idle(east)
        took_s = time.perf_counter() - began
        shipped = link_of(east)["shipped"] - shipped
    report.add("catch-up", writes_per_second=shipped / took_s, seconds=took_s)


def cost(report: Report, connections: int, seconds: float, *, has_replica: bool) -> None:
    puts = (request("PutItem", {"TableName": "bench", "Item": item(n)}) for n in range(KEYS))
    with two_regions() as (east, _), request_file(puts) as file:
        if has_replica:
            replicate(east)
        else:
            create_table(Caller(east.port), "bench")
        came = load(east, file, connections, seconds=seconds)
    row = f"{'with' if has_replica else 'without'} replica, {over(connections)}"
    report.add(row, **{name: came[name] for name in ("p50_us", "p99_us", "per_second", "cpu_us")})


def main() -> None:
    """Each on fresh nodes in each run."""
    chosen = options(__doc__, runs=3, connections="1,16")
    report = Report("replication", __doc__, chosen.runs)
    for _ in range(chosen.runs):
        lag(report, int(10 * RATE * chosen.scale))
        for connections in chosen.connections:
            for has_replica in (False, True):
                cost(report, connections, chosen.seconds, has_replica=has_replica)
        catch_up(report, int(BEHIND * chosen.scale))
    report.finish()


if __name__ == "__main__":
    main()
