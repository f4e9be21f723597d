"""The Lambda Runtime API: a loopback listener for one execution environment.

    GET  /2018-06-01/runtime/invocation/next            waits for work
    POST /2018-06-01/runtime/invocation/{id}/response   the result
    POST /2018-06-01/runtime/invocation/{id}/error      the handler failed
    POST /2018-06-01/runtime/init/error                 the function could not be loaded

Source: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html

The port is the environment's identity, so a runtime needs no credentials and cannot take another's
work by mistake. This file knows HTTP and the four calls. It does not know processes, time-outs or
what an invocation is for: it tells a `Runtime` what arrived.
"""

import asyncio
from typing import Any, Protocol, cast

import httptools

from headwater.limits import INVOKE_REPLY_BYTES_MAX, MIB

NEXT = b"/2018-06-01/runtime/invocation/next"
_INVOCATION = b"/2018-06-01/runtime/invocation/"
_INIT_ERROR = b"/2018-06-01/runtime/init/error"

_ACCEPTED_BODY = b'{"status":"OK"}\n'


def _answer(status: bytes, body: bytes) -> bytes:
    return b"HTTP/1.1 %b\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (
        status,
        len(body),
        body,
    )


def _refusal(status: bytes, error: bytes, message: bytes) -> bytes:
    return _answer(status, b'{"errorMessage":"%b","errorType":"%b"}' % (message, error))


_ACCEPTED = _answer(b"202 Accepted", _ACCEPTED_BODY)
_BAD_ID = _refusal(b"400 Bad Request", b"InvalidRequestID", b"Invalid request ID")
_BAD_STATE = _refusal(b"403 Forbidden", b"InvalidStateTransition", b"State transition not allowed")
_UNKNOWN = _refusal(b"404 Not Found", b"NotFound", b"404 page not found")
_TOO_LARGE = _refusal(
    b"413 Request Entity Too Large",
    b"RequestEntityTooLarge",
    b"Exceeded maximum allowed payload size (%d bytes)." % INVOKE_REPLY_BYTES_MAX,
)
# A runtime may put a description of an error of up to 1 MiB into a header.
_HEAD_BYTES_MAX = 2 * MIB
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Runtime(Protocol):
    """Who is told what the process said."""

    def ready(self) -> None:
        """The process waits for its next invocation: the first time, it has been loaded."""
        ...

    def answered(self, body: bytes) -> None:
        """The result of the invocation that was handed over."""
        ...

    def failed(self, body: bytes) -> None:
        """The handler raised; `body` is the error as JSON."""
        ...

    def too_large(self) -> None:
        """The result of the invocation is over INVOKE_REPLY_BYTES_MAX; it was thrown away."""
        ...

    def init_failed(self, body: bytes) -> None:
        """The function could not be loaded; `body` is the error as JSON."""
        ...

    def hung_up(self) -> None:
        """The last connection of the process is closed."""
        ...


class RuntimeApi:
    """The listener of one environment, and the one invocation it can have in hand."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._server: asyncio.Server | None = None
        self._connections: set[_Connection] = set()
        self._parked: _Connection | None = None  # who asked for `next` and waits
        self._current: bytes | None = None  # id of the invocation the process works on

    async def listen(self) -> str:
        """Open a free loopback port; returns AWS_LAMBDA_RUNTIME_API, "127.0.0.1:41234"."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Connection(self), "127.0.0.1", 0)
        host, port = self._server.sockets[0].getsockname()
        return f"{host}:{port}"

    def close(self) -> None:
        """Stop listening and drop every connection. The runtime is told nothing any more."""
        if self._server is not None:
            self._server.close()
        for connection in list(self._connections):
            connection.transport.abort()

    @property
    def waiting(self) -> bool:
        """True while the process waits in `next`."""
        return self._parked is not None

    @property
    def connected(self) -> bool:
        """True while the process has a connection open."""
        return bool(self._connections)

    def hand_over(self, request_id: bytes, head: bytes, payload: bytes) -> None:
        """Give the waiting process its invocation.

        head     the Lambda-Runtime-* header lines, each ended by CRLF
        payload  the event, sent without being copied
        """
        parked, self._parked = self._parked, None
        assert parked is not None, "nobody waits for work"
        self._current = request_id
        start = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n%bContent-Length: %d\r\n\r\n"
        parked.transport.writelines((start % (head, len(payload)), payload))

    # --- what connections call -----------------------------------------------------------------

    def opened(self, connection: "_Connection") -> None:
        self._connections.add(connection)

    def closed(self, connection: "_Connection") -> None:
        self._connections.discard(connection)
        if self._parked is connection:
            self._parked = None
        if not self._connections:
            self._runtime.hung_up()

    def handle(self, connection: "_Connection", path: bytes, body: bytes | None) -> bytes | None:
        """One request; body is None if it was too large. Returns the answer, None: later."""
        if path == NEXT:
            return self._next(connection)
        if path.startswith(_INVOCATION):
            request_id, _, verb = path[len(_INVOCATION) :].partition(b"/")
            if verb in (b"response", b"error"):
                return self._result(request_id, verb, body)
        if path == _INIT_ERROR:
            self._runtime.init_failed(body or b"{}")
            return _ACCEPTED
        return _UNKNOWN

    def _next(self, connection: "_Connection") -> bytes | None:
        if self._current is not None or self._parked not in (None, connection):
            # A runtime that asks for more before it has answered has lost its place; and whoever
            # asks beside one that waits already is not the runtime.
            return _BAD_STATE
        self._parked = connection
        self._runtime.ready()
        return None

    def _result(self, request_id: bytes, verb: bytes, body: bytes | None) -> bytes:
        if self._current is None or request_id != self._current:
            return _BAD_ID
        self._current = None
        if body is None:
            self._runtime.too_large()
            return _TOO_LARGE
        if verb == b"response":
            self._runtime.answered(body)
        else:
            self._runtime.failed(body)
        return _ACCEPTED


class _Connection(asyncio.Protocol):
    """HTTP/1.1 of one connection, requests one after the other."""

    def __init__(self, api: RuntimeApi) -> None:
        self._api = api
        self._url = b""
        self._body: list[bytes] = []
        self._body_bytes = 0
        self._head_bytes = 0
        self._parser = httptools.HttpRequestParser(self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's are of no class of asyncio's
        self._api.opened(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._api.closed(self)

    def data_received(self, data: bytes) -> None:
        self._head_bytes += len(data)
        if self._head_bytes > _HEAD_BYTES_MAX:
            self.transport.abort()
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self.transport.close()

    # --- httptools -----------------------------------------------------------------------------

    def on_message_begin(self) -> None:
        self._url = b""
        self._body = []
        self._body_bytes = 0

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        if len(name) == 6 and name.lower() == b"expect":
            self.transport.write(_CONTINUE)

    def on_body(self, chunk: bytes) -> None:
        self._head_bytes = 0
        self._body_bytes += len(chunk)
        if self._body_bytes <= INVOKE_REPLY_BYTES_MAX:
            self._body.append(chunk)
        else:
            self._body.clear()

    def on_message_complete(self) -> None:
        self._head_bytes = 0
        body = self._whole_body()
        answer = self._api.handle(self, self._url, body)
        if answer is not None:
            self.transport.write(answer)

    def _whole_body(self) -> bytes | None:
        if self._body_bytes > INVOKE_REPLY_BYTES_MAX:
            return None
        return self._body[0] if len(self._body) == 1 else b"".join(self._body)


def header_lines(headers: dict[str, Any]) -> bytes:
    """Header lines for `hand_over`; members that are None are left out."""
    lines = [f"{name}: {value}\r\n" for name, value in headers.items() if value is not None]
    return "".join(lines).encode("latin-1")
