"""One shard, or a share of it, on its way to one function: gather, invoke, do what is decided.

One batch at a time and in order. The position moves only after `decide` has said that what lies
before it is dealt with, and the next batch is gathered only when that is durable. A lane waits
for nothing but its feed's bell (the shard took a record), its mapping (stop, new settings) and
the clock (windows, pause before a retry), so a failing lane holds up nobody else.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Any

from headwater.changelog.read import horizon
from headwater.consumers.checkpoint import Piece, Place, Window
from headwater.consumers.doorbell import Doorbell
from headwater.consumers.fates import Fate
from headwater.consumers.mappings.batch import Batch, next_place
from headwater.consumers.mappings.calling import try_batch
from headwater.consumers.mappings.context import Context
from headwater.consumers.mappings.decide import (
    ADVANCE,
    EXPIRE,
    INVOKE,
    REPORT,
    RETRY,
    Facts,
    Outcome,
    Step,
    decide,
    pause_ms,
    skip,
)
from headwater.consumers.mappings.failure import LastCall
from headwater.consumers.mappings.ledger import Ledger
from headwater.consumers.mappings.loss import Loss, Losses, Told
from headwater.consumers.mappings.noting import fates_of, left_the_stream, noting
from headwater.consumers.mappings.source import Source
from headwater.consumers.mappings.window import Frame
from headwater.storage.sequence import to_wire

log = logging.getLogger("headwater.mappings")

SAVE_SKIPPED_MS = 1000  # how long a position that only filtered records moved may stay unsaved

READING, IDLE, WINDOW, INVOKING, PAUSE, ENDED = (
    "reading",
    "idle",
    "window",
    "invoking",
    "pause",
    "ended",
)


class Lane:
    """Delivers what `source` gives, and keeps lane `number`'s place in `ledger`.

    finished  the shard has ended and all that is the lane's is dealt with
    held_ms   when the last record was made of the batch that is tried, or is to be again
    """

    def __init__(self, context: Context, ledger: Ledger, number: int, source: Source) -> None:
        self._context = context
        self._ledger = ledger
        self._number = number
        self._source = source
        self._feed = source.feed
        self._plan = context.plan
        # Where everything before is dealt with; if it was only passed over, not yet stored.
        self._place = ledger.checkpoint.places[number]
        self._stored = self._place
        self._saved_ms = context.clock.now_ms()
        self._failures = 0  # in a row
        self._last_call: LastCall | None = None
        self._call = Doorbell()  # for what a pause must not sleep through; commits ring the feed's
        self._hurried = False
        self._withdraw: Callable[[], None] | None = None  # from who says when there is room
        self._skip_upto: int | None = None
        self._phase = READING
        self._until_ms: int | None = None
        self._batch_records = 0
        self._trouble: str | None = None
        self.finished = False
        self.held_ms: int | None = None
        self.invocations = 0
        self.delivered = 0
        self._losses = Losses()
        source.seek(self._place.after)

    # --- what its shard uses -------------------------------------------------------------------

    def attend(self) -> None:
        """Look at the context now: the plan has changed, or it is time to stop."""
        self._call.ring()
        self._feed.bell.ring()

    def hurry(self) -> None:
        """Try again now what waits for its next try."""
        self._hurried = True
        self._call.ring()

    def _hope(self) -> bool:
        """There may be room for a call that was throttled; False if nothing waits for it."""
        if self._withdraw is None or self._hurried or self._must_end:
            return False
        self.hurry()
        return True

    def _lose_hope(self) -> None:
        """Wait for room no longer: who is told of it instead has use for it."""
        if self._withdraw is not None:
            self._withdraw()
            self._withdraw = None

    def skip(self) -> bool:
        """Give up what waits for its next try, instead of that try; False if nothing waits."""
        if self._phase != PAUSE:
            return False
        pieces = self._place.pieces
        self._skip_upto = pieces[0].end if pieces else self._place.after
        self.hurry()
        return True

    @property
    def after(self) -> int:
        """Everything up to this sequence is dealt with."""
        return self._place.after

    @property
    def has_ended(self) -> bool:
        return self._phase == ENDED

    @property
    def idle(self) -> bool:
        """True if everything that was committed has been dealt with."""
        return self._phase == ENDED or (self._phase == IDLE and self._feed.quiet)

    def status(self) -> dict[str, Any]:
        """Where the lane stands, as plain values."""
        place = self._place
        return {
            "shard_id": self._feed.shard.id,
            "phase": self._phase,
            "idle": self.idle,
            "position": to_wire(max(place.after, 0)),
            "batch_records": self._batch_records,
            "retry_upto": to_wire(place.pieces[0].end) if place.pieces else None,
            "attempts": self._attempts,
            "failures": self._failures,
            "until_ms": self._until_ms,
            "window_end_ms": None if place.window is None else place.window.end_ms,
            "trouble": self._trouble,
            "invocations": self.invocations,
            "delivered": self.delivered,
            "filtered": self._source.filtered,
            "given_up": self._losses.given_up,
            "expired": self._losses.expired + self._source.expired,
        }

    @property
    def _attempts(self) -> int:
        """Failed tries of what is tried next."""
        place = self._place
        if place.pieces:
            return place.pieces[0].attempts
        return 0 if place.window is None else place.window.attempts

    async def run(self) -> None:
        """Deliver until the shard has ended, the context says stop, or the shard is to be divided
        anew."""
        try:
            while not self._must_end:
                self._plan = self._context.plan
                step = await self._next_step()
                if step is None and self._is_finished():
                    if passed := self._passed_over(self._feed.shard.ending or 0):
                        await self._save(self._place, fates=[passed])
                    self.finished = True
                    return
                if step is not None and step.do == RETRY:
                    await self._pause(step)
                self._lose_hope()
            if self._place != self._stored:
                await self._save_passed()
        finally:
            self._lose_hope()
            self._phase, self.held_ms = ENDED, None

    @property
    def _must_end(self) -> bool:
        context = self._context
        return context.stopping or context.plan.lanes != len(self._ledger.checkpoint.places)

    async def _next_step(self) -> Step | None:
        """Gather and deliver one batch. It is let go of before anybody waits: megabytes in each
        of hundreds of idle lanes would add up."""
        batch = await self._gather()
        return None if batch is None else await self._deliver(batch)

    def _is_finished(self) -> bool:
        place = self._place
        nothing_open = not place.pieces and place.window is None
        return self._feed.ended and nothing_open and self._source.is_drained

    def _interrupted(self) -> bool:
        return self._context.stopping or self._plan is not self._context.plan

    # --- gathering -----------------------------------------------------------------------------

    async def _gather(self) -> Batch | None:
        """The next batch; None when `run` is to look around first."""
        place = self._place
        window = place.window
        if window is not None and self._ends_early(window):
            return self._final(window, is_early=True)
        piece = place.pieces[0] if place.pieces else None
        batch = Batch(place.after, piece.attempts if piece else 0)
        source = self._source
        while True:
            now_ms = self._context.clock.now_ms()
            if source.fill(batch, piece, self._plan, window, now_ms):
                if window is not None and source.is_beyond and not batch.records:
                    self._pass_over(batch)
                    return self._final(window)
                return self._worth_delivering(batch, piece)
            if piece is None and not batch.records:
                self._pass_over(batch)
            if self._interrupted():
                # What was gathered is let go of, to be gathered anew if there is a next time.
                source.seek(self._place.after)
                return None
            if await self._refill():
                continue
            if batch.records and (piece is not None or self._feed.ended):
                return batch
            if window is not None and (self._feed.ended or now_ms >= window.end_ms):
                if not batch.records and piece is None:
                    return self._final(window)
            if piece is not None or self._feed.ended:
                return self._worth_delivering(batch, piece)
            if batch.records:
                if not await self._wait_for_more(batch):
                    return batch
            else:
                await self._wait_for_any(window)

    def _ends_early(self, window: Window) -> bool:
        """Whether an open window is to be closed now: its state is too large, or the mapping's
        windows have another length by now."""
        return window.is_early or window.length_ms != self._plan.tumbling_ms

    def _final(self, window: Window, *, is_early: bool = False) -> Batch:
        """The call that closes a window."""
        batch = Batch(self._place.after, window.attempts)
        arn = self._context.mapping.stream_arn
        batch.put_into(Frame(window, self._feed.shard.id, arn, True, is_early))
        return batch

    def _pass_over(self, batch: Batch) -> None:
        """Nothing up to here is to be delivered."""
        if batch.end > self._place.after:
            self._place = self._place._replace(after=batch.end)
        batch.start = batch.end

    def _worth_delivering(self, batch: Batch, piece: Piece | None) -> Batch | None:
        """`batch`, or None if nothing in it is left to deliver: then its place is settled."""
        if batch.records:
            return batch
        self._pass_over(batch)
        if piece is not None:
            # What was to be tried again has expired, or a new filter drops it.
            after = max(batch.end, piece.end)
            self._place = self._place._replace(after=after, pieces=self._place.pieces[1:])
        return None

    async def _refill(self) -> bool:
        """Turn to the next page; False if there is none now."""
        source = self._source
        backlog = source.has_page and not self._feed.quiet
        self._phase = READING
        self._losses.tell_passed(source.expired, self._facts())
        source.drop_page()
        if backlog:
            # A read may not have to wait; a long run of filtered records must let others work.
            await asyncio.sleep(0)
            await self._save_skipped()
        return await source.turn()

    async def _wait_for_any(self, window: Window | None) -> None:
        """Wait for a record, the end of a window, or the time to save the position."""
        await self._save_skipped()
        self._phase = IDLE
        moments = [] if window is None else [window.end_ms]
        if self._place != self._stored:
            moments.append(self._saved_ms + SAVE_SKIPPED_MS)
        await self._feed.bell.wait(self._context.clock, min(moments, default=None))

    async def _wait_for_more(self, batch: Batch) -> bool:
        """Wait for further records; False when the batch has waited long enough.

        The batching window runs from the making of the first record, so what had to wait for
        other reasons does not wait again.
        """
        if not self._plan.window_ms:
            return False
        now_ms = self._context.clock.now_ms()
        until_ms = min(batch.created_ms[0], now_ms) + self._plan.window_ms
        if batch.frame is not None:
            until_ms = min(until_ms, batch.frame.window.end_ms)
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
        policy = self._plan.policy
        step = decide(None, self._facts_of(batch), policy)
        outcome: Outcome | None = None
        if step.do == INVOKE and self._is_skipped(batch):
            step = skip(self._facts_of(batch))
        if step.do == INVOKE:
            outcome = await self._invoke(batch)
            step = decide(outcome, self._facts_of(batch), policy)
        await self._carry_out(step, batch, outcome)
        return step

    def _is_skipped(self, batch: Batch) -> bool:
        """Whether this is what `skip` was asked for, and not what follows it."""
        upto, self._skip_upto = self._skip_upto, None
        return upto is not None and batch.end <= upto

    def _facts_of(self, batch: Batch) -> Facts:
        now_ms, kept_ms = self._context.clock.now_ms(), self._feed.shard.retention_ms
        return batch.facts(self._plan.policy, now_ms, kept_ms)

    async def _invoke(self, batch: Batch) -> Outcome:
        self._phase, self._batch_records = INVOKING, len(batch.records)
        self._hurried = False
        self.held_ms = batch.created_ms[-1] if batch.created_ms else None
        self.invocations += 1
        tried = await try_batch(self._context, self._plan, batch, self._feed.shard.id)
        self._trouble = tried.trouble
        if tried.last is not None:
            self._last_call = tried.last
        if tried.when_free is not None:
            self._withdraw = tried.when_free(self._hope)
        return tried.outcome

    async def _carry_out(self, step: Step, batch: Batch, outcome: Outcome | None) -> None:
        if not batch.is_final:
            self.delivered += step.upto
        loss: Loss | None = None
        if step.do in (REPORT, EXPIRE):
            shard = self._feed.shard
            loss = Loss(shard.id, step, batch, self._last_call)
            self._losses.note(loss, self._context, self._plan, shard.retention_ms, self._facts())
        result = None if outcome is None else outcome.result
        state = None if outcome is None else outcome.state
        place = next_place(batch, step, self._place, self._place.pieces[1:], state)
        await self._save(place, result, loss, self._fates(step, batch, loss))
        self._batch_records = 0
        self._place = place
        if step.do != ADVANCE:
            self._source.seek(place.after)
        if step.do == RETRY:
            self._failures = 1 if step.upto else self._failures + 1
        else:
            self._failures, self._last_call, self.held_ms = 0, None, None
        if step.do in (ADVANCE, RETRY) and batch.records:
            self._note_age(batch)

    def _note_age(self, batch: Batch) -> None:
        age_ms = max(0, self._context.clock.now_ms() - batch.created_ms[-1])
        self._context.note_age(self._plan, age_ms, is_done=self.held_ms is None)

    def _fates(self, step: Step, batch: Batch, loss: Loss | None) -> list[Fate]:
        """What is to be noted of the batch, and of what was passed over on the way to it."""
        now_ms = self._context.clock.now_ms()
        upto = batch.sequences[0] - 1 if batch.sequences else batch.end
        passed = self._passed_over(upto)
        fates = fates_of(batch, step, loss, self._plan.on_failure, now_ms)
        return fates if passed is None else [passed, *fates]

    def _passed_over(self, upto: int) -> Fate | None:
        now_ms, kept_ms = self._context.clock.now_ms(), self._feed.shard.retention_ms
        return left_the_stream(self._stored.after, upto, now_ms, kept_ms)

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

    # --- the position --------------------------------------------------------------------------

    def _facts(self) -> dict[str, Any]:
        return {"mapping": self._context.mapping.uuid, "shard": self._feed.shard.id}

    async def _save_skipped(self) -> None:
        """Save a position that only filtered records have moved, if it has not been for long."""
        if self._place == self._stored:
            return
        if self._context.clock.now_ms() >= self._saved_ms + SAVE_SKIPPED_MS:
            await self._save_passed()

    async def _save_passed(self) -> None:
        """Save a position before which nothing was delivered since it was saved last."""
        passed = self._passed_over(self._place.after)
        await self._save(self._place, fates=[] if passed is None else [passed])

    async def _save(
        self,
        place: Place,
        result: str | None = None,
        loss: Loss | None = None,
        fates: Sequence[Fate] = (),
    ) -> None:
        """Make a place durable, and with it what is told of records that were given up."""
        also: list[Told] = []
        if loss is not None and self._plan.tells:
            also.append(loss.told(self._context, self._plan))
        if fates:
            shard = self._feed.shard
            oldest = horizon(self._context.clock.now_ms(), shard.retention_ms)
            also.append(noting(self._context.mapping.owner, shard.id, fates, oldest))
        await self._ledger.save(self._number, place, result, also)
        self._stored = place
        self._saved_ms = self._context.clock.now_ms()
