"""Batches of one link on their way: gathered from its lanes, sent until they are acknowledged.

While a batch is under way the next one gathers, so a slow line gets larger ones and fewer. Order
does not matter between batches, because whoever applies a write looks at its stamp; and a batch
may arrive twice. What is pending is bounded, because each lane waits for its own.
"""

import asyncio
import logging
from collections import Counter
from typing import NamedTuple

from headwater.consumers.doorbell import Doorbell
from headwater.consumers.replication.batch import Write, encode_batch, newest
from headwater.consumers.replication.context import Context, Stopped, facts_of, pause_ms
from headwater.consumers.replication.lines import Answer, PeerRefused
from headwater.limits import MIB
from headwater.outbound.failure import CallFailed

log = logging.getLogger("headwater.regions")

BATCH_WRITES = 1000  # a batch takes no more parcels once it has so many, or so many bytes
BATCH_BYTES = MIB
BATCHES_AT_ONCE = 2


class Parcel(NamedTuple):
    """What one lane has handed over, in the order in which it was written."""

    writes: list[Write]
    arrived: asyncio.Future[None]


class Shipper:
    """Sends what is handed to it. `run` must be running."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._waiting: list[Parcel] = []
        self._in_hand: list[Parcel] = []
        self._bells = [Doorbell() for _ in range(BATCHES_AT_ONCE)]
        self._hurried = False

    @property
    def idle(self) -> bool:
        return not self._waiting and not self._in_hand

    @property
    def oldest_ms(self) -> int | None:
        """When the oldest write that is pending was made; None if none is."""
        moments = [
            parcel.writes[0].created_ms
            for parcel in (*self._in_hand, *self._waiting)
            if parcel.writes[0].created_ms
        ]
        return min(moments, default=None)

    async def ship(self, writes: list[Write]) -> None:
        """Return when all of `writes` (at least one) are durable on the other side.

        Raises Stopped.
        """
        if self._context.stopping:
            raise Stopped
        arrived: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(Parcel(writes, arrived))
        self._context.pending += len(writes)
        for bell in self._bells:
            bell.ring()
        try:
            await arrived
        finally:
            self._context.pending -= len(writes)

    def attend(self) -> None:
        """Stop if the context says so."""
        for bell in self._bells:
            bell.ring()

    def hurry(self) -> None:
        """Try again now what failed."""
        self._hurried = True
        self.attend()

    async def run(self) -> None:
        """Send until the context says stop; what waits then is told so."""
        try:
            await asyncio.gather(*(self._send_for_ever(bell) for bell in self._bells))
        finally:
            for parcel in (*self._in_hand, *self._waiting):
                if not parcel.arrived.done():
                    parcel.arrived.set_exception(Stopped())
            self._waiting, self._in_hand = [], []

    async def _send_for_ever(self, bell: Doorbell) -> None:
        context = self._context
        while not context.stopping:
            parcels = self._take()
            if not parcels:
                bell.answer()
                await bell.wait(context.parts.clock)
                continue
            if not await self._deliver(parcels, bell):
                return
            for parcel in parcels:
                self._in_hand.remove(parcel)
                if not parcel.arrived.done():
                    parcel.arrived.set_result(None)

    def _take(self) -> list[Parcel]:
        """What goes into the next batch."""
        taken: list[Parcel] = []
        writes = size = 0
        while self._waiting and writes < BATCH_WRITES and size < BATCH_BYTES:
            parcel = self._waiting.pop(0)
            taken.append(parcel)
            writes += len(parcel.writes)
            size += sum(write.bytes for write in parcel.writes)
        self._in_hand += taken
        return taken

    async def _deliver(self, parcels: list[Parcel], bell: Doorbell) -> bool:
        """Send a batch until it is acknowledged; False: it is time to stop."""
        context = self._context
        link, parts = context.link, context.parts
        line = parts.lines.to(link.region)
        writes = [write for parcel in parcels for write in parcel.writes]
        body = encode_batch(link.head, newest(writes), packed=not line.is_near)
        while not context.stopping:
            try:
                answer = await line.ask("apply", body)
            except (CallFailed, PeerRefused) as trouble:
                await self._pause(trouble.text, bell)
            except Exception as bug:
                # The link must not stand still for good because of one bug met once.
                log.exception("a batch could not be sent")
                await self._pause(f"{type(bug).__name__}: {bug}", bell)
            else:
                self._arrived(writes, answer)
                return True
        return False

    def _arrived(self, writes: list[Write], answer: Answer) -> None:
        context = self._context
        context.trouble, context.failures = None, 0
        context.arrived_ms = now_ms = context.parts.clock.now_ms()
        context.superseded += answer.get("older", 0)
        moments = Counter(write.created_ms for write in writes)
        context.copied += moments.pop(0, 0)
        for created_ms, count in moments.items():
            context.shipped += count
            context.measure(max(0, now_ms - created_ms), count)

    async def _pause(self, why: str, bell: Doorbell) -> None:
        """Wait before the next try."""
        context = self._context
        parts = context.parts
        context.failures += 1
        if context.trouble != why:
            log.warning("region not reached", extra=facts_of(context.link) | {"why": why})
        context.trouble = why
        until_ms = parts.clock.now_ms() + pause_ms(context.failures, parts.ids.fraction())
        self._hurried = False
        while not context.stopping and parts.clock.now_ms() < until_ms and not self._hurried:
            bell.answer()
            await bell.wait(parts.clock, until_ms)
