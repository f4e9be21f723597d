"""Opening and closing the door."""

import asyncio
import socket

import pytest

from headwater.errors import StartupError
from headwater.frontdoor import protocol
from headwater.frontdoor.heads import http_date
from headwater.frontdoor.listener import Listener
from headwater.loops import run

ITEM = {"TableName": "orders", "Item": {"pk": {"S": "a"}}}


def test_stopping_answers_what_was_asked_and_closes_the_rest(open_door, rpc):
    async def story():
        async with open_door() as door, door.connect() as busy, door.connect() as idle:
            await idle.send(rpc("PutItem", ITEM))
            assert (await idle.reply()).status == 200
            await busy.send(rpc("Query", {"TableName": "slow"}))
            await door.until(lambda: "slow" in door.waiting)

            stopping = asyncio.create_task(door.listener.stop())
            assert await idle.rest() == b""
            with pytest.raises(OSError):
                await asyncio.open_connection("127.0.0.1", door.port)
            assert not stopping.done()
            door.waiting["slow"].set_result({"Count": 3})
            answer = await busy.reply()
            assert answer.json() == {"Count": 3}
            assert answer.headers["connection"] == "close"
            assert await busy.rest() == b""
            await stopping

    run(story())


def test_a_request_that_is_arriving_when_the_door_closes_is_still_answered(open_door, rpc):
    async def story():
        async with open_door() as door, door.connect() as line:
            request = rpc("PutItem", ITEM)
            await line.send(request[:20])
            await door.until(lambda: _receives(door))
            stopping = asyncio.create_task(door.listener.stop())
            await asyncio.sleep(0)
            await line.send(request[20:] + rpc("PutItem", ITEM))
            answer = await line.reply()
            assert (answer.status, answer.headers["connection"]) == (200, "close")
            assert await line.rest() == b""
            await stopping

    run(story())


def test_a_request_that_is_on_its_way_when_the_door_closes_is_still_answered(
    open_door, rpc, monkeypatch
):
    # However slow this machine is, it arrives before that.
    monkeypatch.setattr(protocol, "_ON_ITS_WAY_S", 60)

    async def story():
        async with open_door() as door, door.connect() as line:
            await line.send(rpc("PutItem", ITEM))
            assert (await line.reply()).status == 200
            stopping = asyncio.create_task(door.listener.stop())
            await asyncio.sleep(0)
            await line.send(rpc("PutItem", ITEM))
            answer = await line.reply()
            assert (answer.status, answer.headers["connection"]) == (200, "close")
            assert await line.rest() == b""
            await stopping

    run(story())


def test_stopping_does_not_wait_for_ever(open_door, rpc):
    async def story():
        async with open_door() as door, door.connect() as line:
            await line.send(rpc("Query", {"TableName": "never"}))
            await door.until(lambda: "never" in door.waiting)
            await door.listener.stop(drain_ms_max=20)
            assert await line.rest() == b""
            assert door.waiting["never"].cancelled()

    run(story())


def test_a_taken_port_is_told_in_the_operator_s_words(open_door):
    async def story():
        async with open_door() as door:
            with pytest.raises(StartupError, match=r"is taken.*--port"):
                await Listener(door.pipeline).start("127.0.0.1", door.port)

    run(story())


def test_localhost_is_one_port_on_all_its_addresses(open_door):
    async def story():
        async with open_door() as door:
            listener = Listener(door.pipeline)
            port = await listener.start("localhost", 0)
            assert listener._server is not None
            assert {plug.getsockname()[1] for plug in listener._server.sockets} == {port}
            await listener.stop()

    run(story())


def test_replies_are_not_held_back_to_fill_packets(open_door):
    async def story():
        async with open_door() as door, door.connect() as line:
            await line.send(b"GET / HTTP/1.1\r\n\r\n")
            await line.reply()
            (connection,) = door.listener._connections
            plug = connection._transport.get_extra_info("socket")
            assert plug.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1

    run(story())


def test_the_date_moves_on(open_door):
    async def story():
        async with open_door() as door, door.connect() as line:
            dates = []
            for _ in range(2):
                await line.send(b"GET / HTTP/1.1\r\n\r\n")
                dates.append((await line.reply()).headers["date"])
                door.clock.move(seconds=1)
            assert dates == ["Wed, 04 Mar 2026 05:06:07 GMT", "Wed, 04 Mar 2026 05:06:08 GMT"]

    run(story())


def test_a_date_is_written_as_http_writes_it():
    """Source: RFC 9110 section 5.6.7, its own example."""
    assert http_date(784_111_777_999) == "Sun, 06 Nov 1994 08:49:37 GMT"


def _receives(door) -> bool:
    return any(c._receiver.current is not None for c in door.listener._connections)
