"""How soon is a write visible at 1,000 writes a second, and what do 50 readers cost the writers?"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from harness import (
    HERE,
    Report,
    create_table,
    item,
    load,
    node,
    options,
    pinned,
    request_file,
)
from load import cpu_s
from streams import iterator, shards, stream_arn
from wire import Caller, request

READERS = 50
PAUSE_MS = 200  # AWS lets a reader ask five times a second
WRITES_PER_SECOND = 1000
CONNECTIONS = 16
KEYS = 10_000


def start(port: int, token: str, readers: int, rate: int, seconds: float) -> Any:
    """follow.py, under way."""
    words = [str(port), token, str(readers), str(PAUSE_MS), str(rate), str(seconds)]
    line = [*pinned(1), sys.executable, str(HERE / "follow.py"), *words]
    return subprocess.Popen(line, stdout=subprocess.PIPE, text=True)


def told(process: Any) -> dict[str, float]:
    """What follow.py printed at its end."""
    answer, _ = process.communicate()
    assert process.returncode == 0
    found: dict[str, float] = json.loads(answer)
    return found


def paced(report: Report, readers: int, seconds: float) -> None:
    """1,000 writes a second, with so many readers beside the one who looks all the time."""
    with node("--initial-partitions", "1") as server:
        token = fresh_table(server.port)
        used = cpu_s(server.pid)
        figures = told(start(server.port, token, readers, WRITES_PER_SECOND, seconds))
        used = cpu_s(server.pid) - used
    names = ("put_p50_us", "put_p99_us", "visible_p50_us", "visible_p99_us")
    report.add(
        f"{WRITES_PER_SECOND:,} writes a second, {readers} readers",
        **{name: figures[name] for name in names},
        writes_per_second=figures["puts"] / seconds,
        node_cpu_percent=used / seconds * 100,
    )


def full_speed(report: Report, readers: int, seconds: float, file: Path) -> float:
    """As many writes as 16 connections get through; how many a second."""
    with node("--initial-partitions", "1") as server:
        token = fresh_table(server.port)
        beside = start(server.port, token, readers, 0, seconds + 1)
        figures = load(server, file, CONNECTIONS, seconds=seconds)
        read = told(beside)["records_read"] / (seconds + 1)
    report.add(
        f"full speed, {readers} readers",
        put_p50_us=figures["p50_us"],
        put_p99_us=figures["p99_us"],
        writes_per_second=figures["per_second"],
        records_read_per_second=read,
    )
    return figures["per_second"]


def fresh_table(port: int) -> str:
    """Create the table; the iterator readers start from."""
    caller = Caller(port)
    create_table(caller, "bench")
    arn = stream_arn(caller, "bench")
    return iterator(caller, arn, shards(caller, arn)[0], "TRIM_HORIZON")


def main() -> None:
    """Both questions, with and without the readers, in turns."""
    chosen = options(__doc__, runs=3)
    report = Report("readers", __doc__, chosen.runs)
    puts = (request("PutItem", {"TableName": "bench", "Item": item(n)}) for n in range(KEYS))
    with request_file(puts) as file:
        for _ in range(chosen.runs):
            for readers in (0, READERS):
                paced(report, readers, chosen.seconds)
            alone, beside = (
                full_speed(report, readers, chosen.seconds, file) for readers in (0, READERS)
            )
            report.add("full speed, 50 to none", writes_per_second=beside / alone)
    report.finish()


if __name__ == "__main__":
    main()
