"""Sockets: open, watch over the connections, close without losing a reply.

This file knows when to listen and when to stop. What a connection does is `protocol.py`, what a
request means `pipeline.py`.
"""

import asyncio
import errno
import ssl
from collections.abc import Coroutine
from typing import Any, Final

from headwater.clock import Clock, Timer
from headwater.errors import StartupError
from headwater.frontdoor.exchange import Exchange
from headwater.frontdoor.pipeline import Pipeline
from headwater.frontdoor.protocol import Connection
from headwater.frontdoor.turns import Turns
from headwater.metrics.names import CONNECTIONS

_SWEEP_MS: Final = 1000
_BACKLOG: Final = 1024


class Listener:
    """The door itself.

    pipeline  answers what arrives
    clock     real time, for senders that are too slow: a virtual hour must not cut anyone off.
              None takes the pipeline's
    tls       how connections are encrypted; None: not at all
    """

    def __init__(
        self,
        pipeline: Pipeline,
        *,
        clock: Clock | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._pipeline = pipeline
        self._tls = tls
        self._clock = clock or pipeline.real_clock
        self._server: asyncio.Server | None = None
        self._connections: set[Connection] = set()
        self._empty = asyncio.Event()
        self._sweeper: Timer | None = None
        self._stopping = False
        self.gate = pipeline.gate
        self.turns = Turns()
        pipeline.registry.gauge(CONNECTIONS, lambda: len(self._connections))

    async def start(self, host: str, port: int) -> int:
        """Listen; returns the port, which `port` 0 leaves to the system to choose.

        Raises StartupError when the address cannot be had.
        """
        loop = asyncio.get_running_loop()
        try:
            server = await self._open(loop, host, port)
            ports = [plug.getsockname()[1] for plug in server.sockets]
            if len(set(ports)) > 1:
                # "localhost" is two addresses, and the system chose a port for each.
                server.close()
                server = await self._open(loop, host, ports[0])
        except OSError as trouble:
            raise StartupError(_why_not(host, port, trouble)) from None
        self._server = server
        self._sweep()
        return int(ports[0])

    def _open(
        self, loop: asyncio.AbstractEventLoop, host: str, port: int
    ) -> Coroutine[Any, Any, asyncio.Server]:
        return loop.create_server(
            lambda: Connection(self, loop), host, port, backlog=_BACKLOG, ssl=self._tls
        )

    async def stop(self, drain_ms_max: int = 10_000) -> None:
        """Take nothing new, answer what has been asked, close.

        drain_ms_max  what is not answered by then is cut off
        """
        self._stopping = True
        if self._server is not None:
            self._server.close()
        for connection in list(self._connections):
            connection.drain()
        await self._wait_until_empty(drain_ms_max)
        for connection in list(self._connections):
            connection.abort()
        await self._wait_until_empty(drain_ms_max)
        if self._sweeper is not None:
            self._sweeper.cancel()
        if self._server is not None:
            await self._server.wait_closed()
        await self._pipeline.close()

    async def _wait_until_empty(self, wait_ms_max: int) -> None:
        if not self._connections:
            return
        self._empty.clear()
        try:
            # Real seconds, whatever the clock: a process that is told to end does end.
            await asyncio.wait_for(self._empty.wait(), wait_ms_max / 1000)
        except TimeoutError:
            pass

    def _sweep(self) -> None:
        now_ms = self._clock.now_ms()
        self._pipeline.heads.refresh()
        for connection in list(self._connections):
            connection.sweep(now_ms)
        self._sweeper = self._clock.call_at(now_ms + _SWEEP_MS, self._sweep)

    # --- what connections call ------------------------------------------------------------------

    def handle(self, exchange: Exchange) -> None:
        self._pipeline.handle(exchange)

    def refuse(self, exchange: Exchange, status: int, reason: str) -> None:
        self._pipeline.refuse(exchange, status, reason)

    def opened(self, connection: Connection) -> None:
        self._connections.add(connection)
        if self._stopping:  # it was on its way through the system when the door was closed
            connection.drain()

    def closed(self, connection: Connection) -> None:
        self._connections.discard(connection)
        if not self._connections:
            self._empty.set()


def _why_not(host: str, port: int, trouble: OSError) -> str:
    if trouble.errno == errno.EADDRINUSE:
        return (
            f"port {port} of {host} is taken: another program listens there. Stop it, or choose "
            "another port with --port (0 picks a free one)."
        )
    if trouble.errno in (errno.EACCES, errno.EPERM):
        return f"may not listen on port {port} of {host}: choose a port above 1023 with --port."
    return f"cannot listen on {host}:{port}: {trouble.strerror}. Check --host and --port."
