"""What does a view cost a PutItem of 1 KB, and how long is one of a million items in building?

The cost is processor time of the node, until the view has taken every change: it says the same on
a machine that does other things too. Slices with a view and slices without follow each other on
one node, and each pair of neighbours gives one figure. Every put makes a new item, so that each
changes the view. The building goes on while items are written, and what the view has come to is
held to a count of both.
"""

import time
from typing import Any, Final

from filled import fill_table
from harness import Report, create_table, item, load, node, options, over, request_file
from headwater.remote import Remote
from load import cpu_s
from wire import Caller, request

SLICE: Final = 2_500  # requests from one switch to the next
PAIRS: Final = 8
ITEMS: Final = 1_000_000
VIEWS: Final[dict[str, dict[str, Any]]] = {
    "sum by status": {"sum": "total", "by": "status"},
    "sum by status, 1m": {"sum": "total", "by": "status", "window": "1m"},
    "min, max, distinct, top": {"min": "total", "max": "total", "distinct": "total", "top": "gift"},
}


def main() -> None:
    """Both questions, one after the other."""
    chosen = options(__doc__, runs=3, connections="64")
    report = Report("views", __doc__, chosen.runs)
    for _ in range(chosen.runs):
        for count in chosen.connections:
            for what, definition in VIEWS.items():
                report.add(f"{what}, {over(count)}", **cost(definition, count))
    report.add(f"built over {ITEMS:,} items", **building(round(ITEMS * min(1, chosen.scale))))
    report.finish()


def cost(definition: dict[str, Any], connections: int) -> dict[str, float]:
    """Processor time of a put with the view and without."""
    on: list[float] = []
    off: list[float] = []
    with node() as server, Remote(f"http://127.0.0.1:{server.port}") as pages:
        create_table(Caller(server.port), "bench")
        for number in range(2 * PAIRS + 1):
            first = number * SLICE
            puts = [
                request("PutItem", {"TableName": "bench", "Item": item(first + n)})
                for n in range(SLICE)
            ]
            has_view = number % 2 == 0
            if has_view:
                pages.post("views", name="v", table="bench", **definition)
                pages.get("idle", timeout_ms=60_000)
            with request_file(puts) as file:
                before_s = cpu_s(server.pid)
                load(server, file, connections, count=SLICE)
                pages.get("idle", timeout_ms=60_000)
                spent_us = (cpu_s(server.pid) - before_s) * 1e6 / SLICE
            if has_view:
                pages.delete("views/v")
            if number:  # the first slice warms up
                (on if has_view else off).append(spent_us)
    shares = sorted(100 * (a - b) / b for a, b in zip(on, off, strict=True))
    return {
        "cpu_us": sorted(on)[len(on) // 2],
        "cpu_us_without": sorted(off)[len(off) // 2],
        "share_percent": shares[len(shares) // 2],
    }


def building(items: int) -> dict[str, float]:
    """Seconds until a view over items that are there is live, while others are written."""
    with node() as server:
        create_table(Caller(server.port), "bench")
        server.stop()
        assert server.data is not None
        fill_table(server.data, "bench", (item(n, size_bytes=256) for n in range(items)))
        server.start()
        with Remote(f"http://127.0.0.1:{server.port}") as pages:
            caller = Caller(server.port)
            began_s, written = time.monotonic(), 0
            pages.post("views", name="v", table="bench", count=True, sum="total")
            while pages.get("views/v")["status"] != "LIVE":
                for number in range(items + written, items + written + 50):
                    caller.call("PutItem", TableName="bench", Item=item(number))
                written += 50
            took_s = time.monotonic() - began_s
            pages.get("idle", timeout_ms=60_000)
            (group,) = pages.get("views/v")["groups"]
            assert group["items"] == items + written, (group, items, written)
            total = sum(1 + number % 9973 for number in range(items + written))
            assert group["values"]["sum(total)"] == total, group
    return {"seconds": took_s, "items_per_second": items / took_s, "written_meanwhile": written}


if __name__ == "__main__":
    main()
