"""What the bare servers of benchmarks are made of: a connection that collects requests."""

import asyncio
from collections.abc import Callable
from typing import cast

import httptools


class Connection(asyncio.Protocol):
    """Whoever derives from it says what a request is answered with."""

    def __init__(self) -> None:
        self.parser = httptools.HttpRequestParser(self)
        self.transport: asyncio.WriteTransport | None = None
        self.body: list[bytes] = []

    def answer(self, body: bytes) -> bytes:
        """The whole reply, head and all, to a request with this body."""
        raise NotImplementedError

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are not subclasses of asyncio's: an isinstance check would fail.
        self.transport = cast(asyncio.WriteTransport, transport)

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        self.body.append(body)

    def on_message_complete(self) -> None:
        body = b"".join(self.body)
        self.body.clear()
        assert self.transport is not None
        self.transport.write(self.answer(body))


async def serve(connection: Callable[[], Connection]) -> None:
    """Serve on a free port of loopback, printed on the first line, until killed."""
    server = await asyncio.get_running_loop().create_server(connection, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()
