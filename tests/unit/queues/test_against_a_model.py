"""Whatever is done to a queue, in whatever order: it does what a list of messages would do.

The model knows of each message when it can be received next, how often it was, and which receive
was the last. It has no lists, bounds or counters to get wrong.
"""

from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from headwater.errors import AwsError

RECEIVES_MAX = 3
RETENTION_S = 600

SEND = st.tuples(st.just("send"), st.sampled_from([0, 0, 0, 5, 900]))
RECEIVE = st.tuples(st.just("receive"), st.integers(1, 4), st.sampled_from([0, 1, 30, 60]))
WAIT = st.tuples(st.just("wait"), st.sampled_from([1, 999, 1000, 5000, 31_000]))
STEPS = st.lists(
    st.one_of(
        # Named twice are those without which nothing happens.
        SEND,
        SEND,
        RECEIVE,
        RECEIVE,
        WAIT,
        WAIT,
        st.tuples(st.just("receive dead"), st.integers(1, 4)),
        st.tuples(st.just("delete"), st.integers(0, 30)),
        st.tuples(st.just("change"), st.integers(0, 30), st.sampled_from([0, 2, 100])),
        st.sampled_from([("forget",), ("purge",), ("wait", 450_000)]),
    ),
    min_size=15,
    max_size=50,
)


@dataclass(eq=False)
class Known:
    """A message as the model knows it."""

    body: str
    sent_ms: int
    ready_ms: int
    receives: int = 0  # from the queue it is in
    ever: int = 0
    is_dead: bool = False  # in the dead-letter queue
    is_flying: bool = False  # `ready_ms` is the end of a receive


@dataclass
class Model:
    """Two queues, the second being the first's dead-letter queue."""

    messages: list[Known] = field(default_factory=list)
    handles: list[tuple[str, Known, int]] = field(default_factory=list)  # of the first queue

    def expire(self, now_ms: int) -> None:
        self.messages = [m for m in self.messages if m.sent_ms >= now_ms - RETENTION_S * 1000]
        for message in self.messages:
            if message.ready_ms <= now_ms:
                message.is_flying = False

    def receive(self, now_ms: int, count: int, visibility_s: int, dead: bool) -> list[Known]:
        given: list[Known] = []
        for message in list(self.messages):
            if len(given) == count:
                break
            if message.is_dead != dead or message.ready_ms > now_ms:
                continue
            if not dead and message.receives >= RECEIVES_MAX:
                message.is_dead, message.receives = True, 0
                continue
            message.receives += 1
            message.ever += 1
            message.ready_ms = now_ms + visibility_s * 1000
            message.is_flying = visibility_s > 0
            given.append(message)
        return given

    def counts(self, now_ms: int, dead: bool) -> tuple[int, int, int]:
        mine = [message for message in self.messages if message.is_dead == dead]
        ready = sum(message.ready_ms <= now_ms for message in mine)
        flying = sum(message.ready_ms > now_ms and message.is_flying for message in mine)
        return ready, flying, len(mine) - ready - flying


@pytest.mark.parametrize("alone", [True, False], ids=["alone", "one of many"])
@settings(
    max_examples=200,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=STEPS)
def test_a_queue_does_what_a_list_of_messages_would_do(make_rig, alone, steps):
    rig = make_rig(alone=alone)
    retention = {"MessageRetentionPeriod": str(RETENTION_S)}
    dead = rig.create("dead", **retention)
    policy = f'{{"deadLetterTargetArn": "{dead.arn}", "maxReceiveCount": {RECEIVES_MAX}}}'
    rig.create("queue", RedrivePolicy=policy, **retention)
    model = Model()
    for number, step in enumerate(steps):
        model.expire(rig.clock.now_ms())
        take(rig, model, number, *step)
        model.expire(rig.clock.now_ms())
        now_ms = rig.clock.now_ms()
        assert rig.counts("queue") == model.counts(now_ms, False)
        assert rig.counts("dead") == model.counts(now_ms, True)


def take(rig: Any, model: Model, number: int, kind: str, *values: int) -> None:
    """One step, on both sides."""
    now_ms = rig.clock.now_ms()
    if kind == "send":
        rig.send("queue", f"m{number}", delay_s=values[0])
        model.messages.append(Known(f"m{number}", now_ms, now_ms + values[0] * 1000))
    elif kind == "wait":
        rig.clock.move(ms=values[0])
    elif kind == "forget":
        rig.forget()
    elif kind == "purge":
        rig.purge("queue")
        model.messages = [message for message in model.messages if message.is_dead]
    elif kind == "receive":
        compare(
            model, rig.receive("queue", *values), model.receive(now_ms, values[0], values[1], False)
        )
    elif kind == "receive dead":
        compare(
            model, rig.receive("dead", values[0], 10), model.receive(now_ms, values[0], 10, True)
        )
    elif model.handles:
        handle, message, ever = model.handles[values[0] % len(model.handles)]
        if kind == "delete":
            delete(rig, model, handle, message, ever)
        else:
            change(rig, model, handle, message, ever, values[1])


def compare(model: Model, deliveries: list[Any], expected: list[Known]) -> None:
    assert [each.message.body for each in deliveries] == [known.body for known in expected]
    assert [each.receives for each in deliveries] == [known.ever for known in expected]
    for each, known in zip(deliveries, expected, strict=True):
        if not known.is_dead:
            model.handles.append((each.handle, known, known.ever))


def delete(rig: Any, model: Model, handle: str, message: Known, ever: int) -> None:
    rig.delete("queue", handle)
    if message in model.messages and not message.is_dead and message.ever == ever:
        model.messages.remove(message)


def change(rig: Any, model: Model, handle: str, message: Known, ever: int, seconds: int) -> None:
    now_ms = rig.clock.now_ms()
    is_there = any(message is known for known in model.messages) and not message.is_dead
    try:
        rig.change("queue", handle, seconds)
    except AwsError as error:
        assert not is_there, error
        return
    if is_there and message.ever == ever and message.is_flying and message.ready_ms > now_ms:
        message.ready_ms = now_ms + seconds * 1000
        message.is_flying = seconds > 0
