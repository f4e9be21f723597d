"""Does forgetting 1,000,000 expired records hold up writes, or whoever reads after it?

In one process, because a node sweeps when it wants: a task writes one record after the other, each
synced, while the sweep runs beside it on the same loop; then readers look where the records were.
"""

import asyncio
import time
from pathlib import Path
from typing import Any

from filled import SCOPE, fill_log
from harness import RESULTS, Report, create_table, node, options
from headwater.changelog.read import horizon
from headwater.changelog.shards import Shard
from headwater.changelog.stream import load_shards
from headwater.clock import SystemClock
from headwater.consumers.chores import sweep
from headwater.loops import run
from headwater.storage import keyspace
from headwater.storage.embedded import open_embedded
from headwater.storage.engine import Engine, Transaction
from headwater.tables.catalog import Catalog
from wire import Caller

EXPIRED = 1_000_000
FRESH = 1_000
DAY_MS = 24 * 60 * 60 * 1000
QUIET_S = 2.0  # how long writes are measured without a sweep


def stored_bytes(data: Path) -> int:
    """What the tables on disk take; the log of the last writes is not counted."""
    return sum(file.stat().st_size for file in data.rglob("*.sst"))


def shard_of(tx: Transaction) -> Shard:
    """The one shard of the one table, as it is on disk."""
    table = Catalog().find(tx, SCOPE, "bench")
    assert table is not None and table.stream is not None
    return load_shards(tx, table.stream.stream)[0]


async def write_until(engine: Engine, log: int, stop: asyncio.Event, into: list[float]) -> None:
    """Append and sync one record after the other; milliseconds of each go to `into`."""
    while not stop.is_set():
        began = time.perf_counter()
        await engine.run(lambda tx: tx.append(log, b"x" * 200))
        into.append((time.perf_counter() - began) * 1000)


async def beside(engine: Engine, log: int, work: Any) -> tuple[list[float], float]:
    """Latencies of writes while `work` runs, and how long that took, in milliseconds."""
    stop, samples = asyncio.Event(), list[float]()
    writer = asyncio.create_task(write_until(engine, log, stop, samples))
    began = time.perf_counter()
    await work
    took_ms = (time.perf_counter() - began) * 1000
    stop.set()
    await writer
    return samples, took_ms


async def look_ms(engine: Engine, first: int, log: int) -> float:
    """How long the first page from sequence `first` on takes."""
    began = time.perf_counter()
    await engine.run(lambda tx: tx.range(*keyspace.log_range(log, first), limit=1000))
    return (time.perf_counter() - began) * 1000


async def measure(data: Path, report: Report) -> None:
    """One run over one directory."""
    clock = SystemClock()
    engine = open_embedded(data, clock, sync=True)
    shard = await engine.run(shard_of)
    log = shard.log
    for row, work in (
        ("without", asyncio.sleep(QUIET_S)),
        ("sweeping", sweep(engine, clock, Catalog())),
        ("sweeping again", sweep(engine, clock, Catalog())),
        ("after", asyncio.sleep(QUIET_S)),
    ):
        samples, took_ms = await beside(engine, log + 1_000_000, work)
        ordered = sorted(samples)
        report.add(
            row,
            took_ms=took_ms,
            write_p50_ms=ordered[len(ordered) // 2],
            write_p99_ms=ordered[len(ordered) * 99 // 100],
            write_max_ms=ordered[-1],
            disk_mb=stored_bytes(data) / 1e6,
        )
    shard = await engine.run(shard_of)
    report.add("page from the horizon", took_ms=await look_ms(engine, horizon(clock.now_ms()), log))
    report.add("page where readers begin", took_ms=await look_ms(engine, shard.first_kept, log))
    report.add("page among what was deleted", took_ms=await look_ms(engine, 0, log))
    engine.close()


def main() -> None:
    """Fill a shard with records of yesterday and some of today, then sweep it."""
    chosen = options(__doc__, runs=3)
    report = Report("sweep", __doc__, chosen.runs)
    RESULTS.mkdir(parents=True, exist_ok=True)
    for _ in range(chosen.runs):
        with node("--initial-partitions", "1") as server:
            create_table(Caller(server.port), "bench")
            server.stop()
            assert server.data is not None
            fill_log(server.data, "bench", int(EXPIRED * chosen.scale), age_ms=DAY_MS + 60_000)
            fill_log(server.data, "bench", FRESH)
            run(measure(server.data, report))
    report.finish()


if __name__ == "__main__":
    main()
