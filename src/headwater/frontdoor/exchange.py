"""One HTTP request and the place of its reply in the connection's order.

Made by the connection, filled by the parser, answered once by whoever handles it, at any later
time. This file knows neither AWS nor sockets.
"""

from typing import Protocol
from urllib.parse import parse_qsl


class Outlet(Protocol):
    """Where a finished exchange goes: its connection."""

    def finished(self, exchange: "Exchange") -> None: ...

    def has_left(self) -> bool:
        """Whether the client has closed its side, and so most likely reads no more replies."""
        ...


class Exchange:
    """A request; `finish` gives it its reply.

    url      request target as it was sent: path and query
    headers  names in lower case; of a repeated one, the last
    close    whether the connection ends after the reply
    """

    __slots__ = (
        "body",
        "close",
        "extra_headers",
        "headers",
        "held_bytes",
        "method",
        "outlet",
        "output",
        "tail",
        "url",
    )

    def __init__(self, outlet: Outlet) -> None:
        self.outlet = outlet
        self.method = b""
        self.url = b""
        self.headers: dict[bytes, bytes] = {}
        self.body = b""
        self.close = False
        self.extra_headers = b""  # lines that the reply carries whatever it is (CORS)
        self.held_bytes = 0  # counted at the gate
        self.output: bytes | None = None  # head and, unless it is in `tail`, body
        self.tail = b""

    def finish(self, output: bytes, tail: bytes = b"") -> None:
        """Hand over the reply; it is written when all earlier ones of the connection are."""
        assert self.output is None, "answered twice"
        self.output = output
        self.tail = tail
        self.outlet.finished(self)

    def has_left(self) -> bool:
        """Whether the client has most likely gone."""
        return self.outlet.has_left()

    def path(self) -> str:
        """The path as it was sent, still percent-encoded."""
        return self.url.partition(b"?")[0].decode("latin-1")

    def query(self) -> dict[str, list[str]]:
        """The decoded query: every value of each name, in order."""
        text = self.url.partition(b"?")[2].decode("latin-1")
        found: dict[str, list[str]] = {}
        for name, value in parse_qsl(text, keep_blank_values=True) if text else ():
            found.setdefault(name, []).append(value)
        return found
