"""One try of a batch: the function is invoked, and what came of it is an outcome.

A try ends in an outcome whatever happens: where the function could not be called, that is one too.
It is counted and told to the tracer here; what follows from it is decided in decide.py.
"""

import logging
from collections.abc import Callable
from typing import Any, NamedTuple

from headwater.consumers.mappings.batch import Batch
from headwater.consumers.mappings.context import Context, Plan
from headwater.consumers.mappings.decide import Outcome
from headwater.consumers.mappings.failure import LastCall
from headwater.consumers.mappings.outcome import outcome_of, outcome_of_trouble
from headwater.consumers.mappings.tracing import begin_span
from headwater.errors import AwsError, TooManyRequests

log = logging.getLogger("headwater.mappings")

TROUBLE_BYTES_MAX = 1024

# To be told when there is room: it is given what to call then, which says whether that was of use,
# and returns what withdraws that.
WhenFree = Callable[[Callable[[], bool]], Callable[[], None]]


class Tried(NamedTuple):
    """What a try came to.

    last       the invocation; None if there was none
    trouble    what went wrong, for whoever looks; None if nothing did
    when_free  there was no room, and who refused it can tell when there is
    """

    outcome: Outcome
    last: LastCall | None = None
    trouble: str | None = None
    when_free: WhenFree | None = None


async def try_batch(context: Context, plan: Plan, batch: Batch, shard_id: str) -> Tried:
    """Invoke the plan's function with a batch of that shard."""
    context.counts.invoked += len(batch.records)
    named: dict[str, Any] = {} if plan.qualifier is None else {"qualifier": plan.qualifier}
    span = None
    if context.tracer is not None:
        span = begin_span(context.tracer, context, plan, batch, shard_id)
        named["trace"] = span.context
    tried = await _invoked(context, plan, batch, shard_id, named)
    outcome = tried.outcome
    if span is not None:
        span.end("" if outcome.failed_at is None else outcome.result)
    if outcome.failed_at is not None:
        context.counts.failed_invoke += len(batch.records) - outcome.failed_at
    return tried


async def _invoked(
    context: Context, plan: Plan, batch: Batch, shard_id: str, named: dict[str, Any]
) -> Tried:
    mapping = context.mapping
    account = mapping.scope.account
    try:
        answer = await context.invoker.invoke(mapping.scope, plan.function, batch.event(), **named)
    except AwsError as trouble:
        when_free = trouble.when_free if isinstance(trouble, TooManyRequests) else None
        outcome = outcome_of_trouble(trouble, account)
        return Tried(outcome, None, f"{trouble.code}: {trouble.message}", when_free)
    except Exception as trouble:
        # A bug between here and the function is ours, but losing the lane would not mend it.
        log.exception("invoking failed", extra={"mapping": mapping.uuid, "shard": shard_id})
        return Tried(outcome_of_trouble(trouble, account), None, repr(trouble))
    outcome = outcome_of(answer, batch.sequences, plan.policy)
    told = answer.payload[:TROUBLE_BYTES_MAX].decode("utf-8", "replace")
    last = LastCall(answer.request_id, answer.executed_version, answer.error)
    return Tried(outcome, last, None if outcome.failed_at is None else told)
