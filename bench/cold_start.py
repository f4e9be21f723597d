"""How long from starting the process to its first answer, on an empty and on a filled directory?"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from harness import RESULTS, Report, create_table, item, load, node, options, request_file
from headwater.testing.process import NodeProcess
from wire import Caller, CallFailed, request

ITEMS = 20_000


def free_port() -> int:
    """A port that was free a moment ago."""
    with tempfile.TemporaryDirectory() as directory:
        place = Path(directory)
        with NodeProcess(data=None, log=place / "log") as process:
            return process.port


def first_answer_ms(data: Path, port: int) -> float:
    """Start a node on `data` and ask until it answers ListTables; milliseconds since its start."""
    line = [sys.executable, "-m", "headwater.cli", "serve", "--port", str(port)]
    started = time.perf_counter()
    process = subprocess.Popen(
        [*line, "--data", str(data)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        while time.perf_counter() < started + 20:
            try:
                Caller(port).call("ListTables")
            except (OSError, CallFailed):
                time.sleep(0.001)
            else:
                return (time.perf_counter() - started) * 1000
        sys.exit("the node did not answer within 20 s")
    finally:
        process.terminate()
        process.wait()


def main() -> None:
    """Start it many times; a filled directory was left by SIGKILL once and in order after that."""
    chosen = options(__doc__, runs=10)
    report = Report("cold_start", __doc__, chosen.runs)
    items = int(ITEMS * chosen.scale)
    puts = (request("PutItem", {"TableName": "bench", "Item": item(n)}) for n in range(items))
    port = free_port()
    with request_file(puts) as file, node() as server:
        create_table(Caller(server.port), "bench")
        load(server, file, 16, count=items)
        server.kill()
        assert server.data is not None
        filled = server.data
        report.add("after SIGKILL", first_answer_ms=first_answer_ms(filled, port))
        for _ in range(chosen.runs):
            with tempfile.TemporaryDirectory(dir=RESULTS) as empty:
                first = first_answer_ms(Path(empty) / "data", port)
            report.add("empty directory", first_answer_ms=first)
            report.add(f"{items:,} items", first_answer_ms=first_answer_ms(filled, port))
    report.finish()


if __name__ == "__main__":
    main()
