"""All log groups of a node: output goes in without waiting, events come out in the order written.

Output is taken on the event loop, cut into lines and written by one thread. What waits for that
thread is bounded: a function that prints faster than the disk writes loses output, and is told how
much in its own log. Whoever reads sees everything that was taken before.

A group keeps events for `days` (PutRetentionPolicy sets its own), and at most `bytes_max` of them.
This file does not know what a function is.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple, TypeVar
from urllib.parse import quote

from headwater.arns import Scope
from headwater.clock import Clock, Timer
from headwater.functions.logs.files import DAY_MS, GroupFiles, StreamFacts, mend
from headwater.functions.logs.lines import (
    Chunk,
    Cutter,
    Event,
    decode_line,
    encode_event,
    encode_stream,
    stream_mark,
)
from headwater.limits import MIB

T = TypeVar("T")

WAITING_BYTES_MAX = 4 * MIB  # of one group, on its way to the disk
_SWEEP_MS = 60 * 60 * 1000
_NAME_CHARS_MAX = 200  # of a directory
_SCANNED_BYTES_MAX = 16 * MIB  # by one page of a search


@dataclass(frozen=True, slots=True)
class Search:
    """Which events are wanted; moments in epoch ms, the end not included.

    start    position to begin at
    stop     position to end before; None: read on to the end
    streams  only these; None: all
    limit    at most so many events, and at most `bytes_max` of text
    newest   of all that fit, the last `limit` instead of the first
    """

    start: int = 0
    stop: int | None = None
    streams: frozenset[str] | None = None
    prefix: str = ""
    start_ms: int = 0
    end_ms: int = 1 << 62
    matches: Callable[[str], bool] | None = None
    limit: int = 10_000
    bytes_max: int = MIB
    newest: bool = False


class Found(NamedTuple):
    """A page of events, and where to go on: `more` says whether there is anything to go on to."""

    events: list[Event]
    next: int
    more: bool


class Sink:
    """Where the output of one group goes in. Never waits."""

    def __init__(self, store: "LogStore", scope: Scope, group: str) -> None:
        self._store, self._key = store, (scope, group)

    def add(self, at_ms: int, stream: str, data: bytes, *, is_whole: bool = False) -> None:
        """is_whole: a line of the platform's own, which is never dropped."""
        self._store.take(self._key, Chunk(at_ms, stream, data, is_whole))


class _Group:
    """A group in memory."""

    __slots__ = ("bell", "cutter", "dropped_bytes", "files", "waiting", "waiting_bytes", "writing")

    def __init__(self, files: GroupFiles) -> None:
        self.files = files
        self.cutter = Cutter()
        self.waiting: deque[Chunk] = deque()
        self.waiting_bytes = 0
        self.dropped_bytes = 0
        self.writing: asyncio.Future[None] | None = None
        self.bell = asyncio.Event()  # something has been written


Key = tuple[Scope, str]


class LogStore:
    """Built once by whoever owns functions. Methods are called on its loop."""

    def __init__(self, directory: Path, clock: Clock, *, days: int, bytes_max: int) -> None:
        self._directory = directory
        self._clock = clock
        self._days = days
        self._bytes_max = bytes_max
        self._groups: dict[Key, _Group] = {}
        self._writer = ThreadPoolExecutor(1, "function-logs")
        self._reader = ThreadPoolExecutor(1, "function-logs-read")
        self._sweep: Timer | None = None

    def start(self) -> None:
        """Drop what is too old now, and every hour from now on."""
        self._sweep = self._clock.call_at(self._clock.now_ms() + _SWEEP_MS, self.start)
        self._writer.submit(self._drop_all, self._clock.now_ms())

    async def close(self) -> None:
        """Write what waits."""
        if self._sweep is not None:
            self._sweep.cancel()
        for group in list(self._groups.values()):
            await self._flushed(group)
        await asyncio.to_thread(self._writer.shutdown)
        await asyncio.to_thread(self._reader.shutdown)

    # --- output --------------------------------------------------------------------------------

    def sink(self, scope: Scope, group: str) -> Sink:
        """Where the output of a group goes. The group is made with its first event."""
        return Sink(self, scope, group)

    def take(self, key: Key, chunk: Chunk) -> None:
        """For sinks."""
        group = self._groups.get(key) or self._open(key)
        size = len(chunk.data)
        if group.waiting_bytes + size > WAITING_BYTES_MAX and not chunk.is_whole:
            group.dropped_bytes += size
            return
        if group.dropped_bytes:
            text = f"({group.dropped_bytes} bytes of output came too fast and were dropped)\n"
            group.waiting.append(Chunk(chunk.at_ms, chunk.stream, text.encode(), True))
            group.dropped_bytes = 0
        group.waiting.append(chunk)
        group.waiting_bytes += size
        if group.writing is None:
            self._write_on(group)

    def _write_on(self, group: _Group) -> None:
        chunks, group.waiting = list(group.waiting), deque()
        now_ms = self._clock.now_ms()
        loop = asyncio.get_running_loop()
        group.writing = loop.run_in_executor(self._writer, self._write, group, chunks, now_ms)

        def written(_: object) -> None:
            group.waiting_bytes -= sum(len(chunk.data) for chunk in chunks)
            group.writing = None
            group.bell.set()
            if group.waiting:
                self._write_on(group)

        group.writing.add_done_callback(written)

    def _write(self, group: _Group, chunks: Iterable[Chunk], now_ms: int) -> None:
        lines = [line for chunk in chunks for line in group.cutter.cut(chunk)]
        if lines:
            self._append(group, lines, now_ms)

    def _append(self, group: _Group, lines: list[bytes], now_ms: int) -> None:
        if not group.files.made_ms:
            group.files.made_ms = now_ms
            group.files.save()
        group.files.append(lines, now_ms, self._kept_ms(group))

    async def _flushed(self, group: _Group) -> None:
        while group.writing is not None:
            await asyncio.wait([group.writing])

    # --- groups --------------------------------------------------------------------------------

    async def make(self, scope: Scope, name: str) -> bool:
        """Make a group; False: there is one already."""
        group = self._group(scope, name)

        def work() -> bool:
            if group.files.made_ms:
                return False
            group.files.made_ms = self._clock.now_ms()
            group.files.save()
            return True

        return await self._in_writer(work)

    async def retain(self, scope: Scope, name: str, days: int | None) -> bool:
        """Keep events of a group for so many days; None: as the node does. False: no such group."""
        group = self._group(scope, name)

        def work() -> bool:
            if not group.files.made_ms:
                return False
            group.files.days = days
            group.files.save()
            group.files.drop(self._clock.now_ms(), self._kept_ms(group))
            return True

        return await self._in_writer(work)

    async def delete(self, scope: Scope, name: str) -> bool:
        """Delete a group and its events; False: there is none."""
        group = self._group(scope, name)
        await self._flushed(group)

        def work() -> bool:
            known = bool(group.files.made_ms)
            group.files.remove()
            group.files.made_ms, group.files.days = 0, None
            return known

        return await self._in_writer(work)

    async def groups(self, scope: Scope) -> list[GroupFiles]:
        """All groups, by name."""
        for (owner, _), group in list(self._groups.items()):
            if owner == scope:
                await self._flushed(group)

        def work() -> list[GroupFiles]:
            found = []
            for directory in self._world(scope).glob("*"):
                files = GroupFiles(directory, "", bytes_max=self._bytes_max)
                if files.load():
                    found.append(files)
            return sorted(found, key=lambda files: files.name)

        return await self._in_writer(work)

    async def has(self, scope: Scope, name: str) -> bool:
        group = self._group(scope, name)
        await self._flushed(group)
        return bool(group.files.made_ms)

    # --- streams and events --------------------------------------------------------------------

    async def streams(self, scope: Scope, name: str) -> dict[str, StreamFacts]:
        """The streams of a group, of whatever order."""
        group = self._group(scope, name)
        await self._flushed(group)
        return await self._in_writer(group.files.streams)

    async def make_stream(self, scope: Scope, name: str, stream: str) -> None:
        """Make a stream without events."""
        line = encode_stream(self._clock.now_ms(), stream)
        await self._put_lines(scope, name, [line])

    async def put(
        self, scope: Scope, name: str, stream: str, events: Iterable[tuple[int, str]]
    ) -> None:
        """Add events: epoch ms and text."""
        now_ms = self._clock.now_ms()
        lines = [encode_event(at_ms, now_ms, stream, text.encode()) for at_ms, text in events]
        await self._put_lines(scope, name, lines)

    async def report(self, scope: Scope, name: str, stream: str, texts: list[str]) -> None:
        """Add events of this moment."""
        now_ms = self._clock.now_ms()
        await self.put(scope, name, stream, [(now_ms, text) for text in texts])

    async def _put_lines(self, scope: Scope, name: str, lines: list[bytes]) -> None:
        group, now_ms = self._group(scope, name), self._clock.now_ms()
        await self._in_writer(lambda: self._append(group, lines, now_ms))
        group.bell.set()

    async def search(self, scope: Scope, name: str, search: Search) -> Found:
        """A page of events; of a group that does not exist, none."""
        group = self._group(scope, name)
        await self._flushed(group)
        oldest_ms = self._clock.now_ms() - self._kept_ms(group)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(
            self._reader, lambda: _search(group.files, search, oldest_ms)
        )

    async def written(self, scope: Scope, name: str, wait_s: float) -> None:
        """Return when something is written to a group, or after `wait_s` of real time."""
        group = self._group(scope, name)
        group.bell.clear()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(group.bell.wait(), wait_s)

    async def tail(self, scope: Scope, name: str, bytes_max: int) -> str:
        """The end of what the group has, of all streams."""
        group = self._group(scope, name)
        await self._flushed(group)
        start = group.files.near_end(2 * bytes_max)
        found = await self.search(scope, name, Search(start=start, newest=True))
        text = "".join(event.message for event in found.events)
        return text[-bytes_max:]

    # --- inside --------------------------------------------------------------------------------

    async def _in_writer(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._writer, work)

    def _group(self, scope: Scope, name: str) -> _Group:
        return self._groups.get((scope, name)) or self._open((scope, name))

    def _open(self, key: Key) -> _Group:
        scope, name = key
        directory = self._world(scope) / _directory_name(name)
        if directory.exists():
            mend(directory)
        group = self._groups[key] = _Group(GroupFiles(directory, name, bytes_max=self._bytes_max))
        group.files.load()
        return group

    def _world(self, scope: Scope) -> Path:
        return self._directory / f"{scope.account}-{quote(scope.region, safe='')}"

    def _kept_ms(self, group: _Group) -> int:
        return (group.files.days or self._days) * DAY_MS

    def _drop_all(self, now_ms: int) -> None:
        for directory in self._directory.glob("*/*"):
            files = GroupFiles(directory, "", bytes_max=self._bytes_max)
            if files.load():
                world = directory.parent.name
                known = [
                    group
                    for (scope, name), group in list(self._groups.items())
                    if name == files.name and self._world(scope).name == world
                ]
                own = known[0].files if known else files
                own.drop(now_ms, (own.days or self._days) * DAY_MS)


def _directory_name(group: str) -> str:
    """Of a group's directory: readable where it can be."""
    readable = quote(group, safe="")
    if not readable.strip("."):
        # "." and ".." are names that CloudWatch allows, and other directories.
        readable = readable.replace(".", "%2E")
    return readable if len(readable) <= _NAME_CHARS_MAX else sha256(group.encode()).hexdigest()


def _search(files: GroupFiles, search: Search, oldest_ms: int) -> Found:
    events: deque[Event] = deque(maxlen=search.limit if search.newest else None)
    text_bytes = scanned = 0
    position = search.start
    for position, line in _wanted_lines(files, search):
        if search.stop is not None and position >= search.stop:
            return Found(list(events), position, False)
        if not search.newest and (
            len(events) >= search.limit
            or text_bytes >= search.bytes_max
            or scanned >= _SCANNED_BYTES_MAX
        ):
            return Found(list(events), position, True)
        scanned += len(line)
        event = _event(position, line, search, oldest_ms)
        if event is not None:
            events.append(event)
            text_bytes += len(line)
    return Found(list(events), max(files.end(), search.start), False)


def _wanted_lines(files: GroupFiles, search: Search) -> Iterator[tuple[int, bytes]]:
    """Lines from the start on, lest they be told at once to be of another stream."""
    marks = None if search.streams is None else [stream_mark(name) for name in search.streams]
    if marks is None or len(marks) > 1:
        yield from files.lines(search.start)
        return
    for position, line in files.lines(search.start):
        if marks and marks[0] in line:
            yield position, line


def _event(position: int, line: bytes, search: Search, oldest_ms: int) -> Event | None:
    members: dict[str, Any] | None = decode_line(line)
    if members is None or "m" not in members or members["i"] < oldest_ms:
        return None
    stream, at_ms = members["s"], members["t"]
    if search.streams is not None and stream not in search.streams:
        return None
    if not stream.startswith(search.prefix) or not search.start_ms <= at_ms < search.end_ms:
        return None
    if search.matches is not None and not search.matches(members["m"]):
        return None
    return Event(position, position + len(line), at_ms, members["i"], stream, members["m"])
