"""What does a view cost a PutItem of 1 KB, and how long is one of a million items in building?

The cost is processor time of the node, until the view has taken every change: it says the same on
a machine that does other things too. One node has a table that a view follows and one that none
does; slices of puts go to the one and the other in turn, and each pair of neighbours gives one
figure. Every put makes a new item, so that each changes the view. The rows "metrics and ..." say
what everything costs together that a node does to be seen: there, counting too is switched off for
the table without a view (see metrics_cost.py).

The building goes on while items are written, and what the view has come to is held to a count of
both.
"""

import os
import signal
import statistics
import sys
import time
from typing import Any, Final

from filled import fill_table
from harness import (
    HERE,
    Report,
    create_table,
    item,
    load,
    node,
    options,
    over,
    pinned,
    request_file,
)
from headwater.remote import Remote
from load import cpu_s
from wire import Caller, request

SLICE: Final = 2_500  # requests from one switch to the next
PAIRS: Final = 10
ITEMS: Final = 1_000_000
VIEWS: Final[dict[str, dict[str, Any]]] = {
    "sum by status": {"sum": "total", "by": "status"},
    "sum by status, 1m": {"sum": "total", "by": "status", "window": "1m"},
    "min, max, distinct, top": {"min": "total", "max": "total", "distinct": "total", "top": "gift"},
}
TOGETHER: Final = ("sum by status, 1m", "sum by status")
VIEWED, PLAIN = "bench1", "bench2"


def main() -> None:
    """Both questions, one after the other."""
    chosen = options(__doc__, runs=3, connections="64")
    report = Report("views", __doc__, chosen.runs)
    pairs = max(3, round(PAIRS * chosen.scale))
    for _ in range(chosen.runs):
        for count in chosen.connections:
            for what in TOGETHER:
                figures = cost(VIEWS[what], count, pairs, with_metrics=True)
                report.add(f"metrics and {what}, {over(count)}", **figures)
            for what, definition in VIEWS.items():
                report.add(f"{what}, {over(count)}", **cost(definition, count, pairs))
    items = round(ITEMS * min(1, chosen.scale))
    report.add(f"built over {items:,} items", **building(items))
    report.finish()


def cost(
    definition: dict[str, Any], connections: int, pairs: int, *, with_metrics: bool = False
) -> dict[str, float]:
    """Processor time of a put with the view and without; and with metrics and without."""
    spent: dict[str, list[float]] = {VIEWED: [], PLAIN: []}
    words = (*pinned(0), sys.executable, str(HERE / "switched_metrics.py"))
    with (
        node(before=words if with_metrics else None) as server,
        Remote(f"http://127.0.0.1:{server.port}") as pages,
    ):
        for table in spent:
            create_table(Caller(server.port), table)
        pages.post("views", name="v", table=VIEWED, **definition)
        for number in range(pairs + 1):
            # Who goes first takes turns, so that neither is always met by what the other left.
            for table in (VIEWED, PLAIN) if number % 2 else (PLAIN, VIEWED):
                is_uncounted = with_metrics and table == PLAIN
                puts = [
                    request("PutItem", {"TableName": table, "Item": item(number * SLICE + n)})
                    for n in range(SLICE)
                ]
                if is_uncounted:
                    os.kill(server.pid, signal.SIGUSR1)
                with request_file(puts) as file:
                    before_s = cpu_s(server.pid)
                    load(server, file, connections, count=SLICE)
                    pages.get("idle", timeout_ms=60_000)
                    spent[table].append((cpu_s(server.pid) - before_s) * 1e6 / SLICE)
                if is_uncounted:
                    os.kill(server.pid, signal.SIGUSR1)
    on, off = spent[VIEWED][1:], spent[PLAIN][1:]  # the first slices warm up
    shares = [100 * (a - b) / b for a, b in zip(on, off, strict=True)]
    lower, middle, upper = statistics.quantiles(shares, n=4)
    return {
        "cpu_us": statistics.median(on),
        "cpu_us_without": statistics.median(off),
        "share_percent": middle,
        "lower_quartile": lower,
        "upper_quartile": upper,
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
