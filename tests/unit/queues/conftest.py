"""Queues without a front door: one store, one clock that is moved."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from headwater.arns import Scope
from headwater.changelog.wakeup import Wakeup
from headwater.clock import ManualClock
from headwater.ids import SeededIds
from headwater.queues import delivery
from headwater.queues.document import Queue
from headwater.queues.message import Delivery
from headwater.queues.queues import Queues
from headwater.queues.waiting import Receivers, Request
from headwater.storage.engine import Transaction
from headwater.storage.memory import open_memory

START_MS = 1_772_600_767_891


class Rig:
    """A node's queues. `alone=False`: as if other nodes wrote the same store."""

    def __init__(self, *, alone: bool = True) -> None:
        self.scope = Scope("000000000000", "us-east-1")
        self.clock = ManualClock(START_MS)
        self.engine = open_memory(self.clock)
        self.alone = alone
        self.runner = asyncio.Runner()
        self.forget()

    def forget(self) -> None:
        """What a new process would start with: nothing but the store."""
        wakeup = Wakeup(self.engine)
        self.queues = Queues(self.engine, self.clock, SeededIds(7), wakeup, alone=self.alone)
        self.receivers = Receivers(self.queues)

    def tx(self, work: Callable[[Transaction], Any]) -> Any:
        return self.runner.run(self.engine.run(work))

    def create(self, name: str, **attributes: str) -> Queue:
        queue: Queue = self.tx(lambda tx: self.queues.create(tx, self.scope, name, attributes, {}))
        return queue

    def send(self, name: str, body: str, delay_s: int | None = None) -> None:
        def work(tx: Transaction) -> None:
            self.queues.post(tx, self.queues.get(tx, self.scope, name), body, delay_s=delay_s)

        self.tx(work)

    def request(self, name: str, count: int, visibility_s: int | None, wait_s: int) -> Request:
        return Request(self.scope, name, count, visibility_s, wait_s, lambda: False)

    def receive(
        self, name: str, count: int = 10, visibility_s: int | None = None
    ) -> list[Delivery]:
        request = self.request(name, count, visibility_s, 0)
        return self.runner.run(self.receivers.receive(request))

    def bodies(self, name: str, count: int = 10, visibility_s: int | None = None) -> list[str]:
        return [each.message.body for each in self.receive(name, count, visibility_s)]

    def delete(self, name: str, handle: str) -> None:
        self.tx(lambda tx: delivery.delete(self._box(tx, name), handle))

    def change(self, name: str, handle: str, visibility_s: int) -> None:
        now_ms = self.clock.now_ms()
        self.tx(
            lambda tx: delivery.change_visibility(self._box(tx, name), handle, now_ms, visibility_s)
        )

    def purge(self, name: str) -> None:
        def work(tx: Transaction) -> None:
            queue = self.queues.get(tx, self.scope, name)
            self.queues.purge(tx, queue, self.clock.now_ms())

        self.tx(work)

    def counts(self, name: str) -> tuple[int, int, int]:
        """Messages ready, in flight, delayed."""

        def work(tx: Transaction) -> tuple[int, int, int]:
            queue = self.queues.get(tx, self.scope, name)
            box = self.queues.box(tx, queue)
            delivery.settle(box, queue, self.clock.now_ms())
            return box.counts()

        found: tuple[int, int, int] = self.tx(work)
        return found

    def _box(self, tx: Transaction, name: str) -> Any:
        return self.queues.box(tx, self.queues.get(tx, self.scope, name))

    def close(self) -> None:
        self.engine.close()
        self.runner.close()


@pytest.fixture
def rig() -> Iterator[Rig]:
    made = Rig()
    yield made
    made.close()


@pytest.fixture
def make_rig() -> Iterator[Callable[..., Rig]]:
    """make_rig(alone=False): another one."""
    made: list[Rig] = []

    def make(**kw: Any) -> Rig:
        made.append(Rig(**kw))
        return made[-1]

    yield make
    for each in made:
        each.close()
