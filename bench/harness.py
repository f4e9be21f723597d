"""What every benchmark here shares: a pinned node, a pinned load, several runs, one table.

A benchmark asks one question. It runs it several times on fresh data and prints the median with
the lowest and the highest run; the same figures go to bench/results as JSON. The server has core 0
to itself and the load core 1 where the machine has both and `taskset`.
"""

import argparse
import contextlib
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from headwater import __version__
from headwater.testing.process import NodeProcess
from wire import Caller, write_requests

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results"
WARMUP_S = 0.5
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


class Options(NamedTuple):
    """How much of a benchmark to run."""

    runs: int
    seconds: float
    connections: list[int]
    scale: float


def options(question: str, *, runs: int = 5, connections: str = "1,16,64") -> Options:
    """The command line that all benchmarks understand."""
    parser = argparse.ArgumentParser(description=question)
    parser.add_argument("--runs", type=int, default=runs, help="runs, each on fresh data")
    parser.add_argument("--seconds", type=float, default=4.0, help="of load in one run")
    parser.add_argument("--connections", default=connections, help="one or more, by commas")
    parser.add_argument("--short", action="store_true", help="a rough look: less of all")
    chosen = parser.parse_args()
    counts = [int(count) for count in chosen.connections.split(",")]
    if chosen.short:
        return Options(2, 1.0, counts, 0.1)
    return Options(chosen.runs, chosen.seconds, counts, 1.0)


# --- the machine ---------------------------------------------------------------------------------


def chromium() -> str | None:
    """Where a Chromium is on this machine."""
    return next((found for name in CHROMIUMS if (found := shutil.which(name))), None)


def pinned(core: int) -> list[str]:
    """Words that keep a command on one core; none where that cannot be had."""
    able = (os.cpu_count() or 1) > 1 and shutil.which("taskset")
    return ["taskset", "-c", str(core)] if able else []


def machine() -> str:
    """One line on what the figures were taken on."""
    model = platform.processor() or platform.machine()
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                model = line.partition(":")[2].strip()
                break
    return (
        f"{os.cpu_count()} cores ({model}), {platform.system()} {platform.release()}, "
        f"data on {file_system(RESULTS)}, Python {platform.python_version()}, "
        f"headwater {__version__} at {commit()}"
    )


def file_system(path: Path) -> str:
    """The kind of file system under `path`, as `stat` names it."""
    path.mkdir(parents=True, exist_ok=True)
    asked = ["stat", "-f", "-c", "%T", str(path)]
    return subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()


def commit() -> str:
    """The commit of the tree that is measured, with a + if it was changed since."""
    asked = ["git", "-C", str(HERE), "describe", "--always", "--dirty=+"]
    return subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip() or "?"


# --- servers and loads ---------------------------------------------------------------------------


@contextlib.contextmanager
def node(
    *flags: str,
    pin: bool = True,
    environment: Mapping[str, str] | None = None,
    before: Sequence[str] | None = None,
) -> Iterator[NodeProcess]:
    """A node of its own on core 0, with fresh data on the disk of this tree.

    pin          False where the node's functions matter too: they would share its core
    environment  variables the node sees beside the usual ones
    before       words before the command, instead of those that pin it
    """
    RESULTS.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=RESULTS, prefix="data-") as directory:
        place = Path(directory)
        process = NodeProcess(
            *flags,
            data=place / "data",
            log=place / "node.log",
            environment=environment,
            before=before if before is not None else pinned(0) if pin else (),
        )
        with process:
            yield process


class Server(Protocol):
    """What can be put under load."""

    @property
    def port(self) -> int: ...

    @property
    def pid(self) -> int: ...


class Bare(NamedTuple):
    """A bare server."""

    port: int
    pid: int


@contextlib.contextmanager
def echo_server(answer_bytes: int, *, premade: bool = False) -> Iterator[Bare]:
    """A bare server on core 0 that answers `answer_bytes` of JSON to anything.

    premade  it has the answer ready, and only copies it into each reply
    """
    line = [sys.executable, str(HERE / "echo_server.py"), "--answer-bytes", str(answer_bytes)]
    line += ["--premade"] if premade else []
    with subprocess.Popen([*pinned(0), *line], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield Bare(int(server.stdout.readline()), server.pid)
        finally:
            server.kill()


@contextlib.contextmanager
def request_file(requests: Iterable[bytes]) -> Iterator[Path]:
    """Requests in a file the load client can read, for as long as they are needed."""
    with tempfile.TemporaryDirectory(prefix="headwater-bench-") as directory:
        yield write_requests(requests, Path(directory) / "requests")


def load(
    server: Server, file: Path, connections: int, *, seconds: float = 0, count: int = 0
) -> dict[str, float]:
    """What came of a load: per_second, p50_us, p99_us, cpu_us (the server's, for each) and more.

    Either for `seconds` after a short warm-up, or until `count` answers came, with none.
    Stops the benchmark when an answer was not 200, and shows the first such answer.
    """
    warmup_s = 0.0 if count else WARMUP_S
    to = [str(server.port), str(server.pid)]
    words = [str(connections), str(seconds), str(warmup_s), str(count), str(file)]
    line = [*pinned(1), sys.executable, str(HERE / "load.py"), *to, *words]
    answer = json.loads(subprocess.run(line, capture_output=True, text=True, check=True).stdout)
    if answer["failures"]:
        sys.exit(f"{answer['failures']} answers were not 200; the first: {answer['first_failure']}")
    answer["per_second"] = answer["answers"] / answer["seconds"]
    return {name: value for name, value in answer.items() if name != "first_failure"}


def pace(figures: Mapping[str, float]) -> dict[str, float]:
    """How many, and how soon each was answered, of the figures of a load."""
    return {name: figures[name] for name in ("per_second", "p50_us", "p99_us")}


def beside(ours: Mapping[str, float], bare: Mapping[str, float]) -> dict[str, float]:
    """Shares of a bare server, in rate and in processor time, from the figures of two loads.

    The second hardly depends on what else a machine is doing.
    """
    return {
        "cpu_us": ours["cpu_us"],
        "bare_cpu_us": bare["cpu_us"],
        "share_of_bare": ours["per_second"] / bare["per_second"],
        "share_of_bare_by_cpu": bare["cpu_us"] / ours["cpu_us"],
    }


def create_table(caller: Caller, name: str, *, sort_key: bool = False, stream: bool = True) -> None:
    """A table with a key of strings, ready for use; its stream carries both images."""
    keys = [("pk", "HASH"), *([("sk", "RANGE")] if sort_key else [])]
    params: dict[str, Any] = {
        "TableName": name,
        "AttributeDefinitions": [{"AttributeName": key, "AttributeType": "S"} for key, _ in keys],
        "KeySchema": [{"AttributeName": key, "KeyType": kind} for key, kind in keys],
        "BillingMode": "PAY_PER_REQUEST",
    }
    if stream:
        params["StreamSpecification"] = {
            "StreamEnabled": True,
            "StreamViewType": "NEW_AND_OLD_IMAGES",
        }
    caller.call("CreateTable", **params)
    while caller.call("DescribeTable", TableName=name)["Table"]["TableStatus"] != "ACTIVE":
        time.sleep(0.01)


def item(number: int, *, size_bytes: int = 1024, prefix: str = "k") -> dict[str, Any]:
    """An item of `size_bytes` as DynamoDB counts them, in a few attributes of usual kinds.

    Its note differs in each round of the load client, so that every put changes something.
    """
    key = f"{prefix}{number:015d}"
    made: dict[str, Any] = {
        "pk": {"S": key},
        "total": {"N": str(1 + number % 9973)},
        "status": {"S": "PLACED"},
        "gift": {"BOOL": False},
        "note": {"S": ""},
    }
    # Names and texts count their bytes, a number half its digits plus one, a boolean one:
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
    digits = len(made["total"]["N"].rstrip("0"))
    used = sum(map(len, made)) + len(key) + (digits + 1) // 2 + 1 + len("PLACED") + 1
    made["note"] = {"S": "ROUND000".ljust(size_bytes - used, "x")}
    return made


# --- figures -------------------------------------------------------------------------------------


@dataclass
class Report:
    """The table of one benchmark: rows of figures, each with one value for each run."""

    name: str
    question: str
    runs: int
    rows: dict[str, dict[str, list[float]]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def add(self, row: str, **figures: float) -> None:
        """Add one run's figures to a row; names end in their unit."""
        into = self.rows.setdefault(row, {})
        for name, value in figures.items():
            into.setdefault(name, []).append(value)

    def finish(self) -> None:
        """Print the table and write the figures to bench/results."""
        print(f"\n{self.name}: {self.question.strip().splitlines()[0]}")
        print(f"{machine()}; {self.runs} runs, median (lowest-highest)")
        names = list(dict.fromkeys(name for figures in self.rows.values() for name in figures))
        lines = [["", *[name.replace("_", " ") for name in names]]]
        for row, figures in self.rows.items():
            lines.append([row, *[spread(figures.get(name, [])) for name in names]])
        widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
        for line in lines:
            cells = [text.rjust(width) for text, width in zip(line[1:], widths[1:], strict=True)]
            print("  ".join([line[0].ljust(widths[0]), *cells]))
        for note in self.notes:
            print(note)
        self._write()

    def _write(self) -> None:
        RESULTS.mkdir(parents=True, exist_ok=True)
        file = RESULTS / f"{self.name}-{time.strftime('%Y%m%d-%H%M%S')}.json"
        about = {"machine": machine(), "command": " ".join(sys.argv), "runs": self.runs}
        file.write_text(json.dumps({**about, "rows": self.rows, "notes": self.notes}, indent=1))


def spread(values: list[float]) -> str:
    """The median and the ends: 12,345 (12,001-12,900)"""
    if not values:
        return ""
    middle = short(statistics.median(values))
    if len(values) == 1:
        return middle
    return f"{middle} ({short(min(values))}-{short(max(values))})"


def over(connections: int) -> str:
    """The name of a row: 1 connection, 16 connections."""
    return f"{connections} connection{'' if connections == 1 else 's'}"


def short(value: float) -> str:
    """A number with as many digits as say something."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.3g}"


def percentiles(samples: list[float]) -> dict[str, float]:
    """p50_us and p99_us of durations in microseconds."""
    ordered = sorted(samples)
    return {
        "p50_us": ordered[len(ordered) // 2],
        "p99_us": ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)],
    }
