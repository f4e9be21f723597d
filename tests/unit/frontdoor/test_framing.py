"""HTTP as clients really send it: in pieces, several at once, compressed, cut off, or not HTTP.

Source of what is right: RFC 9112 (HTTP/1.1) and RFC 9110, sections named where they matter.
"""

import asyncio
import gzip
import zlib

import orjson
import pytest

from headwater.loops import run

ITEM = {"TableName": "orders", "Item": {"pk": {"S": "a"}}}
KEY = {"TableName": "orders", "Key": {"pk": {"S": "a"}}}


def test_a_request_in_single_bytes_is_answered(open_door, rpc):
    async def story():
        async with open_door() as door, door.connect() as line:
            for byte in rpc("GetItem", KEY):
                await line.send(bytes((byte,)))
                await asyncio.sleep(0)
            answer = await line.reply()
            assert answer.status == 200
            assert answer.json()["Item"] == KEY["Key"]

    run(story())


def test_pipelined_requests_are_answered_in_order_whatever_ends_first(open_door, rpc):
    """RFC 9112 section 9.3.2. The first waits for its coroutine, the others are ready at once."""

    async def story():
        async with open_door() as door, door.connect() as line:
            requests = [rpc("Query", {"TableName": "slow"})]
            for name in ("one", "two"):
                key = {"TableName": "orders", "Key": {"pk": {"S": name}}}
                requests.append(rpc("GetItem", key))
            requests.append(rpc("DescribeTable", {"TableName": "none"}))
            await line.send(b"".join(requests))
            await door.until(lambda: "slow" in door.waiting)
            door.waiting["slow"].set_result({"Count": 7})
            assert (await line.reply()).json() == {"Count": 7}
            assert (await line.reply()).json()["Item"] == {"pk": {"S": "one"}}
            assert (await line.reply()).json()["Item"] == {"pk": {"S": "two"}}
            assert (await line.reply()).status == 400

    run(story())


def test_a_chunked_body_is_put_together_and_its_trailers_are_ignored(open_door, rpc):
    """RFC 9112 section 7.1."""

    async def story():
        async with open_door() as door, door.connect() as line:
            head = rpc("GetItem", b"", content_length="", transfer_encoding="chunked")
            body = orjson.dumps(KEY)
            chunks = b"".join(b"%x\r\n%b\r\n" % (1, body[i : i + 1]) for i in range(len(body)))
            await line.send(head + chunks + b"0\r\nX-Amz-Target: Nonsense.Op\r\n\r\n")
            assert (await line.reply()).json()["Item"] == KEY["Key"]
            await line.send(rpc("PutItem", ITEM))
            assert (await line.reply()).status == 200
            assert door.pipeline.gate.held_bytes == 0

    run(story())


def test_a_client_that_expects_100_continue_is_told_to_send(open_door, rpc):
    """RFC 9110 section 10.1.1."""

    async def story():
        async with open_door() as door, door.connect() as line:
            head, _, body = rpc("PutItem", ITEM, expect="100-continue").partition(b"\r\n\r\n")
            await line.send(head + b"\r\n\r\n")
            assert (await line.reply()).status == 100
            await line.send(body)
            assert (await line.reply()).status == 200

    run(story())


def test_an_expectation_we_do_not_know_is_refused(open_door, rpc):
    """RFC 9110 section 10.1.1: 417."""

    async def story():
        async with open_door() as door, door.connect() as line:
            await line.send(rpc("PutItem", ITEM, expect="the-unexpected"))
            assert (await line.reply()).status == 417
            assert await line.rest() == b""

    run(story())


@pytest.mark.parametrize(
    ("encoding", "compress"),
    [
        ("gzip", gzip.compress),
        ("deflate", zlib.compress),
        ("deflate", lambda data: zlib.compress(data, wbits=-15)),
        ("identity", bytes),
    ],
    ids=["gzip", "deflate", "raw deflate", "identity"],
)
def test_a_compressed_request_is_read(open_door, rpc, encoding, compress):
    async def story():
        async with open_door() as door, door.connect() as line:
            body = compress(orjson.dumps(KEY))
            await line.send(rpc("GetItem", body, content_encoding=encoding))
            assert (await line.reply()).json()["Item"] == KEY["Key"]

    run(story())


def test_broken_compression_is_a_serialization_error(open_door, rpc):
    async def story():
        async with open_door() as door, door.connect() as line:
            for body in (b"not gzip", gzip.compress(orjson.dumps(KEY))[:-9]):
                await line.send(rpc("GetItem", body, content_encoding="gzip"))
                answer = await line.reply()
                assert answer.json() == {
                    "__type": "com.amazon.coral.service#SerializationException"
                }

    run(story())


def test_a_long_answer_is_compressed_when_asked_for_and_the_checksum_is_of_the_bytes_sent(
    open_door, rpc
):
    """x-amz-crc32 is "of the body as sent (after compression)": recorded answers of AWS."""

    async def story():
        async with open_door() as door, door.connect() as line:
            params = {"TableName": "orders", "Limit": 100_000}
            await line.send(rpc("Scan", params, accept_encoding="br, gzip"))
            answer = await line.reply()
            assert answer.headers["content-encoding"] == "gzip"
            assert len(answer.body) < 2000
            assert int(answer.headers["x-amz-crc32"]) == zlib.crc32(answer.body)
            assert len(gzip.decompress(answer.body)) == 100_000 + len('{"Items":""}')

            await line.send(rpc("Scan", params, accept_encoding="identity"))
            answer = await line.reply()
            assert "content-encoding" not in answer.headers
            assert int(answer.headers["x-amz-crc32"]) == zlib.crc32(answer.body)

    run(story())


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",  # a TLS client
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",  # an HTTP/2 client
        b"HELLO\r\n\r\n",
        b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc",
        b"POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc",
        b"POST / HTTP/1.1\r\nContent-Length: 99999999999999999999999\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: identity\r\n\r\nabc",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET /\xff HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nX: a\x00b\r\n\r\n",
    ],
)
def test_what_is_not_http_is_answered_400_and_the_connection_ends(open_door, garbage):
    async def story():
        async with open_door() as door, door.connect() as line:
            await line.send(garbage)
            answer = await line.reply()
            assert answer.status == 400
            assert answer.headers["connection"] == "close"
            assert await line.rest() == b""

    run(story())


def test_garbage_behind_a_good_request_does_not_cost_its_answer(open_door, rpc):
    async def story():
        async with open_door() as door, door.connect() as line:
            await line.send(rpc("PutItem", ITEM) + b"garbage\r\n\r\n" + rpc("PutItem", ITEM))
            assert (await line.reply()).status == 200
            assert (await line.reply()).status == 400
            assert await line.rest() == b""

    run(story())


def test_a_request_that_is_cut_off_is_told_so_and_leaves_nothing_behind(open_door, rpc):
    async def story():
        async with open_door() as door:
            async with door.connect() as line:
                await line.send(rpc("PutItem", ITEM)[:-5])
                await door.until(lambda: door.pipeline.gate.held_bytes > 0)
                line.writer.write_eof()
                assert (await line.reply()).status == 400
                assert await line.rest() == b""
            await door.until(lambda: door.pipeline.gate.connections == 0)
            assert door.pipeline.gate.held_bytes == 0

    run(story())


def test_what_came_before_a_request_that_is_cut_off_is_answered_first(open_door, rpc):
    async def story():
        async with open_door() as door, door.connect() as line:
            await line.send(rpc("Query", {"TableName": "slow"}) + rpc("PutItem", ITEM)[:-5])
            line.writer.write_eof()
            await door.until(lambda: "slow" in door.waiting)
            door.waiting["slow"].set_result({"Count": 0})
            assert (await line.reply()).json() == {"Count": 0}
            assert (await line.reply()).status == 400
            assert await line.rest() == b""

    run(story())


def test_a_client_that_has_finished_sending_still_gets_its_answers(open_door, rpc):
    async def story():
        async with open_door() as door, door.connect() as line:
            await line.send(rpc("Query", {"TableName": "slow"}) + rpc("PutItem", ITEM))
            line.writer.write_eof()
            await door.until(lambda: "slow" in door.waiting)
            door.waiting["slow"].set_result({"Count": 0})
            assert (await line.reply()).json() == {"Count": 0}
            assert (await line.reply()).json() == {}
            assert await line.rest() == b""

    run(story())


@pytest.mark.parametrize(
    ("version", "connection"), [("1.1", "close"), ("1.0", "keep-alive"), ("1.0", "close")]
)
def test_the_connection_ends_when_the_client_wants_it_or_is_of_the_old_kind(
    open_door, rpc, version, connection
):
    async def story():
        async with open_door() as door, door.connect() as line:
            request = rpc("PutItem", ITEM, connection=connection)
            await line.send(request.replace(b"HTTP/1.1", b"HTTP/" + version.encode()))
            answer = await line.reply()
            assert (answer.status, answer.headers["connection"]) == (200, "close")
            assert await line.rest() == b""

    run(story())


@pytest.mark.parametrize("chunked", [False, True])
def test_an_offer_to_speak_http_2_is_declined_and_the_request_answered(open_door, rpc, chunked):
    """Java's HTTP client makes this offer with its first request on a plain connection. A server
    "MAY ignore" it: RFC 9110 section 7.8."""

    async def story():
        async with open_door() as door, door.connect() as line:
            offer = {"connection": "Upgrade, HTTP2-Settings", "upgrade": "h2c"}
            if chunked:
                offer |= {"content_length": "", "transfer_encoding": "chunked"}
            request = rpc("GetItem", KEY, **offer)
            if chunked:
                head, _, body = request.partition(b"\r\n\r\n")
                request = b"%b\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (head, len(body), body)
            await line.send(request + rpc("PutItem", ITEM))
            assert (await line.reply()).json()["Item"] == KEY["Key"]
            assert (await line.reply()).json() == {}
            assert door.pipeline.gate.held_bytes == 0

    run(story())


def test_a_request_to_a_proxy_is_taken_for_one_to_us_and_a_tunnel_is_not(open_door, rpc):
    """RFC 9112 section 3.2.2: the absolute form must be accepted."""

    async def story():
        async with open_door() as door, door.connect() as line:
            request = rpc("PutItem", ITEM)
            await line.send(request.replace(b"POST / ", b"POST http://127.0.0.1:8000/ "))
            assert (await line.reply()).json() == {}
            await line.send(b"CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n")
            assert (await line.reply()).status == 405

    run(story())


def test_head_is_answered_like_get_without_a_body(open_door):
    async def story():
        async with open_door() as door, door.connect() as line:
            await line.send(b"HEAD / HTTP/1.1\r\nHost: x\r\n\r\n")
            head = await line.reply(head_only=True)
            await line.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            full = await line.reply()
            assert head.headers["content-length"] == str(len(full.body))

    run(story())
