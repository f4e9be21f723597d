"""The client of the Lambda Runtime API that awslambdaric calls, in plain Python.

awslambdaric brings a compiled one, which fits a single interpreter version and takes longer to
load. This one has its four functions with the same arguments and answers, runs on every version,
and lets signal handlers run while it waits. It speaks HTTP/1.1 over one kept connection to the
node's listener (`functions/runtime_api.py`) and understands what that listener sends, no more.
"""

from __future__ import annotations

import os
import socket

_INVOCATION = "/2018-06-01/runtime/invocation/"
_TEXT_HEADERS = (
    "Lambda-Runtime-Aws-Request-Id",
    "Lambda-Runtime-Trace-Id",
    "Lambda-Runtime-Invoked-Function-Arn",
    "Lambda-Runtime-Client-Context",
    "Lambda-Runtime-Cognito-Identity",
    "Content-Type",
)
_DEADLINE = "Lambda-Runtime-Deadline-Ms"
_COPY_BYTES_MAX = 64 * 1024  # below, joining head and body is cheaper than a second system call

_agent = "headwater"
_connection: socket.socket | None = None


def initialize_client(user_agent: str) -> None:
    """Called once by awslambdaric with the text of the User-Agent header."""
    global _agent
    _agent = user_agent


def next() -> tuple[bytes, dict[str, str | int | None]]:
    """Wait for the next invocation: its payload, and its headers by their documented names."""
    status, head, body = _exchange("GET", _INVOCATION + "next", "", b"")
    if status != 200:
        raise RuntimeError(f"Failed to get next invocation: HTTP {status}")
    given = {}
    for line in head.split("\r\n")[1:]:
        name, _, value = line.partition(":")
        given[name.lower()] = value.strip()
    headers: dict[str, str | int | None] = {name: given.get(name.lower()) for name in _TEXT_HEADERS}
    headers[_DEADLINE] = int(given[_DEADLINE.lower()])
    return body, headers


def post_invocation_result(
    invoke_id: str, result: bytes, content_type: str, invocation_id: str | None = None
) -> None:
    """Hand in the result of an invocation."""
    _post(f"{invoke_id}/response", content_type, result)


def post_error(
    invoke_id: str, error: str, xray_fault: str, invocation_id: str | None = None
) -> None:
    """Hand in the error (JSON text) of an invocation."""
    _post(f"{invoke_id}/error", "application/json", error.encode("utf-8"))


def _post(path: str, content_type: str, body: bytes) -> None:
    extra = f"Content-Type: {content_type}\r\n"
    status, _, answer = _exchange("POST", _INVOCATION + path, extra, body)
    if status != 202:
        raise RuntimeError(f"Failed to post invocation response: HTTP {status} {answer!r}")


def _exchange(method: str, path: str, extra: str, body: bytes) -> tuple[int, str, bytes]:
    """One request and its answer: status, head, body."""
    global _connection
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: {os.environ['AWS_LAMBDA_RUNTIME_API']}\r\n"
        f"User-Agent: {_agent}\r\n{extra}Content-Length: {len(body)}\r\n\r\n"
    ).encode("latin-1", "replace")
    if _connection is not None:
        try:
            return _send_and_receive(_connection, head, body)
        except OSError:
            # A handler may have closed every descriptor it found, ours among them. The node
            # refuses a result that it has seen before, so a second try is safe. The number may
            # be somebody else's by now, or become the new connection's: it must not be closed.
            _connection.detach()
    _connection = _connect()
    return _send_and_receive(_connection, head, body)


def _connect() -> socket.socket:
    host, _, port = os.environ["AWS_LAMBDA_RUNTIME_API"].rpartition(":")
    connection = socket.create_connection((host, int(port)))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def _send_and_receive(
    connection: socket.socket, head: bytes, body: bytes
) -> tuple[int, str, bytes]:
    if len(body) <= _COPY_BYTES_MAX:
        connection.sendall(head + body)
    else:
        connection.sendall(head)
        connection.sendall(body)
    received = connection.recv(65536)
    end = received.find(b"\r\n\r\n")
    while end < 0:
        received += _more(connection, received)
        end = received.find(b"\r\n\r\n")
    text = received[:end].decode("latin-1")
    rest = received[end + 4 :]
    length = _content_length(text)
    if len(rest) < length:
        rest = _fill(connection, rest, length)
    return int(text[9:12]), text, rest


def _more(connection: socket.socket, received: bytes) -> bytes:
    more = connection.recv(65536)
    if not more and not received:
        # The node has gone: nothing is left to do, and nobody is there to read a traceback.
        raise SystemExit(0)
    if not more:
        raise ConnectionError("the node closed the connection within an answer")
    return more


def _fill(connection: socket.socket, start: bytes, length: int) -> bytes:
    """The body of `length` bytes that begins with `start`."""
    body = bytearray(length)
    have = len(start)
    body[:have] = start
    view = memoryview(body)
    while have < length:
        count = connection.recv_into(view[have:])
        if not count:
            raise ConnectionError("the node closed the connection within an answer")
        have += count
    return bytes(body)


def _content_length(head: str) -> int:
    for line in head.split("\r\n"):
        if line[:15].lower() == "content-length:":
            return int(line[15:])
    return 0
