"""What does counting cost a PutItem of 1 KB, in processor time of the node?

Processor time and not requests a second: it says the same on a machine that does other things too.
Runs with and without metrics alternate, and each pair gives one figure for the difference.
"""

import sys
from typing import Final

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
from wire import Caller, request

KEYS: Final = 20_000
REQUESTS: Final = 30_000
WARMUP: Final = 4_000
WITHOUT: Final = (sys.executable, str(HERE / "without_metrics.py"))


def main() -> None:
    """Pairs of runs on fresh nodes."""
    chosen = options(__doc__, runs=7, connections="64")
    report = Report("metrics_cost", __doc__, chosen.runs)
    requests = int(REQUESTS * chosen.scale)
    puts = (request("PutItem", {"TableName": "bench", "Item": item(n)}) for n in range(KEYS))
    with request_file(puts) as file:
        for run in range(chosen.runs):
            for count in chosen.connections:
                found = {}
                for counts in (True, False) if run % 2 else (False, True):
                    before = () if counts else WITHOUT
                    with node(before=(*pinned(0), *before)) as server:
                        create_table(Caller(server.port), "bench")
                        load(server, file, count, count=WARMUP)
                        found[counts] = load(server, file, count, count=requests)["cpu_us"]
                report.add(
                    over(count),
                    cpu_us=found[True],
                    cpu_us_without=found[False],
                    share_percent=100 * (found[True] - found[False]) / found[False],
                )
    report.finish()


if __name__ == "__main__":
    main()
