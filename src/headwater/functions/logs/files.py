"""The files of one log group: written at the end, read from any position, dropped at the front.

    <directory>/group.json              name, when it was made, how long events are kept
    <directory>/0000000007.jsonl        events; the highest number is written to

Files are dropped whole, when their newest event is too old or the group too large. A position is
the number of the file and the offset in it, so it stays true whatever is dropped. Lines are handed
to the system at once but not synced: they survive the node's end, not the machine's.

All methods block on the disk. Writing methods are called from one thread, reading ones from any.
This file knows lines. It does not know who writes them, nor CloudWatch's requests.
"""

import contextlib
import os
import shutil
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import orjson

from headwater.functions.logs.lines import decode_line
from headwater.limits import MIB

DAY_MS = 24 * 60 * 60 * 1000
_OFFSET_BITS = 32
_FILES_OF_A_GROUP = 16  # so that dropping one forgets a small part
_FILE_BYTES_MIN = MIB
_ABOUT = "group.json"
_READ_BYTES = MIB


@dataclass(slots=True)
class StreamFacts:
    """What is known of one stream; moments in epoch ms, None: it has no event."""

    made_ms: int
    first_ms: int | None = None
    last_ms: int | None = None
    ingested_ms: int | None = None

    def saw(self, members: dict[str, Any]) -> None:
        """Count an event in."""
        at_ms = members["t"]
        self.first_ms = at_ms if self.first_ms is None else min(self.first_ms, at_ms)
        self.last_ms = at_ms if self.last_ms is None else max(self.last_ms, at_ms)
        self.ingested_ms = members["i"]


class GroupFiles:
    """One group on disk."""

    def __init__(self, directory: Path, name: str, *, bytes_max: int) -> None:
        self.name = name
        self._directory = directory
        self._bytes_max = bytes_max
        self._file_bytes_max = max(_FILE_BYTES_MIN, bytes_max // _FILES_OF_A_GROUP)
        self._sizes: dict[int, int] = {}  # by file number, ascending
        self._firsts_ms: dict[int, int] = {}  # when the first event of each came in
        self._streams: dict[str, StreamFacts] | None = None  # gathered when first asked for
        self.made_ms = 0
        self.days: int | None = None
        for path in sorted(directory.glob("*.jsonl")):
            self._sizes[int(path.stem)] = path.stat().st_size
            self._firsts_ms[int(path.stem)] = _first_ms(path)

    @property
    def stored_bytes(self) -> int:
        return sum(self._sizes.values())

    # --- about ---------------------------------------------------------------------------------

    def load(self) -> bool:
        """Read what is known of the group; False: there is none."""
        try:
            about = orjson.loads((self._directory / _ABOUT).read_bytes())
        except (OSError, orjson.JSONDecodeError):
            return False
        self.name, self.made_ms, self.days = about["name"], about["made_ms"], about["days"]
        return True

    def save(self) -> None:
        """Keep name, birth and retention."""
        self._directory.mkdir(parents=True, exist_ok=True)
        about = {"name": self.name, "made_ms": self.made_ms, "days": self.days}
        draft = self._directory / f"{_ABOUT}.new"
        draft.write_bytes(orjson.dumps(about))
        draft.replace(self._directory / _ABOUT)

    def remove(self) -> None:
        """Delete everything."""
        shutil.rmtree(self._directory, ignore_errors=True)
        self._sizes.clear()
        self._firsts_ms.clear()
        self._streams = None

    # --- writing -------------------------------------------------------------------------------

    def append(self, lines: Sequence[bytes], now_ms: int, kept_ms: int) -> None:
        """Add encoded lines. kept_ms: how long events are kept."""
        rest = deque(lines)
        while rest:
            number = self._open_file(now_ms, kept_ms)
            room = self._file_bytes_max - self._sizes[number]
            portion: list[bytes] = []
            while rest and room > 0:  # the line that fills a file is written to it whole
                room -= len(rest[0])
                portion.append(rest.popleft())
            data = b"".join(portion)
            with self._path(number).open("ab") as file:
                file.write(data)
            self._sizes[number] += len(data)
        if self._streams is not None:
            for line in lines:
                _note(self._streams, line)

    def _open_file(self, now_ms: int, kept_ms: int) -> int:
        """The number of the file to write to; a new one makes room first."""
        number = max(self._sizes, default=-1)
        if number < 0 or self._is_full(number, now_ms):
            number += 1
            self._sizes[number], self._firsts_ms[number] = 0, now_ms
            self.drop(now_ms, kept_ms)
        return number

    def _is_full(self, number: int, now_ms: int) -> bool:
        too_old = now_ms - self._firsts_ms[number] >= DAY_MS
        return self._sizes[number] >= self._file_bytes_max or too_old

    def drop(self, now_ms: int, kept_ms: int) -> None:
        """Let go of files whose newest event is too old, and of the oldest while there is too
        much."""
        numbers = list(self._sizes)
        # A file's newest event came in before the next file's first.
        for number, following in pairwise(numbers):
            too_old = now_ms - self._firsts_ms[following] >= kept_ms
            if not too_old and self.stored_bytes <= self._bytes_max:
                break
            self._forget(number)
        newest = max(self._sizes, default=None)
        if newest is not None and self._sizes[newest]:
            # The file written to: a day after it was begun it is not written to any more.
            if now_ms - self._firsts_ms[newest] >= kept_ms + DAY_MS:
                self._forget(newest)
                self._sizes[newest + 1], self._firsts_ms[newest + 1] = 0, now_ms

    def _forget(self, number: int) -> None:
        with contextlib.suppress(OSError):
            self._path(number).unlink()
        del self._sizes[number], self._firsts_ms[number]
        if self._streams is not None:
            oldest_ms = min(self._firsts_ms.values(), default=0)
            self._streams = {
                name: facts
                for name, facts in self._streams.items()
                if (facts.ingested_ms or facts.made_ms) >= oldest_ms
            }

    # --- reading -------------------------------------------------------------------------------

    def streams(self) -> dict[str, StreamFacts]:
        """What is known of each stream. From the writing thread only."""
        if self._streams is None:
            found: dict[str, StreamFacts] = {}
            for _, line in self.lines(0):
                _note(found, line)
            self._streams = found
        return dict(self._streams)

    def lines(self, start: int) -> Iterator[tuple[int, bytes]]:
        """Lines from position `start` on, each with its own position."""
        first, offset = start >> _OFFSET_BITS, start & ((1 << _OFFSET_BITS) - 1)
        for number in list(self._sizes):
            if number < first:
                continue
            try:
                file = self._path(number).open("rb", buffering=_READ_BYTES)
            except FileNotFoundError:
                continue
            with file:
                at = offset if number == first else 0
                file.seek(at)
                for line in file:
                    if not line.endswith(b"\n"):
                        break  # it is being written
                    yield (number << _OFFSET_BITS) | at, line
                    at += len(line)

    def end(self) -> int:
        """The position behind everything written so far."""
        number = max(self._sizes, default=-1)
        return (number << _OFFSET_BITS) | self._sizes[number] if number >= 0 else 0

    def near_end(self, bytes_back: int) -> int:
        """A position from which at least the last `bytes_back` bytes can be read."""
        for number in reversed(list(self._sizes)):
            if bytes_back <= 0:
                return (number + 1) << _OFFSET_BITS
            bytes_back -= self._sizes[number]
        return 0

    def _path(self, number: int) -> Path:
        return self._directory / f"{number:010d}.jsonl"


def mend(directory: Path) -> None:
    """End the last line that a crash of the machine left unfinished, so that it can be skipped."""
    for path in sorted(directory.glob("*.jsonl"))[-1:]:
        with path.open("rb+") as file:
            if file.seek(0, os.SEEK_END):
                file.seek(-1, os.SEEK_END)
                if file.read(1) != b"\n":
                    file.write(b"\n")


def _first_ms(path: Path) -> int:
    with path.open("rb") as file:
        members = decode_line(file.readline())
    return int(members["i"]) if members is not None else 0


def _note(streams: dict[str, StreamFacts], line: bytes) -> None:
    members = decode_line(line)
    if members is None:
        return
    facts = streams.get(members["s"])
    if facts is None:
        facts = streams[members["s"]] = StreamFacts(members["i"])
    if "m" in members:
        facts.saw(members)
