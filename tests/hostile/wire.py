"""A socket to a node, and a bystander: a client that behaves well and measures how it is served."""

import contextlib
import json
import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

from headwater.clock import monotonic_ns

MIB = 1024 * 1024
TABLE = "hostile"
WAIT_S = 60
_AUTHORIZATION = (
    "AWS4-HMAC-SHA256 Credential=test/20260304/us-east-1/dynamodb/aws4_request, "
    "SignedHeaders=host;x-amz-date;x-amz-target, Signature=00"
)


class Answer(NamedTuple):
    """One reply. body: JSON where it is JSON, else the bytes."""

    status: int
    body: Any

    @property
    def kind(self) -> str:
        """The name of the error, without its namespace."""
        return str(self.body["__type"]).partition("#")[2]


def head(operation: str, **headers: str) -> bytes:
    """Request line and headers; "" leaves a header out, and Content-Length has to be given."""
    lines = {
        "Host": "127.0.0.1",
        "X-Amz-Target": f"DynamoDB_20120810.{operation}",
        "Content-Type": "application/x-amz-json-1.0",
        "Authorization": _AUTHORIZATION,
        "X-Amz-Date": "20260304T050607Z",
    }
    for name, value in headers.items():
        lines[name.replace("_", "-").title()] = value
    text = "".join(f"{name}: {value}\r\n" for name, value in lines.items() if value)
    return f"POST / HTTP/1.1\r\n{text}\r\n".encode()


def request(operation: str, params: Any, **headers: str) -> bytes:
    """A whole request; params: JSON-ready, or the body as it is."""
    body = params if isinstance(params, bytes) else json.dumps(params).encode()
    return head(operation, **{"content_length": str(len(body)), **headers}) + body


class Line:
    """One connection."""

    def __init__(self, port: int, *, wait_s: float = WAIT_S) -> None:
        self.plug = socket.create_connection(("127.0.0.1", port), timeout=wait_s)
        self.plug.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._read = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        trouble: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.plug.close()

    def ask(self, data: bytes) -> Answer:
        self.plug.sendall(data)
        return self.answer()

    def push(self, data: bytes) -> None:
        """Send what the node may not want to the end."""
        with contextlib.suppress(ConnectionError):
            self.plug.sendall(data)

    def answer(self) -> Answer:
        """The next reply; a ConnectionError if the node closed instead."""
        while b"\r\n\r\n" not in self._read:
            self._more()
        top, _, self._read = self._read.partition(b"\r\n\r\n")
        length = int(top.lower().partition(b"content-length:")[2].split(b"\r\n")[0] or 0)
        while len(self._read) < length:
            self._more()
        raw, self._read = self._read[:length], self._read[length:]
        body: Any = raw
        with contextlib.suppress(ValueError):
            body = json.loads(raw)
        return Answer(int(top.split(b" ")[1]), body)

    def is_closed(self) -> bool:
        """Whether the node ends the connection without another word."""
        try:
            return not self._read and not self.plug.recv(1)
        except ConnectionError:
            return True

    def reset(self) -> None:
        """Go away as a machine does that loses its power and answers with a reset."""
        self.plug.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.plug.close()

    def _more(self) -> None:
        data = self.plug.recv(65536)
        if not data:
            raise ConnectionError("closed")
        self._read += data


def resident_bytes(pid: int) -> int:
    """How much memory a process has at the moment."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


class Bystander:
    """Puts and gets an item over and over on a connection of its own, and times each answer."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.samples_ms: list[float] = []
        self.failures: list[Any] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        trouble: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ends.set()
        self._thread.join()

    def latency_ms(self) -> float:
        """Within which every other answer came.

        The middle, because tests run beside each other, and what the slowest ones waited for is
        seldom the node.
        """
        assert not self.failures, self.failures
        assert self.samples_ms, "no answers"
        return sorted(self.samples_ms)[len(self.samples_ms) // 2]

    def _run(self) -> None:
        try:
            with Line(self._port) as line:
                for request_bytes in _everyday_requests():
                    begun = monotonic_ns()
                    answer = line.ask(request_bytes)
                    self.samples_ms.append((monotonic_ns() - begun) / 1e6)
                    if answer.status != 200:
                        self.failures.append(answer)
                    if self._ends.wait(0.001):
                        return
        except OSError as trouble:
            self.failures.append(trouble)


def _everyday_requests() -> Iterator[bytes]:
    number = 0
    while True:
        number += 1
        item = {"pk": {"S": "bystander"}, "n": {"N": str(number)}}
        yield request("PutItem", {"TableName": TABLE, "Item": item})
        yield request("GetItem", {"TableName": TABLE, "Key": {"pk": {"S": "bystander"}}})
