"""A connection: bytes in, exchanges out, replies back in the order of their requests.

Parsing is httptools'. This file knows HTTP framing, the order of replies and back-pressure; what a
request means is the pipeline's matter. Whatever arrives, a connection ends in replies and a
close, never in a traceback or a wait without bound: `sweep` sees to the latter.
"""

import asyncio
import logging
import socket
from collections import deque
from typing import Final, Protocol, cast

import httptools

from headwater.frontdoor.exchange import Exchange
from headwater.frontdoor.gate import Gate

log = logging.getLogger("headwater.frontdoor")

_CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"


class Door(Protocol):
    """What a connection needs from the house."""

    gate: Gate

    def handle(self, exchange: Exchange) -> None:
        """See that `exchange` is finished, now or later."""
        ...

    def refuse(self, exchange: Exchange, status: int, reason: str) -> None:
        """Finish `exchange` with an answer that is not about its content, and close."""
        ...

    def opened(self, connection: "Connection") -> None: ...

    def closed(self, connection: "Connection") -> None: ...


class _Refused(Exception):
    """Stops the parser in the middle of a request that has been answered already."""


class Connection(asyncio.Protocol):
    """One client."""

    __slots__ = (
        "_activity",
        "_buffer",
        "_deaf",
        "_door",
        "_draining",
        "_feed_bytes",
        "_flush_scheduled",
        "_framing_bytes",
        "_gate",
        "_headers",
        "_loop",
        "_parser",
        "_queue",
        "_reading_paused",
        "_receiving",
        "_receiving_ms",
        "_slow",
        "_swept_activity",
        "_swept_ms",
        "_transport",
        "_unread",
        "_writing_paused",
    )

    def __init__(self, door: Door, loop: asyncio.AbstractEventLoop) -> None:
        self._door = door
        self._gate = door.gate
        self._loop = loop
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpRequestParser(self)
        self._receiving: Exchange | None = None  # not complete yet
        self._headers: dict[bytes, bytes] = {}
        self._buffer: bytearray | None = None  # a body that comes in pieces
        self._framing_bytes = 0  # of a request that comes in pieces, beyond the first
        self._feed_bytes = 0  # of the piece the parser is looking at
        self._queue: deque[Exchange] = deque()  # complete, in order, not replied to
        self._flush_scheduled = False
        self._deaf = False  # whatever still arrives is thrown away
        self._unread = False  # the client may still be sending what nobody will read
        self._draining = False
        self._reading_paused = False
        self._writing_paused = False
        self._activity = 0  # grows with everything that happens
        self._swept_activity = -1
        self._swept_ms = 0
        self._slow: Exchange | None = None  # what was being received at the last sweep
        self._receiving_ms = 0  # since when; and since when a refused client may linger

    # --- the transport's side ---------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # A cast and no check: uvloop's transports are asyncio's in all but ancestry.
        self._transport = cast(asyncio.Transport, transport)
        plug = transport.get_extra_info("socket")
        if plug is not None and plug.family in (socket.AF_INET, socket.AF_INET6):
            plug.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        admitted = self._gate.admit()
        self._door.opened(self)
        if not admitted:
            self._refuse_unread(503, "too many connections")

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._deaf = True
        if self._receiving is not None:
            self._gate.release(self._receiving.held_bytes)
            self._receiving = None
        self._gate.leave()
        self._door.closed(self)

    def data_received(self, data: bytes) -> None:
        if self._deaf:
            return
        self._activity += 1
        self._feed_bytes = len(data)
        partial = self._receiving
        try:
            self._parser.feed_data(data)
            if partial is not None and partial is self._receiving:
                self._bound_framing(partial, len(data))
        except httptools.HttpParserUpgrade as offer:
            self._decline_upgrade(data, offer)
        except httptools.HttpParserError as trouble:
            self._parser_stopped(trouble)
        except _Refused:
            pass

    def eof_received(self) -> bool:
        """The client has sent everything: the replies it still waits for go out first."""
        self._deaf = True
        self._unread = False
        if not self._queue:
            return False
        self._queue[-1].close = True
        return True

    def pause_writing(self) -> None:
        self._writing_paused = True
        self._update_reading()

    def resume_writing(self) -> None:
        self._activity += 1
        self._writing_paused = False
        self._update_reading()

    # --- the parser's side --------------------------------------------------------------------

    def on_message_begin(self) -> None:
        exchange = self._receiving = Exchange(self)
        self._headers = exchange.headers
        self._framing_bytes = 0

    def on_url(self, url: bytes) -> None:
        exchange = self._receiving
        assert exchange is not None
        exchange.url = exchange.url + url if exchange.url else url

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.lower()] = value

    def on_headers_complete(self) -> None:
        exchange = self._receiving
        assert exchange is not None
        headers = exchange.headers
        exchange.method = self._parser.get_method()
        exchange.close = self._ends_connection()
        if self._feed_bytes > self._gate.limits.head_bytes_max:
            self._measure_head(exchange)
        length = headers.get(b"content-length")
        if length is not None:
            self._hold(exchange, int(length))
        elif b"transfer-encoding" in headers:
            self._headers = {}  # takes the trailers, which nobody reads
        if b"expect" in headers:
            self._meet_expectation(exchange)

    def on_body(self, data: bytes) -> None:
        exchange = self._receiving
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
        exchange = self._receiving
        assert exchange is not None
        self._receiving = None
        if self._buffer is not None:
            exchange.body = bytes(self._buffer)
            self._buffer = None
        self._queue.append(exchange)
        if exchange.close:
            self._deaf = True
        self._door.handle(exchange)
        if len(self._queue) > self._gate.limits.queued_requests_max:
            self._update_reading()
        if self._deaf:
            raise _Refused

    # --- refusals -----------------------------------------------------------------------------

    def _hold(self, exchange: Exchange, count: int) -> None:
        """Count `count` more bytes of a body, or refuse it before it fills the memory."""
        if exchange.held_bytes + count > self._gate.limits.body_bytes_max and (
            exchange.held_bytes + count > self._gate.body_bytes_max(exchange.url)
        ):
            self._refuse(exchange, 413, "request body too large")
        if not self._gate.hold(count):
            self._refuse(exchange, 503, "too many bytes of requests at once")
        exchange.held_bytes += count

    def _bound_framing(self, exchange: Exchange, count: int) -> None:
        """Bound what is not body: heads and trailers that never end, chunks of one byte. `count`
        bytes came, all of them of `exchange`, and it is not complete yet."""
        limits = self._gate.limits
        if b"content-length" in exchange.headers and exchange.method:
            return
        self._framing_bytes += count
        if not exchange.method:
            if self._framing_bytes > limits.head_bytes_max:
                self._refuse(exchange, 431, "request head too large")
        elif self._framing_bytes > 3 * self._gate.body_bytes_max(exchange.url):
            self._refuse(exchange, 413, "request body too large")

    def _measure_head(self, exchange: Exchange) -> None:
        size = len(exchange.url) + sum(
            len(name) + len(value) for name, value in exchange.headers.items()
        )
        if size > self._gate.limits.head_bytes_max:
            self._refuse(exchange, 431, "request head too large")

    def _refuse(self, exchange: Exchange, status: int, reason: str) -> None:
        """Answer a request that has not arrived completely; nothing after it is read."""
        self._deaf = True
        self._unread = True
        exchange.close = True
        self._receiving = None
        self._buffer = None
        self._queue.append(exchange)
        self._door.refuse(exchange, status, reason)
        raise _Refused

    def _refuse_unread(self, status: int, reason: str) -> None:
        exchange = self._receiving or Exchange(self)
        try:
            self._refuse(exchange, status, reason)
        except _Refused:
            pass

    def _parser_stopped(self, trouble: Exception) -> None:
        """The parser met something that is not HTTP, or one of our callbacks stopped it."""
        if self._deaf:
            return  # answered already
        if isinstance(trouble, httptools.HttpParserCallbackError):
            log.error("connection failed", exc_info=trouble.__context__ or trouble)
            self._refuse_unread(500, "internal error")
        else:
            self._refuse_unread(400, "malformed HTTP request")

    def _ends_connection(self) -> bool:
        parser = self._parser
        # HTTP/1.0 clients would have to be told that the connection stays: they are not.
        return (
            self._draining or not parser.should_keep_alive() or parser.get_http_version() == "1.0"
        )

    def _decline_upgrade(self, data: bytes, offer: Exception) -> None:
        """An offer to speak another protocol has been answered as a plain request. The parser
        will not go on after one, a new one does."""
        self._parser = httptools.HttpRequestParser(self)
        rest = data[offer.args[0] :]
        if rest and not self._deaf:
            self.data_received(rest)

    def _meet_expectation(self, exchange: Exchange) -> None:
        if exchange.headers[b"expect"].lower() != b"100-continue":
            self._refuse(exchange, 417, "unknown expectation")
        # With replies still to come, "100 Continue" would be taken for one of them; a client
        # must send the body after a while in any case.
        if not self._queue and self._transport is not None:
            self._transport.write(_CONTINUE)

    # --- replies ------------------------------------------------------------------------------

    def finished(self, exchange: Exchange) -> None:
        """Take the reply of `exchange`, which is one of the queue."""
        self._gate.release(exchange.held_bytes)
        if len(self._queue) == 1 and not self._flush_scheduled:
            self._queue.clear()
            self._write(exchange)
        elif not self._flush_scheduled:
            # Several replies that become ready in one turn of the loop leave in one write.
            self._flush_scheduled = True
            self._loop.call_soon(self._flush)

    def _write(self, exchange: Exchange) -> None:
        transport = self._transport
        if transport is None:
            return
        self._activity += 1
        assert exchange.output is not None
        transport.write(exchange.output)
        if exchange.tail:
            transport.write(exchange.tail)
        if exchange.close:
            self._end(transport)

    def _flush(self) -> None:
        self._flush_scheduled = False
        queue = self._queue
        pieces: list[bytes] = []
        last: Exchange | None = None
        while queue and queue[0].output is not None:
            last = queue.popleft()
            assert last.output is not None
            pieces.append(last.output)
            if last.tail:
                pieces.append(last.tail)
        if last is None or self._transport is None:
            return
        self._activity += 1
        self._transport.write(b"".join(pieces))
        if last.close:
            self._end(self._transport)
        elif self._reading_paused:
            self._update_reading()

    def _end(self, transport: asyncio.Transport) -> None:
        """After the last reply. A client that is still sending must be able to read it first: a
        close with unread bytes would destroy the reply on its way."""
        self._deaf = True
        if self._unread:
            transport.write_eof()
        else:
            transport.close()

    def _update_reading(self) -> None:
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        full = len(self._queue) > self._gate.limits.queued_requests_max
        wanted = full or self._writing_paused
        if wanted and not self._reading_paused:
            transport.pause_reading()
        elif self._reading_paused and not wanted:
            transport.resume_reading()
        self._reading_paused = wanted

    # --- the listener's side ------------------------------------------------------------------

    def drain(self) -> None:
        """Answer what has been asked, then close. What is not complete yet may still arrive."""
        self._draining = True
        last = self._receiving or (self._queue[-1] if self._queue else None)
        if last is None:
            if self._transport is not None and not self._unread:
                self._transport.close()
            return
        last.close = True
        if last is not self._receiving:
            self._deaf = True

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def sweep(self, now_ms: int) -> None:
        """End what takes too long. Called about once a second; requests pay nothing for it."""
        if self._activity != self._swept_activity:
            self._swept_activity = self._activity
            self._swept_ms = now_ms
        limits = self._gate.limits
        quiet_ms = now_ms - self._swept_ms
        if self._writing_paused:
            if quiet_ms > limits.stuck_ms_max:
                self.abort()
        elif self._receiving is not None:
            self._sweep_receiving(self._receiving, now_ms)
        elif self._queue:
            pass  # the client waits for us
        elif self._unread:
            if now_ms - self._receiving_ms > limits.linger_ms_max:
                self.abort()
        elif quiet_ms > limits.idle_ms_max and self._transport is not None:
            self._transport.close()

    def _sweep_receiving(self, exchange: Exchange, now_ms: int) -> None:
        """A request has to arrive in a bounded time, however busily it trickles."""
        if exchange is not self._slow or self._reading_paused:
            self._slow = exchange
            self._receiving_ms = now_ms
            return
        received = len(exchange.body if self._buffer is None else self._buffer)
        if now_ms - self._receiving_ms > self._gate.limits.receive_ms_max + received:
            self._receiving_ms = now_ms
            self._refuse_unread(408, "the request took too long to arrive")
