"""One shard on its way to one function: gather a batch, invoke, carry out what is decided.

One batch at a time and in order. The position moves only after `decide` has said that what lies
before it is dealt with, and the next batch is gathered only when that is durable. A lane waits
for nothing but its feed's bell (the shard took a record), its mapping (stop, new settings) and
the clock (batching window, pause before a retry), so a failing lane holds up nobody else.
"""

import asyncio
import logging
from dataclasses import replace
from typing import Any

from headwater.changelog.read import Entry, horizon
from headwater.changelog.record import Renderer, created_ms_of
from headwater.consumers.checkpoint import Checkpoint, Piece, save_checkpoint
from headwater.consumers.doorbell import Doorbell
from headwater.consumers.feed import Feed
from headwater.consumers.mappings.batch import Batch, next_checkpoint
from headwater.consumers.mappings.context import Context
from headwater.consumers.mappings.decide import (
    ADVANCE,
    EXPIRE,
    INVOKE,
    REPORT,
    RETRY,
    Outcome,
    Step,
    decide,
    pause_ms,
)
from headwater.consumers.mappings.document import Mapping
from headwater.consumers.mappings.filters import kind_of
from headwater.consumers.mappings.outcome import outcome_of, outcome_of_trouble
from headwater.errors import AwsError
from headwater.storage.engine import Transaction
from headwater.storage.sequence import to_wire

log = logging.getLogger("headwater.mappings")

SAVE_SKIPPED_MS = 1000  # how long a position that only filtered records moved may stay unsaved
TROUBLE_BYTES_MAX = 1024

READING, IDLE, WINDOW, INVOKING, PAUSE, ENDED = (
    "reading",
    "idle",
    "window",
    "invoking",
    "pause",
    "ended",
)


class Lane:
    """Delivers the records of one feed.

    Counters are of records, since the lane started:
    filtered   dropped by the mapping's filters
    given_up   their retries were used up, or they were older than the mapping allows
    expired    had left the stream before they could be delivered (at least so many)
    """

    def __init__(self, context: Context, feed: Feed, renderer: Renderer) -> None:
        self._context = context
        self._feed = feed
        self._renderer = renderer
        self._plan = context.plan
        self._stored = feed.checkpoint
        self._pieces = feed.checkpoint.pieces
        self._settled = feed.checkpoint.after  # all up to here is dealt with, if not yet stored
        self._saved_ms = context.clock.now_ms()
        self._page: list[Entry] = []
        self._at = 0  # the next entry of the page to look at
        self._failures = 0  # in a row
        self._call = Doorbell()  # for what a pause must not sleep through; commits ring the feed's
        self._hurried = False
        self._phase = READING
        self._until_ms: int | None = None
        self._batch_records = 0
        self._trouble: str | None = None
        self.invocations = 0
        self.delivered = 0
        self.filtered = 0
        self.given_up = 0
        self.expired = 0
        self._expired_told = 0

    # --- what its worker uses ------------------------------------------------------------------

    def attend(self) -> None:
        """Look at the context now: the plan has changed, or it is time to stop."""
        self._call.ring()
        self._feed.bell.ring()

    def hurry(self) -> None:
        """Try again now what waits for its next try."""
        self._hurried = True
        self._call.ring()

    @property
    def idle(self) -> bool:
        """True if everything that was committed has been dealt with."""
        return self._phase == ENDED or (self._phase == IDLE and self._feed.quiet)

    def status(self) -> dict[str, Any]:
        """Where the lane stands, as plain values."""
        return {
            "shard_id": self._feed.shard.id,
            "phase": self._phase,
            "idle": self.idle,
            "position": to_wire(max(self._settled, 0)),
            "batch_records": self._batch_records,
            "attempts": self._pieces[0].attempts if self._pieces else 0,
            "failures": self._failures,
            "until_ms": self._until_ms,
            "trouble": self._trouble,
            "invocations": self.invocations,
            "delivered": self.delivered,
            "filtered": self.filtered,
            "given_up": self.given_up,
            "expired": self.expired,
        }

    async def run(self) -> None:
        """Deliver until the shard has ended, which is then stored, or the context says stop."""
        try:
            while not self._context.stopping:
                self._plan = self._context.plan
                step = await self._next_step()
                if step is None and self._is_finished():
                    await self._save(Checkpoint(self._settled, finished=True))
                    return
                if step is not None and step.do == RETRY:
                    await self._pause(step)
            if self._settled != self._stored.after:
                await self._save(Checkpoint(self._settled, pieces=self._pieces))
        finally:
            self._phase = ENDED

    async def _next_step(self) -> Step | None:
        """Gather and deliver one batch. It is let go of before anybody waits: megabytes in each
        of hundreds of idle lanes would add up."""
        batch = await self._gather()
        return None if batch is None else await self._deliver(batch)

    def _is_finished(self) -> bool:
        return self._feed.ended and not self._pieces and self._at == len(self._page)

    def _interrupted(self) -> bool:
        return self._context.stopping or self._plan is not self._context.plan

    def _rewind(self) -> None:
        """Look again at everything that is not settled."""
        self._feed.seek(self._settled)
        self._page, self._at = [], 0

    # --- gathering -----------------------------------------------------------------------------

    async def _gather(self) -> Batch | None:
        """The next batch; None when `run` is to look around first."""
        piece = self._pieces[0] if self._pieces else None
        batch = Batch(self._settled, piece.attempts if piece else 0)
        while True:
            if self._fill(batch, piece):
                return self._worth_delivering(batch)
            if piece is None and not batch.records:
                self._settled = batch.start = batch.end
            if self._interrupted():
                # What was gathered is let go of, to be gathered anew if there is a next time.
                self._rewind()
                return None
            if await self._refill():
                continue
            if piece is not None or self._feed.ended:
                return self._worth_delivering(batch)
            if batch.records:
                if not await self._wait_for_more(batch):
                    return batch
            else:
                await self._wait_for_any()

    def _fill(self, batch: Batch, piece: Piece | None) -> bool:
        """Move entries of the page into `batch`; True when it is complete."""
        oldest = horizon(self._context.clock.now_ms())
        page, size = self._page, self._plan.batch_size
        end = None if piece is None else piece.end
        for at in range(self._at, len(page)):
            sequence, stored = page[at]
            if end is not None and sequence > end:
                self._at = at
                return True
            if sequence < oldest:
                self.expired += 1
            else:
                record = self._admitted(sequence, stored)
                if record is None:
                    self.filtered += 1
                elif not batch.add(sequence, created_ms_of(stored), record):
                    self._at = at
                    return True
            batch.end = sequence
            if sequence == end or (end is None and len(batch.records) == size):
                self._at = at + 1
                return True
        self._at = len(page)
        return False

    def _admitted(self, sequence: int, stored: bytes) -> bytes | None:
        """The record as the function sees it, or None if a filter drops it."""
        filters = self._plan.filter
        if filters is None:
            return self._renderer.render(self._feed.shard.log, sequence, stored)
        kind = kind_of(stored)
        if filters.by_kind[kind] is False:
            return None
        record = self._renderer.render(self._feed.shard.log, sequence, stored)
        return record if filters.admits(kind, record) else None

    def _worth_delivering(self, batch: Batch) -> Batch | None:
        """`batch`, or None if nothing in it is left to deliver: then its place is settled."""
        if batch.records:
            return batch
        self._settled = batch.end
        if self._pieces:
            # What was to be tried again has expired, or a new filter drops it.
            self._settled = max(batch.end, self._pieces[0].end)
            self._pieces = self._pieces[1:]
        return None

    async def _refill(self) -> bool:
        """Turn to the next page; False if there is none now."""
        backlog = bool(self._page) and not self._feed.quiet
        self._phase = READING
        self._tell_expired()
        self._page, self._at = [], 0
        if backlog:
            # A read may not have to wait; a long run of filtered records must let others work.
            await asyncio.sleep(0)
            await self._save_skipped()
        self._page = await self._feed.read()
        return bool(self._page)

    async def _wait_for_any(self) -> None:
        """Wait until the shard may have a record, or until the position should be saved."""
        await self._save_skipped()
        self._phase = IDLE
        unsaved = self._settled != self._stored.after
        until_ms = self._saved_ms + SAVE_SKIPPED_MS if unsaved else None
        await self._feed.bell.wait(self._context.clock, until_ms)

    async def _wait_for_more(self, batch: Batch) -> bool:
        """Wait for further records; False when the batch has waited long enough.

        The window runs from the making of the first record, so what had to wait for other
        reasons does not wait again.
        """
        if not self._plan.window_ms:
            return False
        now_ms = self._context.clock.now_ms()
        until_ms = min(batch.created_ms[0], now_ms) + self._plan.window_ms
        if now_ms >= until_ms:
            return False
        self._phase, self._until_ms = WINDOW, until_ms
        self._batch_records = len(batch.records)
        await self._feed.bell.wait(self._context.clock, until_ms)
        self._until_ms, self._batch_records = None, 0
        return True

    # --- delivering ----------------------------------------------------------------------------

    async def _deliver(self, batch: Batch) -> Step:
        """Invoke the function if that is due, and carry out what follows, which is returned."""
        clock, policy = self._context.clock, self._plan.policy
        step = decide(None, batch.facts(policy, clock.now_ms()), policy)
        result: str | None = None
        if step.do == INVOKE:
            outcome = await self._invoke(batch)
            result = outcome.result
            step = decide(outcome, batch.facts(policy, clock.now_ms()), policy)
        await self._carry_out(step, batch, result)
        return step

    async def _invoke(self, batch: Batch) -> Outcome:
        context, plan = self._context, self._plan
        scope = context.mapping.scope
        self._phase, self._batch_records = INVOKING, len(batch.records)
        self._hurried = False
        self.invocations += 1
        try:
            answer = await context.invoker.invoke(scope, plan.function, batch.event())
        except AwsError as trouble:
            self._trouble = f"{trouble.code}: {trouble.message}"
            return outcome_of_trouble(trouble, scope.account)
        except Exception as trouble:
            # A bug between here and the function is ours, but losing the lane would not mend it.
            log.exception("invoking failed", extra=self._facts())
            self._trouble = repr(trouble)
            return outcome_of_trouble(trouble, scope.account)
        finally:
            self._batch_records = 0
        outcome = outcome_of(answer, batch.sequences, plan.policy)
        failed = outcome.failed_at is not None
        self._trouble = (
            answer.payload[:TROUBLE_BYTES_MAX].decode("utf-8", "replace") if failed else None
        )
        return outcome

    async def _carry_out(self, step: Step, batch: Batch, result: str | None) -> None:
        self.delivered += step.upto
        if step.do in (REPORT, EXPIRE):
            self._tell_given_up(step, batch)
        checkpoint = next_checkpoint(batch, step, self._pieces[1:])
        await self._save(checkpoint, result)
        self._settled, self._pieces = checkpoint.after, checkpoint.pieces
        if step.do != ADVANCE:
            self._rewind()
        if step.do != RETRY:
            self._failures = 0
        else:
            self._failures = 1 if step.upto else self._failures + 1

    async def _pause(self, step: Step) -> None:
        """Wait before the next try, unless there is something else to do or hope that it helps."""
        clock = self._context.clock
        wait_ms = pause_ms(self._failures, self._context.ids.fraction())
        facts = {"attempt": step.attempts, "wait_ms": wait_ms, "why": self._trouble}
        log.warning("mapping retries", extra=self._facts() | facts)
        until_ms = clock.now_ms() + wait_ms
        self._phase, self._until_ms = PAUSE, until_ms
        while not self._interrupted() and not self._hurried and clock.now_ms() < until_ms:
            self._call.answer()
            await self._call.wait(clock, until_ms)
        self._until_ms = None

    def _tell_given_up(self, step: Step, batch: Batch) -> None:
        end = step.split if step.do == EXPIRE else len(batch.records)
        self.given_up += end - step.upto
        facts = {"records": end - step.upto, "attempts": step.attempts, "step": step.do}
        log.warning("mapping gave records up", extra=self._facts() | facts)

    def _tell_expired(self) -> None:
        lost = self.expired - self._expired_told
        if lost:
            self._expired_told = self.expired
            log.warning("records expired undelivered", extra=self._facts() | {"records": lost})

    def _facts(self) -> dict[str, Any]:
        return {"mapping": self._context.mapping.uuid, "shard": self._feed.shard.id}

    # --- the position --------------------------------------------------------------------------

    async def _save_skipped(self) -> None:
        """Save a position that only filtered records have moved, if it has not been for long."""
        if self._settled == self._stored.after:
            return
        if self._context.clock.now_ms() >= self._saved_ms + SAVE_SKIPPED_MS:
            await self._save(Checkpoint(self._settled, pieces=self._pieces))

    async def _save(self, checkpoint: Checkpoint, result: str | None = None) -> None:
        """Make `checkpoint` durable, and with it LastProcessingResult if it has changed."""
        context = self._context
        mapping = context.mapping
        changed = result is not None and result != context.result

        def store(tx: Transaction) -> None:
            stored = tx.get(mapping.key)
            if stored is None:
                return  # deleted meanwhile, and its positions with it
            save_checkpoint(tx, mapping.owner, self._feed.shard.id, checkpoint)
            if result is not None and changed:
                tx.put(mapping.key, replace(Mapping.decode(stored), last_result=result).encode())

        await context.engine.run(store)
        if result is not None:
            context.result = result
        self._stored = checkpoint
        self._saved_ms = context.clock.now_ms()
