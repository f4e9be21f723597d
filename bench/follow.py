"""Readers of one shard and paced writers, in one process, each with one request under way.

    python follow.py PORT ITERATOR READERS PAUSE_MS WRITES_PER_SECOND SECONDS

Each reader goes on from ITERATOR, asks for a page, waits PAUSE_MS and asks for the next. Writes are
put at their own pace, however long they take; each carries its number, and the first reader tells
when it saw it. Prints one JSON object, times in microseconds.
"""

import asyncio
import itertools
import json
import re
import sys
import time

import uvloop

from harness import percentiles
from wire import request

_NEXT = b',"NextShardIterator":"'
_NUMBER = re.compile(rb'"pk":\{"S":"w(\d+)"\}')
_WRITERS = 8


class Connection:
    """One keep-alive connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @staticmethod
    async def open(port: int) -> "Connection":
        """Connect to a node of this machine."""
        return Connection(*await asyncio.open_connection("127.0.0.1", port, limit=1 << 24))

    async def ask(self, asked: bytes) -> bytes:
        """The body of the answer, which must be 200."""
        self._writer.write(asked)
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
        body = await self._reader.readexactly(length)
        assert b" 200 " in head[:16], body
        return body


class Run:
    """What readers and writers share."""

    def __init__(self, port: int, rate: float, ends: float) -> None:
        self.port = port
        self.rate = rate
        self.ends = ends
        self.numbers = itertools.count()
        self.began = time.perf_counter()
        self.acknowledged: dict[int, float] = {}
        self.puts_us: list[float] = []
        self.visible_us: list[float] = []
        self.records = 0

    async def write(self) -> None:
        """Put the next item when its turn has come."""
        connection = await Connection.open(self.port)
        while (due := self.began + (number := next(self.numbers)) / self.rate) < self.ends:
            await asyncio.sleep(max(0, due - time.perf_counter()))
            item = {"pk": {"S": f"w{number}"}, "note": {"S": "x" * 100}}
            await connection.ask(request("PutItem", {"TableName": "bench", "Item": item}))
            self.acknowledged[number] = now = time.perf_counter()
            # From when it was due: a writer that is late because of the one before it is late.
            self.puts_us.append((now - due) * 1e6)

    async def read(self, token: str, pause_s: float, *, tells: bool) -> None:
        """Read page after page."""
        connection = await Connection.open(self.port)
        while time.perf_counter() < self.ends:
            body = await connection.ask(request("GetRecords", {"ShardIterator": token}))
            token = body[body.rindex(_NEXT) + len(_NEXT) : -2].decode()
            self.records += body.count(b'"eventID"')
            if tells:
                now = time.perf_counter()
                for number in {int(found) for found in _NUMBER.findall(body)}:
                    # What is seen before its writer knows was visible at once.
                    self.visible_us.append((now - self.acknowledged.get(number, now)) * 1e6)
            await asyncio.sleep(pause_s)


async def main() -> None:
    """Run what the command line asks for and print what came of it."""
    port, token, readers, pause_ms, rate, seconds = sys.argv[1:]
    run = Run(int(port), float(rate) or 1.0, time.perf_counter() + float(seconds))
    tasks = [run.write() for _ in range(_WRITERS if float(rate) else 0)]
    tasks += [run.read(token, 0.001, tells=True)] if float(rate) else []
    tasks += [run.read(token, float(pause_ms) / 1000, tells=False) for _ in range(int(readers))]
    await asyncio.gather(*tasks)
    answer: dict[str, float] = {"records_read": run.records, "puts": len(run.puts_us)}
    for name, samples in (("put", run.puts_us), ("visible", run.visible_us)):
        figures = percentiles(samples) if samples else {}
        answer |= {f"{name}_{figure}": value for figure, value in figures.items()}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    uvloop.run(main())
