"""A Kinesis that takes everything and keeps nothing: what a destination delivers to when measured.

It prints its port, answers PutRecords by the number of records it finds in the body, and tells
how many it was sent to whoever asks with GET.
"""

import asyncio
from typing import cast

import httptools
import uvloop

_SUMMARY = b'{"StreamDescriptionSummary":{"StreamStatus":"ACTIVE"}}'
_ENTRY = b'{"SequenceNumber":"49543463076548007577105092703039560359975228518395012686",'
_RECORD = _ENTRY + b'"ShardId":"shardId-000000000000"}'


class Sink(asyncio.Protocol):
    """One connection."""

    delivered = 0

    def __init__(self) -> None:
        self.parser = httptools.HttpRequestParser(self)
        self.transport: asyncio.WriteTransport | None = None
        self.body: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.WriteTransport, transport)

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        self.body.append(body)

    def on_message_complete(self) -> None:
        records = b"".join(self.body).count(b'"PartitionKey"')
        self.body.clear()
        Sink.delivered += records
        answer = b'{"FailedRecordCount":0,"Records":[%s]}' % b",".join([_RECORD] * records)
        if self.parser.get_method() == b"GET":
            answer = b"%d" % Sink.delivered
        elif not records:
            answer = _SUMMARY
        assert self.transport is not None
        head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(answer)
        self.transport.write(head + answer)


async def main() -> None:
    """Serve until killed."""
    server = await asyncio.get_running_loop().create_server(Sink, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main())
