"""Runs every benchmark in its short form, one after the other: a rough look in a few minutes.

`python bench/run_all.py put_item query` runs those two; each file runs alone with all its options.
"""

import subprocess
import sys
from pathlib import Path

from harness import chromium

HERE = Path(__file__).resolve().parent
CONSOLE = "console"
ALL = (
    "load_itself",
    "put_item",
    "get_item",
    "query",
    "batch_write_item",
    "operations",
    "page",
    "index",
    "table_size",
    "get_records",
    "visible",
    "to_handler",
    "mappings",
    "cold_start",
    "memory",
    "log_length",
    "drain",
    "readers",
    "sweep",
    "replication",
    "kinesis_destination",
    "views",
    "metrics_cost",
    "tracing_cost",
    CONSOLE,
)


def main() -> int:
    """Run what is asked for (or all); returns 1 if any of it failed."""
    wanted = sys.argv[1:] or ALL
    failed = []
    for name in wanted:
        if name == CONSOLE and chromium() is None:
            print("console: left out, there is no Chromium on this machine", file=sys.stderr)
            continue
        line = [sys.executable, str(HERE / f"{name}.py"), "--short"]
        if subprocess.run(line, check=False).returncode:
            failed.append(name)
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
