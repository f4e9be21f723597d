"""What the lanes of one mapping share: the parts they work with, and what is asked of them now."""

from dataclasses import dataclass, field
from typing import Protocol

from headwater.arns import Scope
from headwater.changelog.wakeup import Wakeup
from headwater.clock import Clock
from headwater.consumers.mappings.counts import Counts
from headwater.consumers.mappings.destination import Destinations
from headwater.consumers.mappings.document import Mapping
from headwater.consumers.mappings.filters import compile_filters
from headwater.consumers.mappings.outcome import Answer
from headwater.ids import Ids
from headwater.metrics.aws import add_for_function
from headwater.metrics.recorder import Recorder
from headwater.storage.engine import Engine
from headwater.traces.spans import Tracer


class Invoker(Protocol):
    """What runs functions: functions.Functions, or a stand-in."""

    async def invoke(
        self, scope: Scope, name: str, payload: bytes, *, qualifier: str | None = None
    ) -> Answer:
        """Run a function on an event; a failing one is an answer, not an exception.

        qualifier  version or alias; None: $LATEST
        Where there is a tracer, `trace` is given too: what the invocation is part of.
        """
        ...


class Plan:
    """A mapping's settings, made ready. A mapping that was changed has a new plan.

    tells  there is somebody to be told of records that were given up
    """

    __slots__ = (
        "batch_size",
        "filter",
        "function",
        "function_arn",
        "lanes",
        "metrics",
        "on_failure",
        "policy",
        "qualifier",
        "tells",
        "tumbling_ms",
        "window_ms",
    )

    def __init__(self, mapping: Mapping) -> None:
        self.function = mapping.function
        self.qualifier = mapping.qualifier
        self.function_arn = mapping.function_arn
        self.batch_size = mapping.batch_size
        self.window_ms = mapping.window_s * 1000
        self.tumbling_ms = mapping.tumbling_window_s * 1000
        self.lanes = mapping.parallelization
        self.filter = compile_filters(mapping.filters)
        self.policy = mapping.policy
        self.on_failure = mapping.on_failure
        self.metrics = mapping.metrics
        self.tells = mapping.on_failure is not None


@dataclass(slots=True)
class Context:
    """Built by the mapping's worker, which alone changes `plan` and `stopping`.

    mapping  for what never changes: scope, uuid, key, owner
    result   LastProcessingResult, as it is stored
    """

    engine: Engine
    clock: Clock
    ids: Ids
    wakeup: Wakeup
    invoker: Invoker
    destinations: Destinations
    counts: Counts
    mapping: Mapping
    plan: Plan
    result: str
    recorder: Recorder = field(default_factory=Recorder)
    tracer: Tracer | None = None
    stopping: bool = False

    def note_age(self, plan: Plan, age_ms: int, *, is_done: bool = True) -> None:
        """Count in how old the last record of a batch is, now that it was tried.

        is_done  False: it is still being tried, or will be again
        """
        if is_done:
            self.counts.iterator_age_ms = age_ms
        self._add(plan, "IteratorAge", age_ms)

    def note_refusal(self) -> None:
        """Count in that the mapping's destination did not take a message."""
        self._add(self.plan, "DestinationDeliveryFailures", 1)

    def _add(self, plan: Plan, name: str, value: float) -> None:
        scope, function, qualifier = self.mapping.scope, plan.function, plan.qualifier
        add_for_function(self.recorder, scope, name, value, function, qualifier=qualifier)
