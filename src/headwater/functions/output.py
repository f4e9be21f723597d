"""What functions write: a bounded tail for each invocation, a bounded log for each function.

A function may print without end; the pipe is always drained, and what is kept of it is bounded.
This file knows bytes and when they came. It does not know who wrote them or why.
"""

from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

from headwater.limits import KIB, LOG_TAIL_BYTES

LOG_BYTES_MAX = 1024 * KIB
"""What is remembered of one function's output; older output makes room for newer."""


class Tail:
    """The last `LOG_TAIL_BYTES` of what was added."""

    __slots__ = ("_kept",)

    def __init__(self) -> None:
        self._kept = bytearray()

    def add(self, data: bytes) -> None:
        kept = self._kept
        kept += data if len(data) <= LOG_TAIL_BYTES else data[-LOG_TAIL_BYTES:]
        if len(kept) > 2 * LOG_TAIL_BYTES:
            del kept[:-LOG_TAIL_BYTES]

    def bytes(self) -> bytes:
        return bytes(self._kept[-LOG_TAIL_BYTES:])


class LogEntry(NamedTuple):
    """A piece of output, as it was read: not necessarily whole lines."""

    at_ms: int  # epoch, when it was read
    stream: str  # 2026/03/04/[$LATEST]<32 hex>
    data: bytes


class FunctionLog:
    """The output of one function's environments, in the order it was read."""

    def __init__(self, bytes_max: int = LOG_BYTES_MAX) -> None:
        self._entries: deque[LogEntry] = deque()
        self._bytes = 0
        self._bytes_max = bytes_max
        self.dropped_bytes = 0

    def add(self, at_ms: int, stream: str, data: bytes) -> None:
        self._entries.append(LogEntry(at_ms, stream, data))
        self._bytes += len(data)
        while self._bytes > self._bytes_max:
            oldest = self._entries.popleft()
            self._bytes -= len(oldest.data)
            self.dropped_bytes += len(oldest.data)

    def entries(self) -> Iterator[LogEntry]:
        return iter(tuple(self._entries))

    def text(self) -> str:
        """Everything that is kept, of all streams."""
        return b"".join(entry.data for entry in self._entries).decode("utf-8", "replace")
