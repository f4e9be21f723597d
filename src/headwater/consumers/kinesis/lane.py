"""One shard on its way to Kinesis: gather what there is, send it, keep what did not arrive.

One request at a time and in order. A request takes all that waits, so a slow or busy endpoint gets
larger ones and fewer. What failed goes first into the next request, after a pause; the position
stays before the first change that has not arrived, so whatever dies, nothing is left out.
"""

import logging
from typing import Any

from headwater.changelog.read import Entry, horizon
from headwater.consumers.checkpoint import Checkpoint, save_checkpoint
from headwater.consumers.doorbell import Doorbell
from headwater.consumers.feed import Feed
from headwater.consumers.kinesis.batch import RECORDS_MAX, THROTTLED, fitting, to_send_again
from headwater.consumers.kinesis.context import (
    DELIVERED,
    EXPIRED,
    SENT_AGAIN,
    TOO_LARGE,
    Context,
)
from headwater.consumers.kinesis.destination import current
from headwater.consumers.kinesis.record import RECORD_BYTES_MAX, Outgoing
from headwater.consumers.mappings.decide import pause_ms
from headwater.outbound.failure import CallFailed
from headwater.storage.engine import Transaction
from headwater.storage.sequence import to_wire

log = logging.getLogger("headwater.kinesis")

# How long a position that has moved may stay unsaved: what a crash sends twice, and how often a
# busy lane asks the disk for a write of its own.
SAVE_MS = 250
# From one request to the next, unless a full one waits: a request costs what 400 records do.
PACE_MS = 50

READING, IDLE, PACING, SENDING, PAUSE, ENDED = (
    "reading",
    "idle",
    "pacing",
    "sending",
    "pause",
    "ended",
)


class Lane:
    """Delivers the records of one feed."""

    def __init__(self, context: Context, feed: Feed) -> None:
        self._context = context
        self._feed = feed
        self._saved = feed.checkpoint.after
        self._saved_ms = context.clock.now_ms()
        self._page: list[Entry] = []
        self._at = 0  # the next entry of the page to look at
        self._taken = feed.checkpoint.after  # all up to here is delivered or in `_waiting`
        self._waiting: list[Outgoing] = []
        self._beyond = False  # what follows was written after the destination was disabled
        self._failures = 0  # in a row
        self._sent_ms = 0  # when the last request was sent, in real time
        self._call = Doorbell()  # for what a pause must not sleep through
        self._phase = READING

    # --- what its worker uses ------------------------------------------------------------------

    def attend(self) -> None:
        """Look at the context now: the destination has changed, or it is time to stop."""
        self._call.ring()
        self._feed.bell.ring()

    @property
    def idle(self) -> bool:
        """True if everything that was committed has been delivered."""
        return self._phase == ENDED or (self._phase == IDLE and self._feed.quiet)

    @property
    def oldest_ms(self) -> int | None:
        """When the oldest change that waits was made; None if none does."""
        return self._waiting[0].created_ms if self._waiting else None

    def status(self) -> dict[str, Any]:
        """Where the lane stands, as plain values."""
        return {
            "shard_id": self._feed.shard.id,
            "phase": self._phase,
            "idle": self.idle,
            "position": to_wire(max(self._settled, 0)),
            "waiting": len(self._waiting),
            "oldest_ms": self.oldest_ms,
            "failures": self._failures,
        }

    async def run(self) -> None:
        """Deliver until the shard has ended or the destination's `until` is reached, which is
        then stored, or until the context says stop."""
        try:
            while not self._context.stopping:
                await self._gather()
                if self._waiting:
                    if not await self._pace():
                        await self._send()
                elif self._is_done():
                    await self._save(finished=True)
                    return
                else:
                    await self._wait_for_any()
            if self._settled != self._saved:
                await self._save()
        finally:
            self._phase = ENDED

    @property
    def _settled(self) -> int:
        """All up to this sequence is dealt with."""
        return self._waiting[0].sequence - 1 if self._waiting else self._taken

    def _is_done(self) -> bool:
        if self._at < len(self._page):
            return self._beyond
        is_last = self._context.destination.until is not None
        return self._feed.ended or (is_last and self._feed.quiet)

    # --- gathering -----------------------------------------------------------------------------

    async def _gather(self) -> None:
        """Take what there is, up to a request full."""
        self._phase = READING
        while not self._beyond and self._has_room():
            if self._at == len(self._page):
                self._page, self._at = await self._feed.read(), 0
                if not self._page:
                    return
            self._take()

    def _has_room(self) -> bool:
        """Whether what waits does not fill a request yet, by number or by bytes."""
        waiting = len(self._waiting)
        return waiting < RECORDS_MAX and fitting(self._waiting) == waiting

    def _take(self) -> None:
        """Move entries of the page to those that wait."""
        context, shard_log = self._context, self._feed.shard.log
        until = context.destination.until
        oldest = horizon(context.clock.now_ms(), self._feed.shard.retention_ms)
        expired = too_large = 0
        while self._at < len(self._page) and len(self._waiting) < RECORDS_MAX:
            sequence, stored = self._page[self._at]
            if until is not None and sequence > until:
                self._beyond = True
                break
            self._at += 1
            self._taken = sequence
            if sequence < oldest:
                expired += 1
                continue
            record = context.renderer.render(shard_log, sequence, stored)
            if record.size > RECORD_BYTES_MAX:
                too_large += 1
                continue
            self._waiting.append(record)
        self._tell_lost(EXPIRED, expired)
        self._tell_lost(TOO_LARGE, too_large)

    def _tell_lost(self, why: str, records: int) -> None:
        if records:
            self._context.count(why, records)
            self._context.add("FailedToReplicateRecordCount", 1, records)
            log.warning(
                "changes not delivered", extra=self._facts() | {"why": why, "records": records}
            )

    async def _wait_for_any(self) -> None:
        """Wait until the shard may have a record, or until the position should be saved."""
        self._phase = IDLE
        until_ms = None
        if self._settled != self._saved:
            until_ms = self._saved_ms + SAVE_MS
            if self._context.clock.now_ms() >= until_ms:
                await self._save()
                return
        await self._feed.bell.wait(self._context.clock, until_ms)

    # --- sending -------------------------------------------------------------------------------

    async def _pace(self) -> bool:
        """Wait if the last request was just now; True if there may be more to send since."""
        clock = self._context.real_clock
        until_ms = self._sent_ms + PACE_MS
        now_ms = clock.now_ms()
        # A clock that was set back must not hold anything up.
        if not self._has_room() or not until_ms - PACE_MS <= now_ms < until_ms:
            return False
        self._phase = PACING
        self._call.answer()
        await self._call.wait(clock, until_ms)
        return True

    async def _send(self) -> None:
        context = self._context
        self._sent_ms = context.real_clock.now_ms()
        self._drop_expired()
        batch = self._waiting[: fitting(self._waiting)]
        if not batch:
            return
        errors = await self._put(batch)
        if throttled := errors.count(THROTTLED):
            context.add("ThrottledPutRecordCount", 1, throttled)
        again = to_send_again(batch, errors)
        self._waiting[: len(batch)] = again
        arrived = len(batch) - len(again)
        context.count(DELIVERED, arrived)
        context.count(SENT_AGAIN, len(again))
        if arrived and context.clock.now_ms() >= self._saved_ms + SAVE_MS:
            await self._save()
        if not again:
            self._failures = 0
            context.trouble = None
            return
        self._failures = 1 if arrived else self._failures + 1
        await self._pause(len(again))

    def _drop_expired(self) -> None:
        """Let go of what is no longer in the log: delivery must not outlive the retention."""
        oldest = horizon(self._context.clock.now_ms(), self._feed.shard.retention_ms)
        kept = [record for record in self._waiting if record.sequence >= oldest]
        self._tell_lost(EXPIRED, len(self._waiting) - len(kept))
        self._waiting = kept

    async def _put(self, batch: list[Outgoing]) -> list[str | None]:
        """Send `batch`; for each record the code it failed with, or None."""
        context = self._context
        destination = context.destination
        self._phase = SENDING
        request = {
            "StreamName": destination.kinesis_name,
            "Records": [{"Data": record.data, "PartitionKey": record.key} for record in batch],
        }
        region = destination.scope.region
        try:
            answer = await context.outbound.post("kinesis", "PutRecords", region, request)
        except CallFailed as trouble:
            context.trouble = str(trouble)
            return [trouble.code] * len(batch)
        entries = answer.get("Records", ())
        if len(entries) != len(batch):
            context.trouble = f"{len(batch)} records were answered by {len(entries)} results"
            return ["Unknown"] * len(batch)
        for entry in entries:
            if "ErrorCode" in entry:
                context.trouble = f"{entry['ErrorCode']}: {entry.get('ErrorMessage', '')}"
                break
        return [entry.get("ErrorCode") for entry in entries]

    async def _pause(self, records: int) -> None:
        """Wait before the next try."""
        clock = self._context.clock
        wait_ms = pause_ms(self._failures, self._context.ids.fraction())
        facts = {"records": records, "wait_ms": wait_ms, "why": self._context.trouble}
        log.warning("kinesis retries", extra=self._facts() | facts)
        until_ms = clock.now_ms() + wait_ms
        self._phase = PAUSE
        while not self._context.stopping and clock.now_ms() < until_ms:
            self._call.answer()
            await self._call.wait(clock, until_ms)

    def _facts(self) -> dict[str, Any]:
        destination = self._context.destination
        return {
            "table": destination.table,
            "stream": destination.arn,
            "shard": self._feed.shard.id,
        }

    # --- the position --------------------------------------------------------------------------

    async def _save(self, *, finished: bool = False) -> None:
        """Make the position durable."""
        context = self._context
        checkpoint = Checkpoint(self._settled, finished)

        def store(tx: Transaction) -> None:
            stored = current(tx, context.destination)
            if stored is not None:
                save_checkpoint(tx, stored.owner, self._feed.shard.id, checkpoint)

        await context.engine.run(store)
        self._saved = checkpoint.after
        self._saved_ms = context.clock.now_ms()
