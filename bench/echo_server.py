"""The least a Python server does for a request: what every other figure here is compared with.

asyncio on uvloop, httptools for the head, orjson for the body; the answer is as many bytes of JSON
as `--answer-bytes` says (as many as came, if it is not said), made anew each time unless it is
`--premade`. Nothing is checked, kept or synced.
"""

import argparse
import asyncio
import socket
from typing import cast

import httptools
import orjson
import uvloop


class Echo(asyncio.Protocol):
    """One connection."""

    def __init__(self, answer_bytes: int | None, premade: bytes | None) -> None:
        self.answer_bytes = answer_bytes
        self.premade = premade
        self.parser = httptools.HttpRequestParser(self)
        self.transport: asyncio.WriteTransport | None = None
        self.body: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are not subclasses of asyncio's: an isinstance check would fail.
        self.transport = cast(asyncio.WriteTransport, transport)

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        self.body.append(body)

    def on_message_complete(self) -> None:
        asked = b"".join(self.body)
        self.body.clear()
        answer = orjson.dumps(orjson.loads(asked)) if asked else b"{}"
        if self.premade is not None:
            answer = self.premade
        elif self.answer_bytes is not None:
            answer = b"{" + b" " * (self.answer_bytes - 2) + b"}"
        assert self.transport is not None
        self.transport.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\n"
            b"x-amzn-RequestId: 5KTQ0LGB2RIVSD9N3VOFUJ8MNRVV4KQNSO5AEMVJF66Q9ASUAAJG\r\n"
            b"Content-Length: %d\r\n\r\n%b" % (len(answer), answer)
        )


async def main() -> None:
    """Serve on a free port of loopback, printed on the first line, until killed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--answer-bytes", type=int)
    parser.add_argument("--premade", action="store_true")
    chosen = parser.parse_args()
    answer_bytes = chosen.answer_bytes
    premade = b" " * answer_bytes if chosen.premade else None
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Echo(answer_bytes, premade), "127.0.0.1", 0)
    listener: socket.socket = server.sockets[0]
    print(listener.getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main())
