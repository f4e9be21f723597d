"""Requests as bytes, made before the clock runs, and a plain caller for what is not measured.

The bytes look like those of an SDK: the same headers, a signature of the right form that nobody
could verify (a node that accepts any credentials does not try).
"""

import socket
import struct
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import orjson

_TARGETS = {
    "GetRecords": "DynamoDBStreams_20120810",
    "GetShardIterator": "DynamoDBStreams_20120810",
    "DescribeStream": "DynamoDBStreams_20120810",
    "ListStreams": "DynamoDBStreams_20120810",
}
_HEAD = """\
POST / HTTP/1.1\r
Host: 127.0.0.1:8000\r
Accept-Encoding: identity\r
X-Amz-Target: {target}\r
Content-Type: application/x-amz-json-1.0\r
User-Agent: Boto3/1.35.0 md/Botocore#1.35.0 ua/2.0 os/linux lang/python#3.11\r
X-Amz-Date: 20260101T000000Z\r
Authorization: AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/dynamodb/aws4_request, \
SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature={signature}\r
Content-Length: {length}\r
\r
"""
_SIGNATURE = "5" * 64


def request(operation: str, params: dict[str, Any]) -> bytes:
    """One whole HTTP request for a DynamoDB or DynamoDB Streams operation."""
    body = orjson.dumps(params)
    target = f"{_TARGETS.get(operation, 'DynamoDB_20120810')}.{operation}"
    head = _HEAD.format(target=target, signature=_SIGNATURE, length=len(body))
    return head.encode() + body


def write_requests(requests: Iterable[bytes], file: Path) -> Path:
    """Put requests into the form the load client reads: each after its length."""
    with file.open("wb") as sink:
        for one in requests:
            sink.write(struct.pack("<I", len(one)) + one)
    return file


class CallFailed(Exception):
    """An answer other than 200."""


class Caller:
    """One keep-alive connection, one call at a time, as little work as possible in between."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def call(self, operation: str, **params: Any) -> dict[str, Any]:
        """The answer to one operation, parsed. Raises CallFailed with the body of a refusal."""
        answer: dict[str, Any] = orjson.loads(self.exchange(request(operation, params)))
        return answer

    def exchange(self, asked: bytes) -> bytes:
        """The body of the answer to `asked`."""
        self.socket.sendall(asked)
        data = b""
        while b"\r\n\r\n" not in data:
            data += self._receive()
        head, _, body = data.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
        parts, missing = [body], length - len(body)
        while missing > 0:
            parts.append(self._receive())
            missing -= len(parts[-1])
        if b" 200 " not in head[:16]:
            raise CallFailed(b"".join(parts).decode(errors="replace"))
        return b"".join(parts)

    def close(self) -> None:
        self.socket.close()

    def _receive(self) -> bytes:
        data = self.socket.recv(1 << 18)
        if not data:
            raise CallFailed("the server closed the connection")
        return data
