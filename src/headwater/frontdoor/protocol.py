"""A connection: a socket's bytes to the receiver, and replies back in the order of the requests.

This file knows transports, the order of replies and back-pressure. Framing is `receiver.py`, what
a request means is the pipeline's matter. Whatever a client does or leaves undone, a connection
ends in replies and a close: `sweep` sees to those that take too long.
"""

import asyncio
import socket
from collections import deque
from typing import Final, Protocol, cast

from headwater.clock import monotonic_ns
from headwater.frontdoor.exchange import Exchange
from headwater.frontdoor.gate import Gate
from headwater.frontdoor.receiver import Receiver
from headwater.frontdoor.turns import Turns

_CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
# Input is parsed in slices, so that a client that sends thousands of small requests at once fills
# its own queue by a slice's worth at most.
_SLICE_BYTES: Final = 32 * 1024
# When a connection's input has kept the loop for so long, the others have their turn first.
_TURN_NS: Final = 4_000_000
_ON_ITS_WAY_S: Final = 0.05
_WRITE_BUFFER_BYTES: Final = 1024 * 1024  # above this a connection's requests wait


class Door(Protocol):
    """What a connection needs from the house."""

    gate: Gate
    turns: Turns

    def handle(self, exchange: Exchange) -> None:
        """See that `exchange` is finished, now or later."""
        ...

    def refuse(self, exchange: Exchange, status: int, reason: str) -> None:
        """Finish `exchange` with an answer that is not about its content."""
        ...

    def opened(self, connection: "Connection") -> None: ...

    def closed(self, connection: "Connection") -> None: ...


def _reply_bytes(exchange: Exchange) -> int:
    assert exchange.output is not None
    return len(exchange.output) + len(exchange.tail)


class Connection(asyncio.Protocol):
    """One client."""

    __slots__ = (
        "_activity",
        "_backlog",
        "_backlog_scheduled",
        "_deaf",
        "_door",
        "_eof",
        "_flush_scheduled",
        "_full",
        "_gate",
        "_held",
        "_loop",
        "_owed_bytes",
        "_queue",
        "_queued_bytes",
        "_reading",
        "_reading_paused",
        "_receiver",
        "_slow",
        "_slow_since_ms",
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
        self._receiver = Receiver(self, door.gate)
        self._queue: deque[Exchange] = deque()  # complete, in order, not replied to
        self._held: deque[Exchange] = deque()  # the end of the queue, if not begun yet
        self._queued_bytes = 0  # of replies that wait for their turn in the queue
        self._owed_bytes = 0  # of those and what the client has not taken: told to the gate
        self._backlog = b""  # came while the queue was full, or was too much for one turn
        self._backlog_scheduled = False
        self._flush_scheduled = False
        self._deaf = False  # whatever still arrives is thrown away
        self._unread = False  # the client may still be sending what nobody will read
        self._eof = False
        self._full = False
        self._reading = False  # what arrived is being looked at
        self._reading_paused = False
        self._writing_paused = False
        self._activity = 0  # grows with everything that happens
        self._swept_activity = -1
        self._swept_ms = 0
        self._slow: Exchange | None = None  # what was arriving at the last sweep
        self._slow_since_ms = 0

    # --- the transport's side -----------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # A cast and no check: uvloop's transports are asyncio's in all but ancestry.
        self._transport = cast(asyncio.Transport, transport)
        plug = transport.get_extra_info("socket")
        if plug is not None and plug.family in (socket.AF_INET, socket.AF_INET6):
            plug.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._transport.set_write_buffer_limits(high=_WRITE_BUFFER_BYTES)
        admitted = self._gate.admit()
        self._door.opened(self)
        if not admitted:
            self.refused(Exchange(self), 503, "too many connections")

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._deaf = True
        self._backlog = b""
        self._receiver.close()
        for exchange in self._held:
            self._gate.release(exchange.held_bytes)
        self._held.clear()
        self._queued_bytes = 0
        self._settle()
        self._gate.leave()
        self._door.closed(self)

    def data_received(self, data: bytes) -> None:
        if self._deaf:
            return
        self._activity += 1
        if self._full or self._backlog:
            self._backlog += data
        elif len(data) <= _SLICE_BYTES:
            self._reading = True
            self._receiver.feed(data)
            self._reading = False
        else:
            self._feed_slices(data)

    def eof_received(self) -> bool:
        """The client has sent everything; the replies it still waits for go out first."""
        self._eof = True
        return bool(self._backlog) or self._waits_after_eof()

    def has_left(self) -> bool:
        return self._eof or self._transport is None

    def pause_writing(self) -> None:
        self._writing_paused = True
        self._settle()
        self._update_reading()

    def resume_writing(self) -> None:
        self._activity += 1
        self._writing_paused = False
        self._settle()
        self._begin_held()
        self._update_reading()

    def _feed_slices(self, data: bytes) -> None:
        view = memoryview(data)
        ends_ns = monotonic_ns() + _TURN_NS
        for start in range(0, len(data), _SLICE_BYTES):
            if self._deaf:
                return
            if self._full or (start and monotonic_ns() > ends_ns):
                self._backlog = data[start:]
                self._update_reading()
                return
            self._receiver.feed(view[start : start + _SLICE_BYTES])

    def _feed_backlog(self) -> None:
        self._backlog_scheduled = False
        data, self._backlog = self._backlog, b""
        self._feed_slices(data)
        self._update_reading()
        if self._eof and not self._backlog and not self._waits_after_eof():
            self._close()

    def _waits_after_eof(self) -> bool:
        """Whether the connection has to stay although nothing more will come."""
        self._receiver.ended()
        self._deaf = True
        self._unread = False
        if not self._queue:
            return False
        self._queue[-1].close = True
        return True

    def _update_reading(self) -> None:
        """Read only while the client takes its replies, its queue has room and nothing is left
        of what was read before."""
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        self._full = self._writing_paused or bool(self._held)
        if self._full or self._backlog:
            if not self._reading_paused:
                self._reading_paused = True
                transport.pause_reading()
            if not self._full and not self._backlog_scheduled:
                self._backlog_scheduled = True
                self._loop.call_soon(self._feed_backlog)
        elif self._reading_paused:
            self._reading_paused = False
            transport.resume_reading()

    # --- the receiver's side ------------------------------------------------------------------

    def arrived(self, exchange: Exchange) -> bool:
        """A request is complete; False: nothing after it is to be read."""
        queue = self._queue
        queue.append(exchange)
        if exchange.close:
            self._deaf = True
        if self._held or ((len(queue) > 1 or self._writing_paused) and self._owes_enough()):
            self._held.append(exchange)
            self._update_reading()
        else:
            self._door.handle(exchange)
        return not self._deaf

    def refused(self, exchange: Exchange, status: int, reason: str) -> None:
        """Answer what is not a complete request, and end."""
        self._deaf = True
        self._unread = True
        exchange.close = True
        self._queue.append(exchange)
        self._door.refuse(exchange, status, reason)

    def expects_continue(self) -> None:
        """Tell the client to send its body. With replies still to come this would be taken for
        one of them; then the client, as it must, sends the body after a while all the same."""
        if not self._queue and self._transport is not None:
            self._transport.write(_CONTINUE)

    # --- replies --------------------------------------------------------------------------------

    def finished(self, exchange: Exchange) -> None:
        """Take the reply of `exchange`, which is one of the queue."""
        self._gate.release(exchange.held_bytes)
        is_alone = len(self._queue) == 1 and not self._flush_scheduled
        if is_alone and (not self._reading or self._door.turns.leaves_at_once()):
            self._queue.clear()
            self._write(exchange)
        elif self._transport is not None:
            self._queued_bytes += _reply_bytes(exchange)
            self._settle()
            if not self._flush_scheduled:
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
        if self._writing_paused:
            self._settle()
        if exchange.close:
            self._close()

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
        self._transport.writelines(pieces)
        self._queued_bytes -= sum(map(len, pieces))
        self._settle()
        if last.close:
            self._close()
            return
        self._begin_held()
        if self._reading_paused:
            self._update_reading()

    def _owes_enough(self) -> bool:
        """Whether the client has to take replies before its next request is begun."""
        limits = self._gate.limits
        return (
            self._writing_paused
            or self._queued_bytes > limits.owed_bytes_max
            or len(self._queue) - len(self._held) > limits.queued_requests_max
        )

    def _begin_held(self) -> None:
        """Begin requests that had to wait, as far as the client's replies leave room."""
        held = self._held
        while held and not self._owes_enough():
            self._door.handle(held.popleft())

    def _settle(self) -> None:
        """Tell the gate what the client has not taken of its replies."""
        owed = self._queued_bytes
        if self._writing_paused and self._transport is not None:
            owed += self._transport.get_write_buffer_size()
        if owed != self._owed_bytes:
            self._gate.owe(owed - self._owed_bytes)
            self._owed_bytes = owed

    def _close(self) -> None:
        """After the last reply. A client that is still sending must be able to read it first: to
        close with bytes unread would destroy the reply on its way."""
        self._deaf = True
        if self._transport is None:
            return
        if self._unread:
            self._transport.write_eof()
        else:
            self._transport.close()

    # --- the listener's side --------------------------------------------------------------------

    def drain(self) -> None:
        """Answer what has been asked, then close. A request that is arriving may still do so."""
        self._receiver.closing = True
        if self._receiver.current is not None:
            self._receiver.current.close = True
        elif self._queue:
            self._queue[-1].close = True
            self._deaf = True
        elif not self._unread:
            # What is on its way through the network would be destroyed by closing at once.
            self._loop.call_later(_ON_ITS_WAY_S, self._close_if_idle)

    def _close_if_idle(self) -> None:
        if self._receiver.current is None and not self._queue:
            self._close()

    def abort(self) -> None:
        """Close without waiting for anything."""
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
        elif self._receiver.current is not None:
            self._sweep_receiving(self._receiver.current, now_ms)
        elif self._queue:
            pass  # the client waits for us
        elif self._unread:
            if quiet_ms > limits.linger_ms_max:
                self.abort()
        elif quiet_ms > limits.idle_ms_max:
            self._close()

    def _sweep_receiving(self, exchange: Exchange, now_ms: int) -> None:
        """A request has to arrive in a bounded time, however busily it trickles."""
        if exchange is not self._slow or self._full:
            self._slow = exchange
            self._slow_since_ms = now_ms
            return
        allowed_ms = self._gate.limits.receive_ms_max + self._receiver.body_bytes_received()
        if now_ms - self._slow_since_ms > allowed_ms:
            self.refused(self._receiver.abandon(), 408, "the request took too long to arrive")
