"""Records that are given up: how many, why, and telling the mapping's destination of them."""

import logging
from collections.abc import Callable
from typing import Any

from headwater.changelog.read import horizon
from headwater.consumers.mappings.batch import Batch
from headwater.consumers.mappings.context import Context, Plan
from headwater.consumers.mappings.decide import EXPIRE, Step
from headwater.consumers.mappings.failure import (
    RETRIES_EXHAUSTED,
    TOO_OLD,
    GivenUp,
    LastCall,
    failure_message,
)
from headwater.consumers.mappings.outbox import Message
from headwater.storage.engine import Transaction
from headwater.storage.sequence import ms_of

log = logging.getLogger("headwater.mappings")

Told = Callable[[Transaction], None]


class Losses:
    """What one lane has given up since it started, in records.

    given_up  their retries were used up, or they were older than the mapping allows
    expired   the stream showed them no more, and the destination was told
    """

    def __init__(self) -> None:
        self.given_up = 0
        self.expired = 0
        self._passed = 0

    def note(
        self,
        loss: "Loss",
        context: Context,
        plan: Plan,
        retention_ms: int,
        facts: dict[str, Any],
    ) -> None:
        """Count and log a loss. retention_ms: of the shard; facts: which mapping and shard."""
        if loss.has_left_the_stream(context.clock.now_ms(), retention_ms):
            self.expired += loss.count
        else:
            self.given_up += loss.count
            context.counts.dropped += 0 if plan.tells else loss.count
        log.warning("mapping gave records up", extra=facts | loss.facts())

    def tell_passed(self, expired: int, facts: dict[str, Any]) -> None:
        """Log what was passed over because it had expired; expired: in all, so far."""
        lost, self._passed = expired - self._passed, expired
        if lost:
            log.warning("records expired undelivered", extra=facts | {"records": lost})


class Loss:
    """What `step`, REPORT or EXPIRE, gives up of `batch`.

    last_call  the last invocation with these records, if this process made one
    """

    def __init__(self, shard_id: str, step: Step, batch: Batch, last_call: LastCall | None) -> None:
        self._batch = batch
        self._shard_id = shard_id
        self._step = step
        self._first = step.upto
        self._end = step.split if step.do == EXPIRE else len(batch.records)
        self._last_call = last_call

    @property
    def count(self) -> int:
        """Records; none if it is the call that closes a window."""
        return 0 if self._batch.is_final else self._end - self._first

    @property
    def sequences(self) -> list[int]:
        return [] if self._batch.is_final else self._batch.sequences[self._first : self._end]

    @property
    def condition(self) -> str:
        """Why, as the destination is told."""
        return TOO_OLD if self._step.do == EXPIRE else RETRIES_EXHAUSTED

    def facts(self) -> dict[str, Any]:
        """For a log line."""
        step = self._step
        return {"records": self.count, "attempts": step.attempts, "step": step.do}

    def has_left_the_stream(self, now_ms: int, retention_ms: int) -> bool:
        """True if the stream itself no longer shows the first of the records."""
        if not self.count:
            return False
        return ms_of(self._batch.sequences[self._first]) < ms_of(horizon(now_ms, retention_ms))

    def told(self, context: Context, plan: Plan) -> Told:
        """What tells the destination, in the transaction in which the position moves on."""
        assert plan.on_failure is not None
        now_ms = context.clock.now_ms()
        body = failure_message(
            self._given_up(),
            function_arn=plan.function_arn,
            stream_arn=context.mapping.stream_arn,
            request_id=context.ids.uuid(),
            now_ms=now_ms,
        )
        message = Message(
            context.mapping.scope,
            context.mapping.uuid,
            self._shard_id,
            self.count,
            now_ms,
            context.ids.uuid(),
            body,
            self._event,
        )
        destination = plan.on_failure
        return lambda tx: context.destinations.tell(tx, destination, message)

    def _event(self) -> bytes:
        if self._batch.is_final:
            return self._batch.event()
        return self._batch.event(self._first, self._end)

    def _given_up(self) -> GivenUp:
        batch, first, end = self._batch, self._first, self._end
        if not self.count:
            assert batch.frame is not None
            window = batch.frame.window
            span = (max(batch.start, 0), max(batch.start, 0), window.start_ms, window.end_ms)
        else:
            sequences, created_ms = batch.sequences, batch.created_ms
            span = (sequences[first], sequences[end - 1], created_ms[first], created_ms[end - 1])
        return GivenUp(
            self.condition,
            self._shard_id,
            self.count,
            *span,
            self._step.attempts,
            self._last_call,
        )
