"""The head of every reply: status line and headers, as bytes.

What replies of one kind share is built once a second (the date is in it) and kept, so that a reply
costs one format operation. This file knows HTTP's form; what is answered is decided elsewhere.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final

from headwater.clock import Clock

END: Final = b"\r\n"
_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS: Final = (
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
)  # fmt: skip
_UNSAFE: Final = {ord("\r"): " ", ord("\n"): " ", 0: " "}
_NO_BODY: Final = frozenset((204, 304))


def http_date(now_ms: int) -> str:
    """A moment as HTTP writes it, in English whatever the locale.

    >>> http_date(784_111_777_000)
    'Sun, 06 Nov 1994 08:49:37 GMT'
    """
    moment = datetime.fromtimestamp(now_ms // 1000, UTC)
    day, month = _DAYS[moment.weekday()], _MONTHS[moment.month - 1]
    return f"{day}, {moment.day:02} {month} {moment:%Y %H:%M:%S} GMT"


def status_line(status: int) -> bytes:
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = "Unknown"
    return f"HTTP/1.1 {status} {phrase}\r\n".encode("ascii")


def header_lines(headers: Iterable[tuple[str, str]]) -> bytes:
    """Header lines. What could end a line early is taken out: a value may come from a function."""
    lines = "".join(
        f"{name.translate(_UNSAFE)}: {value.translate(_UNSAFE)}\r\n" for name, value in headers
    )
    return lines.encode("utf-8")


class Heads:
    """Heads of replies. `refresh` is called every second."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._date = b""
        self._kept: dict[tuple[int, bytes, bool], bytes] = {}
        self.refresh()

    def refresh(self) -> None:
        self._date = http_date(self._clock.now_ms()).encode("ascii")
        self._kept.clear()

    def head(
        self,
        status: int,
        content_type: bytes,
        length: int,
        request_id: bytes,
        *,
        close: bool,
        crc32: int | None = None,
    ) -> bytes:
        """All lines but the empty one that ends a head, so that more can follow.

        crc32  of the body as it is sent; None leaves the header out
        """
        key = (status, content_type, close)
        start = self._kept.get(key)
        if start is None:
            start = self._kept[key] = self._start(status, content_type, close)
        if status in _NO_BODY:
            return start + b"x-amzn-RequestId: %b\r\n" % request_id
        if crc32 is None:
            return b"%bx-amzn-RequestId: %b\r\nContent-Length: %d\r\n" % (start, request_id, length)
        return b"%bx-amzn-RequestId: %b\r\nx-amz-crc32: %d\r\nContent-Length: %d\r\n" % (
            start,
            request_id,
            crc32,
            length,
        )

    def _start(self, status: int, content_type: bytes, close: bool) -> bytes:
        lines = [status_line(status), b"Server: Headwater\r\nDate: ", self._date, END]
        if content_type and status not in _NO_BODY:
            lines += [b"Content-Type: ", content_type, END]
        if close:
            lines.append(b"Connection: close\r\n")
        return b"".join(lines)
