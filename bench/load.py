"""A load client cheap enough not to be what is measured: one process, one request under way for
each connection, nothing decoded but the length of an answer.

    python load.py PORT PID CONNECTIONS SECONDS WARMUP_SECONDS COUNT FILE

FILE holds whole requests, each after its length (4 bytes, little endian). They are sent in order,
over and over, until SECONDS have passed, or, with COUNT above 0, until COUNT are answered. What is
answered during the warm-up is not counted. ROUND000 in a request becomes the number of the round,
since a put of the same item again would change nothing. Prints one JSON object; times in
microseconds. An answer other than 200 is counted and the first one is shown. PID is the server's:
what it used of the processor while it was measured is told too.

`python bench/load_itself.py` shows how much it can send.
"""

import asyncio
import itertools
import json
import struct
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import uvloop


class Load:
    """What all connections share."""

    def __init__(self, requests: list[bytes], count: int, samples_from: float) -> None:
        self.requests = rounds(requests)
        self.count = count
        self.asked = 0
        self.samples_from = samples_from
        self.samples_us: list[int] = []
        self.failures = 0
        self.first_failure = ""
        self.bytes_received = 0
        self.done = asyncio.get_running_loop().create_future()

    def note(self, answer: bytes, sent: float) -> None:
        """Count one answer, of which at least the head is given."""
        moment = time.perf_counter()
        if not answer.startswith(b"HTTP/1.1 200"):
            self.failures += 1
            self.first_failure = self.first_failure or answer[:500].decode("latin-1")
        if moment >= self.samples_from:
            self.samples_us.append(int((moment - sent) * 1e6))
            if self.count and len(self.samples_us) >= self.count and not self.done.done():
                self.done.set_result(None)


def rounds(requests: list[bytes]) -> Iterator[bytes]:
    """The requests in order, over and over, each round with its own number.

    Numbers start at the time of day, so that they also differ from those of an earlier load.
    """
    for number in itertools.count(time.time_ns() // 1_000_000):
        mark = b"%08d" % (number % 100_000_000)
        for one in requests:
            yield one.replace(b"ROUND000", mark)


class Connection(asyncio.Protocol):
    """One request under way at a time."""

    def __init__(self, load: Load) -> None:
        self.load = load
        self.data = b""
        self.tail: list[bytes] = []  # of an answer that comes in pieces
        self.missing = 0  # bytes of it
        self.sent = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.WriteTransport, transport)
        self.ask()

    def ask(self) -> None:
        """Send the next request, if one is left."""
        if self.load.count and self.load.asked >= self.load.count:
            return
        self.load.asked += 1
        self.sent = time.perf_counter()
        self.transport.write(next(self.load.requests))

    def data_received(self, data: bytes) -> None:
        self.load.bytes_received += len(data)
        if self.missing > 0:
            self.tail.append(data)
            self.missing -= len(data)
            if self.missing <= 0:
                self.answered()
            return
        self.data += data
        head, end, body = self.data.partition(b"\r\n\r\n")
        if not end:
            return
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
        self.missing = length - len(body)
        if self.missing <= 0:
            self.answered()

    def answered(self) -> None:
        """A whole answer is here."""
        self.load.note(self.data, self.sent)
        self.data = b""
        self.tail.clear()
        self.missing = 0
        self.ask()


def cpu_s(pid: int) -> float:
    """Seconds of processor time that the threads of a process have used."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    # Nanoseconds, where the other counts of Linux go in steps of ten milliseconds.
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9


def percentile(ordered: list[int], part: float) -> int:
    """The value below which `part` of an ordered list lies; 0 for an empty one."""
    return ordered[min(int(part * len(ordered)), len(ordered) - 1)] if ordered else 0


def read_requests(file: Path) -> list[bytes]:
    """The requests of a file, in order; each stands after its length."""
    raw = file.read_bytes()
    requests, at = [], 0
    while at < len(raw):
        (length,) = struct.unpack_from("<I", raw, at)
        requests.append(raw[at + 4 : at + 4 + length])
        at += 4 + length
    return requests


async def main() -> None:
    """Run the load that the command line asks for and print what came of it."""
    port, pid, connections, seconds, warmup, count, file = sys.argv[1:]
    loop = asyncio.get_running_loop()
    load = Load(read_requests(Path(file)), int(count), time.perf_counter() + float(warmup))
    for _ in range(int(connections)):
        await loop.create_connection(lambda: Connection(load), "127.0.0.1", int(port))
    await asyncio.sleep(load.samples_from - time.perf_counter())
    used_s = cpu_s(int(pid))
    await asyncio.wait((load.done,), timeout=None if load.count else float(seconds))
    took_s = time.perf_counter() - load.samples_from
    used_s = cpu_s(int(pid)) - used_s
    ordered = sorted(load.samples_us)
    parts = {"p50_us": 0.5, "p90_us": 0.9, "p99_us": 0.99, "p999_us": 0.999, "max_us": 1.0}
    answer = {
        "answers": len(ordered),
        "seconds": took_s,
        "cpu_us": used_s / max(1, len(ordered)) * 1e6,
        "failures": load.failures,
        "bytes_received": load.bytes_received,
        **{name: percentile(ordered, part) for name, part in parts.items()},
        "first_failure": load.first_failure,
    }
    print(json.dumps(answer))


if __name__ == "__main__":
    uvloop.run(main())
