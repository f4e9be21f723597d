"""Bytes in, exchanges out: the receiving half of a connection.

Parsing is httptools'. This file puts the pieces of a request together, holds every part of it to
its bound while it arrives, and says what is wrong with what cannot be a request. It knows HTTP
framing; sockets, replies and their order are `protocol.py`.
"""

import logging
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

import httptools

from headwater.frontdoor.exchange import Exchange, Outlet
from headwater.frontdoor.gate import Gate

log = logging.getLogger("headwater.frontdoor")

# What an offer to speak another protocol adds to a request, and what was already acted upon.
_OFFER_HEADERS: Final = frozenset((b"upgrade", b"connection", b"http2-settings", b"expect"))


class Sink(Outlet, Protocol):
    """Where requests go: their connection."""

    def arrived(self, exchange: Exchange) -> bool:
        """Take a complete request; False: nothing after it is to be read."""
        ...

    def refused(self, exchange: Exchange, status: int, reason: str) -> None:
        """Answer a request that did not arrive completely; nothing after it is read."""
        ...

    def expects_continue(self) -> None:
        """The client waits for a word before it sends a body that we would take."""
        ...


class _Stopped(Exception):
    """Leaves the parser in the middle: what it would read next is not wanted."""


class Receiver:
    """The requests of one connection.

    current  the request that is arriving; None between two
    closing  whether the connection is to end after the request that arrives next
    """

    __slots__ = (
        "_buffer",
        "_framing_bytes",
        "_gate",
        "_headers",
        "_parser",
        "_sink",
        "_stopped",
        "closing",
        "current",
    )

    def __init__(self, sink: Sink, gate: Gate) -> None:
        self._sink = sink
        self._gate = gate
        self._parser: Any = httptools.HttpRequestParser(self)
        self._headers: dict[bytes, bytes] = {}
        self._buffer: bytearray | None = None  # a body that comes in pieces
        self._framing_bytes = 0  # of a request that comes in pieces, beyond the first
        self._stopped = False  # nothing more is read
        self.current: Exchange | None = None
        self.closing = False

    def feed(self, data: bytes | memoryview) -> None:
        """Read on. Whatever the bytes are, this ends in calls of the sink and raises nothing.

        data  a piece of bounded size: what is held to a bound here is what comes in later pieces
        """
        partial = self.current
        upgrade_at = -1
        try:
            self._parser.feed_data(data)
            if partial is not None and partial is self.current:
                self._bound_framing(partial, len(data))
        except httptools.HttpParserUpgrade as offer:
            upgrade_at = offer.args[0]
        except httptools.HttpParserError as trouble:
            if not self._stopped:
                self._parser_failed(trouble)
        except _Stopped:
            pass
        if upgrade_at >= 0:
            self._decline_upgrade(data, upgrade_at)

    def abandon(self) -> Exchange:
        """Give up the request that is arriving; it, or an empty one, is what there is to answer."""
        exchange = self.current or Exchange(self._sink)
        self.current = None
        self._buffer = None
        return exchange

    def body_bytes_received(self) -> int:
        """How much of the body of the request that is arriving is here."""
        if self.current is None:
            return 0
        return len(self.current.body if self._buffer is None else self._buffer)

    def ended(self) -> None:
        """The client has sent all it will: a request that is not complete is refused."""
        if self.current is not None and not self._stopped:
            self._stopped = True
            self._sink.refused(self.abandon(), 400, "the request ends before it is complete")

    def close(self) -> None:
        """The connection is gone."""
        if self.current is not None:
            self._gate.release(self.current.held_bytes)
            self.current = None
        self._parser = None  # it knows us, we know it: a circle that nobody else would cut

    # --- what the parser calls ------------------------------------------------------------------

    def on_message_begin(self) -> None:
        exchange = self.current = Exchange(self._sink)
        self._headers = exchange.headers
        self._framing_bytes = 0

    def on_url(self, url: bytes) -> None:
        exchange = self.current
        assert exchange is not None
        exchange.url = exchange.url + url if exchange.url else url

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.lower()] = value

    def on_headers_complete(self) -> None:
        exchange = self.current
        assert exchange is not None
        headers = exchange.headers
        parser = self._parser
        exchange.method = parser.get_method()
        # HTTP/1.0 clients would have to be told that the connection stays: it does not.
        exchange.close = (
            self.closing or not parser.should_keep_alive() or parser.get_http_version() == "1.0"
        )
        if exchange.url[:1] != b"/":
            self._take_absolute_url(exchange)
        length = headers.get(b"content-length")
        if length is not None:
            self._hold(exchange, int(length))
        elif b"transfer-encoding" in headers:
            self._headers = {}  # takes the trailers, which nobody reads
        if b"expect" in headers:
            self._meet_expectation(exchange)

    def on_body(self, data: bytes) -> None:
        exchange = self.current
        assert exchange is not None
        if b"content-length" not in exchange.headers:
            self._hold(exchange, len(data))
        if self._buffer is not None:
            self._buffer += data
        elif not exchange.body:
            exchange.body = data  # nearly always all of it
        else:
            self._buffer = bytearray(exchange.body)
            self._buffer += data

    def on_message_complete(self) -> None:
        exchange = self.current
        assert exchange is not None
        if b"upgrade" in exchange.headers and self._parser.should_upgrade():
            return  # the parser has skipped the body: `_decline_upgrade` reads it
        self.current = None
        if self._buffer is not None:
            exchange.body = bytes(self._buffer)
            self._buffer = None
        if not self._sink.arrived(exchange):
            self._stopped = True
            raise _Stopped

    # --- bounds and oddities ----------------------------------------------------------------------

    def _refuse(self, exchange: Exchange, status: int, reason: str) -> None:
        self.abandon()
        self._stopped = True
        self._sink.refused(exchange, status, reason)
        raise _Stopped

    def _hold(self, exchange: Exchange, count: int) -> None:
        """Count `count` more bytes of a body, or refuse it before it fills the memory."""
        size = exchange.held_bytes + count
        gate = self._gate
        if size > gate.limits.body_bytes_max and size > gate.body_bytes_max(exchange.url):
            self._refuse(exchange, 413, "request body too large")
        if not gate.hold(count):
            self._refuse(exchange, 503, "too many bytes of requests at once")
        exchange.held_bytes = size

    def _bound_framing(self, exchange: Exchange, count: int) -> None:
        """Bound what is not body: heads and trailers that never end, chunks of one byte.

        count  bytes that came, all of them of `exchange`, which is not complete yet
        """
        if exchange.method and b"content-length" in exchange.headers:
            return
        self._framing_bytes += count
        if not exchange.method:
            if self._framing_bytes > self._gate.limits.head_bytes_max:
                self._refuse(exchange, 431, "request head too large")
        elif self._framing_bytes > 3 * self._gate.body_bytes_max(exchange.url):
            self._refuse(exchange, 413, "request body too large")

    def _take_absolute_url(self, exchange: Exchange) -> None:
        """A client that takes us for its proxy names the host too; CONNECT names only that."""
        if exchange.method == b"CONNECT":
            self._refuse(exchange, 405, "this is not a proxy")
        try:
            parts = urlsplit(exchange.url)
        except ValueError:
            self._refuse(exchange, 400, "malformed request target")
        if parts.scheme:
            exchange.url = (parts.path or b"/") + (b"?" + parts.query if parts.query else b"")

    def _meet_expectation(self, exchange: Exchange) -> None:
        if exchange.headers[b"expect"].lower() != b"100-continue":
            self._refuse(exchange, 417, "unknown expectation")
        self._sink.expects_continue()

    def _decline_upgrade(self, data: bytes | memoryview, offset: int) -> None:
        """Go on in HTTP/1.1 after an offer to speak another protocol, as if there were no offer.

        The parser stops behind the head. A new one reads the same head without the offer, and then
        the rest. Java's HTTP client offers HTTP/2 so with each first request.
        """
        offered = self.abandon()
        self._gate.release(offered.held_bytes)
        self._parser = httptools.HttpRequestParser(self)
        lines = [b"%b %b HTTP/1.1" % (offered.method, offered.url)]
        for name, value in offered.headers.items():
            if name not in _OFFER_HEADERS:
                lines.append(b"%b: %b" % (name, value))
        self.feed(b"\r\n".join(lines) + b"\r\n\r\n")
        rest = bytes(data[offset:])
        if rest and not self._stopped:
            self.feed(rest)

    def _parser_failed(self, trouble: Exception) -> None:
        """The parser met something that is not HTTP, or one of our callbacks has a bug."""
        self._stopped = True
        if isinstance(trouble, httptools.HttpParserCallbackError):
            log.error("receiving failed", exc_info=trouble.__context__ or trouble)
            self._sink.refused(self.abandon(), 500, "internal error")
        else:
            self._sink.refused(self.abandon(), 400, "malformed HTTP request")
