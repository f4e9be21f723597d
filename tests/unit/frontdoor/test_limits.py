"""The door's bounds: too large, too many, too slow. Each is met with small limits or a clock that
the test moves, never by waiting."""

import gzip

import orjson
import pytest

from headwater.frontdoor.gate import Limits
from headwater.limits import LAMBDA_REQUEST_BYTES_MAX, REQUEST_BYTES_MAX
from headwater.loops import run

ITEM = {"TableName": "orders", "Item": {"pk": {"S": "a"}}}
TOO_LARGE = {"__type": "com.amazon.coral.service#RequestTooLargeException"}


def test_a_body_that_announces_more_than_16_mb_is_refused_before_it_is_sent(open_door, rpc):
    """16 MB: AWS, "Request size limit" of the DynamoDB API; the answer is 413."""

    async def story():
        async with open_door() as door, door.connect() as line:
            head = rpc("PutItem", b"", content_length=str(REQUEST_BYTES_MAX + 1))
            await line.send(head)
            answer = await line.reply()
            assert (answer.status, answer.json()) == (413, TOO_LARGE)
            # The client may be in the middle of sending: what it sends is taken and thrown away.
            for _ in range(20):
                await line.send(b"x" * 100_000)
            line.writer.write_eof()
            assert await line.rest() == b""
            assert door.pipeline.gate.held_bytes == 0

    run(story())


def test_a_body_of_exactly_the_limit_is_read(open_door, rpc):
    async def story():
        async with open_door(limits=Limits(body_bytes_max=2000)) as door, door.connect() as line:
            body = orjson.dumps(ITEM)
            await line.send(rpc("PutItem", body + b" " * (2000 - len(body))))
            assert (await line.reply()).status == 200
            await line.send(rpc("PutItem", body + b" " * (2001 - len(body))))
            assert (await line.reply()).status == 413

    run(story())


def test_a_chunked_body_is_refused_when_it_passes_the_limit(open_door, rpc):
    async def story():
        async with open_door(limits=Limits(body_bytes_max=2000)) as door, door.connect() as line:
            head = rpc("PutItem", b"", content_length="", transfer_encoding="chunked")
            await line.send(head + b"3e8\r\n" + b"x" * 1000 + b"\r\n3e9\r\n" + b"x" * 1001)
            assert (await line.reply()).status == 413
            line.writer.write_eof()
            assert await line.rest() == b""
            assert door.pipeline.gate.held_bytes == 0

    run(story())


def test_a_small_body_that_inflates_beyond_the_limit_is_refused(open_door, rpc):
    async def story():
        async with open_door(limits=Limits(body_bytes_max=10_000)) as door, door.connect() as line:
            bomb = gzip.compress(b" " * 5_000_000)
            assert len(bomb) < 10_000
            await line.send(rpc("PutItem", bomb, content_encoding="gzip"))
            answer = await line.reply()
            assert (answer.status, answer.json()) == (413, TOO_LARGE)
            await line.send(rpc("PutItem", ITEM))
            assert (await line.reply()).status == 200

    run(story())


def test_lambda_s_larger_limit_is_told_in_its_own_words(open_door, rest):
    """ "Request must be smaller than 70167211 bytes for the CreateFunction operation": AWS."""

    async def story():
        async with open_door() as door, door.connect() as line:
            length = str(LAMBDA_REQUEST_BYTES_MAX + 1)
            await line.send(rest("POST", "/2015-03-31/functions", content_length=length))
            answer = await line.reply()
            assert answer.status == 413
            assert answer.headers["x-amzn-errortype"] == "RequestTooLargeException"
            assert answer.json()["message"] == (
                "Request must be smaller than 70167211 bytes for the CreateFunction operation"
            )

    run(story())


def test_all_bodies_together_are_bounded_too(open_door, rpc):
    async def story():
        limits = Limits(held_bytes_max=5000)
        async with open_door(limits=limits) as door, door.connect() as one, door.connect() as two:
            await one.send(rpc("PutItem", b"", content_length="4000"))
            await door.until(lambda: door.pipeline.gate.held_bytes == 4000)
            await two.send(rpc("PutItem", b"", content_length="4000"))
            answer = await two.reply()
            assert answer.status == 503
            assert answer.json()["__type"].endswith("#ServiceUnavailableException")
            await one.send(orjson.dumps(ITEM) + b" " * (4000 - len(orjson.dumps(ITEM))))
            assert (await one.reply()).status == 200
            assert door.pipeline.gate.held_bytes == 0

    run(story())


@pytest.mark.parametrize("at_once", [True, False])
def test_a_head_that_never_ends_is_refused(open_door, at_once):
    async def story():
        async with open_door() as door, door.connect() as line:
            await line.send(b"GET / HTTP/1.1\r\nX-Long: ")
            for _ in range(20):
                await line.send(b"x" * 10_000)
                if not at_once:
                    await door.settle()
            await line.send(b"\r\n\r\n")
            assert (await line.reply()).status == 431

    run(story())


def test_trailers_that_never_end_are_refused(open_door, rpc):
    async def story():
        async with open_door(limits=Limits(body_bytes_max=2000)) as door, door.connect() as line:
            head = rpc("PutItem", b"", content_length="", transfer_encoding="chunked")
            await line.send(head + b"1\r\nx\r\n0\r\nX-Long: ")
            for _ in range(20):
                await line.send(b"x" * 1000)
                await door.settle()
            assert (await line.reply()).status == 413

    run(story())


def test_one_connection_too_many_is_told_so(open_door, rpc):
    async def story():
        async with open_door(limits=Limits(connections_max=2)) as door:
            async with door.connect() as one, door.connect(), door.connect() as three:
                assert (await three.reply()).status == 503
                await one.send(rpc("PutItem", ITEM))
                assert (await one.reply()).status == 200
            await door.until(lambda: door.pipeline.gate.connections == 0)
            async with door.connect() as again:
                await again.send(rpc("PutItem", ITEM))
                assert (await again.reply()).status == 200

    run(story())


def test_a_request_that_trickles_in_is_answered_408(open_door, rpc):
    """Bytes keep coming, so the connection is never quiet: the bound is on the whole request."""

    async def story():
        async with open_door() as door, door.connect() as line:
            request = rpc("PutItem", ITEM)
            for second in range(33):
                await line.send(request[second : second + 1])
                await door.settle()
                door.clock.move(seconds=1)
            assert (await line.reply()).status == 408
            line.writer.write_eof()
            assert await line.rest() == b""

    run(story())


def test_a_large_body_has_longer_to_arrive(open_door, rpc):
    """30 s and 1 ms for each byte of the body: 60,000 bytes in 60 s pass, at 1 KB a second."""

    async def story():
        async with open_door() as door, door.connect() as line:
            body = orjson.dumps(ITEM)
            request = rpc("PutItem", body + b" " * 60_000)
            head = len(request) - 60_000
            await line.send(request[:head])
            for second in range(60):
                start = head + second * 1000
                await line.send(request[start : start + 1000])
                await door.settle()
                door.clock.move(seconds=1)
            assert (await line.reply()).status == 200

    run(story())


def test_a_connection_that_nobody_uses_is_closed(open_door, rpc):
    async def story():
        async with open_door() as door, door.connect() as line:
            await line.send(rpc("PutItem", ITEM))
            assert (await line.reply()).status == 200
            door.clock.move(minutes=14)
            await line.send(rpc("PutItem", ITEM))
            assert (await line.reply()).status == 200
            door.clock.move(minutes=16)
            assert await line.rest() == b""

    run(story())


def test_a_client_that_waits_for_us_is_never_cut_off(open_door, rpc):
    async def story():
        async with open_door() as door, door.connect() as line:
            await line.send(rpc("Query", {"TableName": "slow"}))
            await door.until(lambda: "slow" in door.waiting)
            door.clock.move(hours=2)
            door.waiting["slow"].set_result({"Count": 1})
            assert (await line.reply()).json() == {"Count": 1}

    run(story())


def test_a_client_that_takes_no_answers_stops_being_read_and_is_cut_off(open_door, rpc):
    """Each request asks for 1 MB. No more of them are run than fill the socket's buffers and the
    node's own; then the connection ends."""

    async def story():
        limits = Limits(queued_requests_max=4)
        async with open_door(limits=limits) as door, door.connect() as line:
            scan = rpc("Scan", {"TableName": "orders", "Limit": 1_000_000})
            sent = 2000
            line.writer.write(scan * sent)
            ok = ("dynamodb", "Scan", "ok")
            counts = door.pipeline.requests.counts
            await door.until(lambda: counts.get(ok, 0) > 0)
            seen = -1
            while counts[ok] != seen:
                seen = counts[ok]
                await door.settle()
            assert seen < 40
            assert 0 < door.pipeline.gate.owed_bytes < 10_000_000
            door.clock.move(minutes=2)
            await door.until(lambda: door.pipeline.gate.connections == 0)
            assert door.pipeline.gate.held_bytes == 0
            assert door.pipeline.gate.owed_bytes == 0

    run(story())


def test_a_client_that_asks_much_and_reads_late_gets_all_its_answers(open_door, rpc):
    """The queue fills many times over; what came meanwhile waits and is not lost."""

    async def story():
        limits = Limits(queued_requests_max=4)
        async with open_door(limits=limits) as door, door.connect() as line:
            count = 400
            scan = rpc("Scan", {"TableName": "orders", "Limit": 50_000})
            line.writer.write(scan * count)
            line.writer.write_eof()
            for _ in range(count):
                assert len((await line.reply()).body) == 50_000 + len('{"Items":""}')
            assert await line.rest() == b""
            assert door.pipeline.gate.owed_bytes == 0

    run(story())


def test_replies_that_wait_for_an_earlier_one_are_bounded(open_door, rpc):
    """The first request takes its time; of what is asked behind it, only as much is answered as may
    be kept until then, and the rest when there is room again."""

    async def story():
        limits = Limits(queued_requests_max=100, owed_bytes_max=250_000)
        async with open_door(limits=limits) as door, door.connect() as line:
            scan = rpc("Scan", {"TableName": "orders", "Limit": 100_000})
            await line.send(rpc("Query", {"TableName": "slow"}))
            gate = door.pipeline.gate
            for _ in range(50):
                await line.send(scan)
                await door.settle()
            await door.until(lambda: gate.owed_bytes > 250_000)
            assert gate.owed_bytes < 400_000
            door.waiting["slow"].set_result({"Count": 1})
            assert (await line.reply()).json() == {"Count": 1}
            for _ in range(50):
                assert (await line.reply()).status == 200
            await door.until(lambda: gate.owed_bytes == gate.held_bytes == 0)

    run(story())


def test_untaken_replies_count_with_the_bodies_of_all(open_door, rpc):
    """As long as one client leaves its replies, there is less room for what others ask."""

    async def story():
        limits = Limits(held_bytes_max=1_000_000)
        async with open_door(limits=limits) as door, door.connect() as line, door.connect() as two:
            gate = door.pipeline.gate
            await line.send(rpc("Query", {"TableName": "slow"}))
            await line.send(rpc("Scan", {"TableName": "orders", "Limit": 1_000_000}))
            await door.until(lambda: gate.owed_bytes > 1_000_000)
            await two.send(rpc("PutItem", ITEM))
            assert (await two.reply()).status == 503
            door.waiting["slow"].set_result({"Count": 1})
            assert [(await line.reply()).status for _ in range(2)] == [200, 200]
            async with door.connect() as three:
                await three.send(rpc("PutItem", ITEM))
                assert (await three.reply()).status == 200

    run(story())


def test_a_client_that_leaves_takes_its_waiting_requests_along(open_door, rpc):
    async def story():
        async with open_door(limits=Limits(queued_requests_max=2)) as door:
            gate = door.pipeline.gate
            async with door.connect() as line:
                slow = rpc("Query", {"TableName": "slow"})
                await line.send(slow + rpc("PutItem", ITEM) * 20)
                await door.until(lambda: "slow" in door.waiting)
                await door.settle()
                assert gate.held_bytes > 0
            door.waiting["slow"].set_result({"Count": 1})
            await door.until(lambda: gate.connections == 0)
            await door.until(lambda: gate.held_bytes == gate.owed_bytes == 0)

    run(story())
