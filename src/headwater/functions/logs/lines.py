"""Output becomes events: a stream of bytes is cut into lines, each line is one event in a file.

    {"i":1772600767900,"t":1772600767891,"s":"2026/03/04/[$LATEST]9f..","m":"hello\\n"}
    {"i":1772600767900,"s":"a-stream"}                     a stream that was made without an event

A file of these can be read with a pager. Pure: bytes and moments in, bytes out.
"""

from typing import Any, NamedTuple

import orjson

from headwater.limits import KIB

EVENT_BYTES_MAX = 256 * KIB - 26  # CloudWatch counts 26 bytes of overhead into its 256 KiB
_OPEN_MAX = 1000  # unfinished lines, each of another stream


class Chunk(NamedTuple):
    """A piece of output, as it was read: not necessarily whole lines.

    is_whole  a line of the platform's own: what came before it without an end ends here
    """

    at_ms: int  # epoch
    stream: str
    data: bytes
    is_whole: bool = False


class Event(NamedTuple):
    """One event, as it is read back."""

    position: int  # grows in the order of writing; unique within the group
    end: int  # position of what follows it
    at_ms: int
    ingested_ms: int
    stream: str
    message: str


class Cutter:
    """Cuts the output of any number of streams into lines; keeps the unfinished ones."""

    def __init__(self) -> None:
        self._open: dict[str, tuple[int, bytes]] = {}  # stream -> when it began, what there is

    def cut(self, chunk: Chunk) -> list[bytes]:
        """The encoded events that `chunk` completes."""
        events = []
        began_ms, start = self._open.pop(chunk.stream, (chunk.at_ms, b""))
        if chunk.is_whole and start:
            events.append(encode_event(began_ms, chunk.at_ms, chunk.stream, start + b"\n"))
            start = b""
        *whole, rest = (start + chunk.data).split(b"\n")
        if whole:
            # Splitting keeps no line ends; an event has its own, as on AWS.
            for line in whole:
                events += _events_of(began_ms, chunk, line + b"\n")
        while len(rest) >= EVENT_BYTES_MAX:
            events += _events_of(began_ms, chunk, rest[:EVENT_BYTES_MAX])
            rest = rest[EVENT_BYTES_MAX:]
        if rest:
            if len(self._open) >= _OPEN_MAX:
                # Of a process that ended within a line, long ago.
                del self._open[next(iter(self._open))]
            self._open[chunk.stream] = (chunk.at_ms if whole else began_ms, rest)
        return events


def _events_of(at_ms: int, chunk: Chunk, line: bytes) -> list[bytes]:
    if len(line) <= EVENT_BYTES_MAX:
        return [encode_event(at_ms, chunk.at_ms, chunk.stream, line)]
    parts = (line[n : n + EVENT_BYTES_MAX] for n in range(0, len(line), EVENT_BYTES_MAX))
    return [encode_event(at_ms, chunk.at_ms, chunk.stream, part) for part in parts]


def encode_event(at_ms: int, ingested_ms: int, stream: str, message: bytes) -> bytes:
    """One line of a file; bytes that are not UTF-8 are shown as such."""
    text = message.decode("utf-8", "replace")
    return orjson.dumps({"i": ingested_ms, "t": at_ms, "s": stream, "m": text}) + b"\n"


def encode_stream(made_ms: int, stream: str) -> bytes:
    return orjson.dumps({"i": made_ms, "s": stream}) + b"\n"


def stream_mark(stream: str) -> bytes:
    """What every line of `stream` contains."""
    return b'"s":' + orjson.dumps(stream)


def decode_line(line: bytes) -> dict[str, Any] | None:
    """The members of a line; None if a crash left it unfinished."""
    try:
        members = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    return members if isinstance(members, dict) and "s" in members else None
