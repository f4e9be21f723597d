"""A receive that waits: woken by a send, by time, by the end of the node; never late, never for
nobody."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from headwater.errors import QueueDoesNotExist
from headwater.queues import delivery
from headwater.queues.sweeping import sweep


@pytest.fixture
def scene(rig) -> Any:
    """Runs a coroutine function on the rig's loop."""

    def play(act: Callable[[], Awaitable[Any]]) -> Any:
        async def main() -> Any:
            return await act()

        return rig.runner.run(main())

    return play


def waiting(rig: Any, name: str, wait_s: int = 20, has_left: Any = None) -> asyncio.Task[Any]:
    request = rig.request(name, 10, None, wait_s)
    if has_left is not None:
        request = request._replace(has_left=has_left)
    return asyncio.get_running_loop().create_task(rig.receivers.receive(request))


async def turns() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def send(rig: Any, name: str, body: str, delay_s: int | None = None) -> None:
    def work(tx: Any) -> None:
        rig.queues.post(tx, rig.queues.get(tx, rig.scope, name), body, delay_s=delay_s)

    await rig.engine.run(work)


def bodies(deliveries: Any) -> list[str]:
    return [each.message.body for each in deliveries]


def test_a_send_wakes_a_waiting_receive(rig, scene):
    rig.create("q")

    async def act() -> None:
        receiver = waiting(rig, "q")
        await turns()
        assert not receiver.done()
        await send(rig, "q", "hello")
        await turns()
        assert bodies(receiver.result()) == ["hello"]

    scene(act)


def test_a_send_of_another_room_wakes_one_when_its_transaction_takes_effect(rig, scene):
    queue = rig.create("q")

    async def act() -> None:
        receiver = waiting(rig, "q")
        await turns()
        await rig.engine.run(lambda tx: rig.queues.send(tx, rig.scope, queue.arn, "{}"))
        await turns()
        assert bodies(receiver.result()) == ["{}"]

    scene(act)


def test_nothing_is_sent_by_a_transaction_that_is_discarded(rig):
    rig.create("q")

    def work(tx: Any) -> None:
        rig.queues.send(tx, rig.scope, "q", "lost")
        raise KeyError("the rest failed")

    with pytest.raises(KeyError):
        rig.tx(work)
    assert rig.counts("q") == (0, 0, 0)
    assert rig.bodies("q") == []


def test_a_queue_that_is_not_there_is_told_to_other_rooms(rig):
    with pytest.raises(QueueDoesNotExist):
        rig.tx(lambda tx: rig.queues.send(tx, rig.scope, "nowhere", "x"))
    foreign = "arn:aws:sqs:eu-west-1:000000000000:q"
    rig.create("q")
    assert not rig.tx(lambda tx: rig.queues.exists(tx, rig.scope, foreign))
    assert rig.tx(lambda tx: rig.queues.exists(tx, rig.scope, "q"))


def test_a_receive_waits_as_long_as_it_was_told_and_not_longer(rig, scene):
    rig.create("q")

    async def act() -> None:
        receiver = waiting(rig, "q", 5)
        await turns()
        await rig.clock.advance(4_999)
        assert not receiver.done()
        await rig.clock.advance(1)
        await turns()
        assert receiver.result() == []

    scene(act)


def test_a_waiting_receive_gets_a_delayed_message_at_its_moment(rig, scene):
    rig.create("q")

    async def act() -> None:
        receiver = waiting(rig, "q")
        await turns()
        await send(rig, "q", "later", delay_s=7)
        await turns()
        await rig.clock.advance(6_999)
        assert not receiver.done()
        await rig.clock.advance(1)
        await turns()
        assert bodies(receiver.result()) == ["later"]

    scene(act)


def test_a_message_that_somebody_else_took_comes_when_its_time_out_ends(rig, scene):
    rig.create("q", VisibilityTimeout="3")

    async def act() -> None:
        await send(rig, "q", "again")
        first = await rig.receivers.receive(rig.request("q", 1, None, 0))
        receiver = waiting(rig, "q")
        await turns()
        await rig.clock.advance(2_999)
        assert not receiver.done()
        await rig.clock.advance(1)
        await turns()
        (second,) = receiver.result()
        assert second.message == first[0].message
        assert second.receives == 2

    scene(act)


def test_one_of_two_that_wait_gets_the_message_and_the_other_gets_it_after_the_time_out(rig, scene):
    rig.create("q", VisibilityTimeout="3")

    async def act() -> None:
        receivers = [waiting(rig, "q"), waiting(rig, "q")]
        await turns()
        await send(rig, "q", "one")
        await turns()
        assert sorted(receiver.done() for receiver in receivers) == [False, True]
        await rig.clock.advance(3_000)
        await turns()
        assert [bodies(receiver.result()) for receiver in receivers] == [["one"], ["one"]]

    scene(act)


def test_a_message_given_back_wakes_who_waits(rig, scene):
    rig.create("q")

    async def act() -> None:
        await send(rig, "q", "back")
        (first,) = await rig.receivers.receive(rig.request("q", 1, None, 0))
        receiver = waiting(rig, "q")
        await turns()

        def give_back(tx: Any) -> None:
            box = rig.queues.box(tx, rig.queues.get(tx, rig.scope, "q"))
            delivery.change_visibility(box, first.handle, rig.clock.now_ms(), 0)

        await rig.engine.run(give_back)
        await turns()
        assert bodies(receiver.result()) == ["back"]

    scene(act)


def test_who_has_left_gets_no_message(rig, scene):
    rig.create("q")
    left: list[bool] = []

    async def act() -> None:
        receiver = waiting(rig, "q", has_left=lambda: bool(left))
        await turns()
        left.append(True)
        await send(rig, "q", "for somebody else")
        await turns()
        assert receiver.result() == []

    scene(act)
    assert rig.bodies("q") == ["for somebody else"]


def test_the_end_of_the_node_lets_everybody_go(rig, scene):
    rig.create("q")

    async def act() -> None:
        receiver = waiting(rig, "q")
        await turns()
        rig.receivers.close()
        await turns()
        assert receiver.result() == []

    scene(act)


def test_the_end_of_a_queue_is_told_to_who_waits_for_its_messages(rig, scene):
    queue = rig.create("q")

    async def act() -> None:
        receiver = waiting(rig, "q")
        await turns()
        await rig.engine.run(lambda tx: rig.queues.drop(tx, queue))
        await turns()
        with pytest.raises(QueueDoesNotExist):
            receiver.result()

    scene(act)


def test_old_messages_are_dropped_although_nobody_looks(rig, scene):
    rig.create("q", MessageRetentionPeriod="60")
    for number in range(3):
        rig.send("q", f"old{number}")
    rig.clock.move(seconds=61)
    rig.send("q", "new")
    scene(lambda: sweep(rig.queues))
    # Counted without a look that would drop them itself.
    counts = rig.tx(lambda tx: rig.queues.box(tx, rig.queues.get(tx, rig.scope, "q")).counts())
    assert counts == (1, 0, 0)
    assert rig.bodies("q") == ["new"]
