"""What does counting cost a PutItem of 1 KB, in processor time of the node?

Processor time and not requests a second: it says the same on a machine that does other things too.
Counting is switched off and on in one node, over and over, and each pair of neighbours gives one
figure for the difference.
"""

import os
import signal
import statistics
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

KEYS: Final = 5_000
SLICE: Final = 2_500  # requests from one switch to the next
PAIRS: Final = 10


def main() -> None:
    """Pairs of slices on one node in each run."""
    chosen = options(__doc__, runs=3, connections="64")
    report = Report("metrics_cost", __doc__, chosen.runs)
    puts = (request("PutItem", {"TableName": "bench", "Item": item(n)}) for n in range(KEYS))
    with request_file(puts) as file:
        for _ in range(chosen.runs):
            for count in chosen.connections:
                words = (*pinned(0), sys.executable, str(HERE / "switched_metrics.py"))
                with node(before=words) as server:
                    create_table(Caller(server.port), "bench")
                    load(server, file, count, count=2 * SLICE)
                    slices = []
                    for _ in range(2 * PAIRS):
                        slices.append(load(server, file, count, count=SLICE)["cpu_us"])
                        os.kill(server.pid, signal.SIGUSR1)
                on, off = slices[::2], slices[1::2]
                shares = [100 * (a - b) / b for a, b in zip(on, off, strict=True)]
                report.add(
                    over(count),
                    cpu_us=statistics.median(on),
                    cpu_us_without=statistics.median(off),
                    share_percent=statistics.median(shares),
                )
    report.finish()


if __name__ == "__main__":
    main()
