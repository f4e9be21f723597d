"""Long polling: a receive that waits for a message, up to 20 seconds of the node's clock.

Nothing polls. A waiting receive is woken by what is sent to its queue, or at the moment a message
becomes ready by itself; then it looks again.
"""

import asyncio
from collections.abc import Callable
from typing import NamedTuple

from headwater.arns import Scope
from headwater.clock import wait_event
from headwater.queues import delivery
from headwater.queues.document import MS, Queue
from headwater.queues.message import Delivery
from headwater.queues.queues import Queues
from headwater.storage.engine import Transaction


class Request(NamedTuple):
    """What a receiver asks for; None: as the queue's attribute says.

    has_left  asked before each look: a message must not go to somebody who has gone
    """

    scope: Scope
    url: str
    messages_max: int
    visibility_s: int | None
    wait_s: int | None
    has_left: Callable[[], bool]


class _Look(NamedTuple):
    deliveries: list[Delivery]
    queue: Queue
    next_ms: int | None  # when to look again at the latest; None: when woken


class Receivers:
    """All receives that wait. Built once by the node."""

    def __init__(self, queues: Queues) -> None:
        self._queues = queues
        self._waiting: set[asyncio.Event] = set()
        self._is_closing = False

    def close(self) -> None:
        """Let all that wait go, with nothing; from now on nobody waits."""
        self._is_closing = True
        for woken in self._waiting:
            woken.set()

    async def receive(self, request: Request) -> list[Delivery]:
        """Messages as soon as there are any; none when the time is over.

        Raises QueueDoesNotExist (also when the queue is deleted meanwhile), InvalidAddress,
        OverLimit.
        """
        clock = self._queues.clock
        started_ms = clock.now_ms()
        look = await self._look(request)
        wait_s = request.wait_s
        if wait_s is None:
            wait_s = look.queue.number_of("ReceiveMessageWaitTimeSeconds")
        if look.deliveries or not wait_s or self._is_closing:
            return look.deliveries
        woken = asyncio.Event()
        unsubscribe = self._queues.wakeup.subscribe(look.queue.number, woken.set)
        self._waiting.add(woken)
        try:
            # The first look was before the subscription: what came between was told to nobody.
            return await self._wait(request, woken, started_ms + wait_s * MS)
        finally:
            unsubscribe()
            self._waiting.discard(woken)

    async def _wait(self, request: Request, woken: asyncio.Event, until_ms: int) -> list[Delivery]:
        clock = self._queues.clock
        while not request.has_left():
            woken.clear()
            look = await self._look(request)
            now_ms = clock.now_ms()
            if look.deliveries or now_ms >= until_ms or self._is_closing:
                return look.deliveries
            next_ms = until_ms if look.next_ms is None else min(until_ms, look.next_ms)
            await wait_event(clock, woken, next_ms - now_ms)
        return []

    async def _look(self, request: Request) -> _Look:
        return await self._queues.engine.run(lambda tx: self._step(tx, request))

    def _step(self, tx: Transaction, request: Request) -> _Look:
        queues = self._queues
        queue = queues.at(tx, request.scope, request.url)
        visibility_s = request.visibility_s
        if visibility_s is None:
            visibility_s = queue.number_of("VisibilityTimeout")
        box = queues.box(tx, queue)
        now_ms = queues.clock.now_ms()
        next_ms = delivery.settle(box, queue, now_ms)
        deliveries = delivery.receive(
            box, queue, now_ms, request.messages_max, visibility_s, queues.dead_letters(tx, queue)
        )
        return _Look(deliveries, queue, next_ms)
