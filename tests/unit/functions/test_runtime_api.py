"""The Runtime API as any runtime may speak it, byte by byte.

Source: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

import asyncio
import contextlib

from headwater.clock import SystemClock, sleep_ms
from headwater.functions.runtime_api import RuntimeApi, header_lines
from headwater.loops import run

NEXT = b"GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: h\r\n\r\n"


class Heard:
    """A Runtime that writes down what it is told."""

    def __init__(self):
        self.said = []

    def ready(self):
        self.said.append("ready")

    def answered(self, body):
        self.said.append(("answered", body))

    def failed(self, body):
        self.said.append(("failed", body))

    def too_large(self):
        self.said.append("too large")

    def init_failed(self, body):
        self.said.append(("init failed", body))

    def hung_up(self):
        self.said.append("hung up")


class Client:
    """One connection of a runtime."""

    def __init__(self, reader, writer):
        self._reader = reader
        self._writer = writer

    async def send(self, data):
        self._writer.write(data)
        await self._writer.drain()

    async def receive(self):
        """(status line, headers in lower case, body)"""
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode()
        first, *lines = head.strip().split("\r\n")
        headers = {line.split(": ")[0].lower(): line.split(": ")[1] for line in lines}
        body = await self._reader.readexactly(int(headers.get("content-length", 0)))
        return first, headers, body

    async def ask(self, data):
        await self.send(data)
        return await self.receive()

    def close(self):
        self._writer.close()


def post(path, body, *more):
    head = [f"POST /2018-06-01/runtime/{path} HTTP/1.1", "Host: h", f"Content-Length: {len(body)}"]
    return "\r\n".join([*head, *more, "", ""]).encode() + body


def conversation(script):
    """Run `script(api, heard, connect)` and return what the runtime was told."""

    async def main():
        heard = Heard()
        api = RuntimeApi(heard)
        host, port = (await api.listen()).split(":")
        async with contextlib.AsyncExitStack() as stack:

            async def connect():
                client = Client(*await asyncio.open_connection(host, int(port)))
                stack.callback(client.close)
                return client

            await script(api, heard, connect)
        api.close()
        return heard.said

    return run(main())


async def heard_in_time(heard, what):
    for _ in range(1000):
        if what in heard.said:
            return
        await sleep_ms(SystemClock(), 1)
    raise AssertionError(heard.said)


HEAD = header_lines(
    {
        "Lambda-Runtime-Aws-Request-Id": "id-1",
        "Lambda-Runtime-Deadline-Ms": 1772600803000,
        "Lambda-Runtime-Client-Context": None,
    }
)


def test_next_waits_and_brings_the_event_with_its_headers():
    async def script(api, heard, connect):
        client = await connect()
        await client.send(NEXT)
        await heard_in_time(heard, "ready")
        assert api.waiting
        api.hand_over(b"id-1", HEAD, b'{"a":1}')
        status, headers, body = await client.receive()
        assert status == "HTTP/1.1 200 OK"
        assert body == b'{"a":1}'
        assert headers["lambda-runtime-aws-request-id"] == "id-1"
        assert headers["lambda-runtime-deadline-ms"] == "1772600803000"
        assert "lambda-runtime-client-context" not in headers
        assert headers["content-type"] == "application/json"

    assert conversation(script)[0] == "ready"


async def with_event_in_hand(api, heard, connect):
    client = await connect()
    await client.send(NEXT)
    await heard_in_time(heard, "ready")
    api.hand_over(b"id-1", HEAD, b"{}")
    await client.receive()
    return client


def test_a_result_is_accepted_once():
    async def script(api, heard, connect):
        client = await with_event_in_hand(api, heard, connect)
        status, _, body = await client.ask(post("invocation/id-1/response", b'"done"'))
        assert status == "HTTP/1.1 202 Accepted"
        assert body == b'{"status":"OK"}\n'
        status, _, body = await client.ask(post("invocation/id-1/response", b'"again"'))
        assert status == "HTTP/1.1 400 Bad Request"
        assert b"InvalidRequestID" in body

    assert conversation(script)[:2] == ["ready", ("answered", b'"done"')]


def test_a_result_for_another_event_is_refused():
    async def script(api, heard, connect):
        client = await with_event_in_hand(api, heard, connect)
        for verb in ("response", "error"):
            status, _, _ = await client.ask(post(f"invocation/id-2/{verb}", b"{}"))
            assert status == "HTTP/1.1 400 Bad Request"

    assert conversation(script)[:1] == ["ready"]


def test_asking_for_more_before_answering_is_refused():
    async def script(api, heard, connect):
        client = await with_event_in_hand(api, heard, connect)
        status, _, body = await client.ask(NEXT)
        assert status == "HTTP/1.1 403 Forbidden"
        assert b"InvalidStateTransition" in body

    conversation(script)


def test_nobody_else_takes_the_place_of_the_runtime_that_waits():
    async def script(api, heard, connect):
        runtime = await connect()
        await runtime.send(NEXT)
        await heard_in_time(heard, "ready")
        other = await connect()
        assert (await other.ask(NEXT))[0] == "HTTP/1.1 403 Forbidden"
        api.hand_over(b"id-1", HEAD, b"{}")
        assert (await runtime.receive())[0] == "HTTP/1.1 200 OK"

    conversation(script)


def test_a_head_without_end_closes_the_connection():
    async def script(api, heard, connect):
        client = await connect()
        try:
            await client.send(b"GET /" + b"x" * 4_000_000)
            await client.receive()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        await heard_in_time(heard, "hung up")

    conversation(script)


def test_an_error_of_the_handler_and_of_loading():
    async def script(api, heard, connect):
        client = await with_event_in_hand(api, heard, connect)
        status, _, _ = await client.ask(post("invocation/id-1/error", b'{"errorMessage":"x"}'))
        assert status == "HTTP/1.1 202 Accepted"
        status, _, _ = await client.ask(post("init/error", b'{"errorMessage":"y"}'))
        assert status == "HTTP/1.1 202 Accepted"

    assert conversation(script)[1:3] == [
        ("failed", b'{"errorMessage":"x"}'),
        ("init failed", b'{"errorMessage":"y"}'),
    ]


def test_a_result_one_byte_over_the_limit_is_refused_without_being_kept():
    async def script(api, heard, connect):
        client = await with_event_in_hand(api, heard, connect)
        status, _, body = await client.ask(post("invocation/id-1/response", b"x" * 6_291_557))
        assert status == "HTTP/1.1 413 Request Entity Too Large"
        assert b"Exceeded maximum allowed payload size (6291556 bytes)." in body

    assert conversation(script)[1] == "too large"


def test_a_runtime_that_expects_to_be_told_to_go_on_is_told():
    async def script(api, heard, connect):
        client = await with_event_in_hand(api, heard, connect)
        request = post("invocation/id-1/response", b"{}", "Expect: 100-continue")
        head, _, body = request.partition(b"\r\n\r\n")
        await client.send(head + b"\r\n\r\n")
        assert (await client.receive())[0] == "HTTP/1.1 100 Continue"
        assert (await client.ask(body))[0] == "HTTP/1.1 202 Accepted"

    conversation(script)


def test_a_body_may_come_in_pieces_and_chunks():
    async def script(api, heard, connect):
        client = await with_event_in_hand(api, heard, connect)
        head = (
            b"POST /2018-06-01/runtime/invocation/id-1/response HTTP/1.1\r\nHost: h\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n"
        )
        for piece in (head[:30], head[30:], b"3\r\n[1,\r\n", b"2\r\n2]\r\n0\r\n\r\n"):
            await client.send(piece)
            await asyncio.sleep(0)
        assert (await client.receive())[0] == "HTTP/1.1 202 Accepted"

    assert ("answered", b"[1,2]") in conversation(script)


def test_what_is_no_call_of_the_api_is_not_found():
    async def script(api, heard, connect):
        client = await connect()
        for path in ("invocation/id-1", "invocation/id-1/other", "elsewhere"):
            assert (await client.ask(post(path, b"{}")))[0] == "HTTP/1.1 404 Not Found"

    conversation(script)


def test_what_is_not_http_closes_the_connection_and_nothing_else():
    async def script(api, heard, connect):
        broken = await connect()
        await broken.send(b"\x00\x01\x02 nonsense\r\n\r\n")
        await heard_in_time(heard, "hung up")
        await with_event_in_hand(api, heard, connect)

    conversation(script)


def test_a_runtime_that_hangs_up_while_it_waits_is_not_waiting():
    async def script(api, heard, connect):
        client = await connect()
        await client.send(NEXT)
        await heard_in_time(heard, "ready")
        client.close()
        await heard_in_time(heard, "hung up")
        assert not api.waiting and not api.connected

    conversation(script)
