"""What functions add to AWS's metrics, in the dimensions that AWS gives each; and, of each
function, what it has done since the node started.

Source: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
"""

from dataclasses import dataclass

from headwater.arns import Scope
from headwater.clock import Clock
from headwater.metrics.aws import LAMBDA, add_for_function, unit_of
from headwater.metrics.recorder import Recorder, Series


@dataclass(slots=True)
class Deeds:
    """What a function has done since the node started; moments in epoch ms, None: never."""

    invocations: int = 0
    errors: int = 0
    throttles: int = 0
    last_ms: int | None = None
    failed_ms: int | None = None


class Metering:
    """Built once, by Functions. qualifier: version or alias that was asked for."""

    def __init__(self, recorder: Recorder, clock: Clock) -> None:
        self._recorder = recorder
        self._clock = clock
        self._deeds: dict[tuple[Scope, str], Deeds] = {}

    def deeds(self, scope: Scope, function: str) -> Deeds:
        """What a function has done, to be read."""
        return self._deeds.get((scope, function)) or Deeds()

    def forget(self, scope: Scope, function: str) -> None:
        """The function is no more."""
        self._deeds.pop((scope, function), None)

    def throttled(self, scope: Scope, function: str, qualifier: str | None) -> None:
        """An invocation found no environment."""
        self._deeds.setdefault((scope, function), Deeds()).throttles += 1
        self._add(scope, "Throttles", 1, function, qualifier, None)

    def began(
        self, scope: Scope, function: str, busy: int, busy_in_all: int, unreserved: int | None
    ) -> None:
        """An environment took an event. busy: events in hand with it, of this function, of all of
        the account's in the region, and of those without a reservation, if it is one of them."""
        recorder, name = self._recorder, "ConcurrentExecutions"
        dimensions = (("FunctionName", function),)
        recorder.add(Series(scope, LAMBDA, name, unit_of(name), dimensions), busy)
        recorder.add(Series(scope, LAMBDA, name, unit_of(name), ()), busy_in_all)
        if unreserved is not None:
            name = "UnreservedConcurrentExecutions"
            recorder.add(Series(scope, LAMBDA, name, unit_of(name), ()), unreserved)

    def ended(
        self,
        scope: Scope,
        function: str,
        qualifier: str | None,
        version: str,
        *,
        failed: bool,
        duration_ms: float,
    ) -> None:
        """An invocation was answered. version: that ran"""
        deeds = self._deeds.setdefault((scope, function), Deeds())
        deeds.invocations += 1
        deeds.last_ms = self._clock.now_ms()
        if failed:
            deeds.errors += 1
            deeds.failed_ms = deeds.last_ms
        self._add(scope, "Invocations", 1, function, qualifier, version)
        self._add(scope, "Errors", int(failed), function, qualifier, version)
        self._add(scope, "Duration", duration_ms, function, qualifier, version)

    def received(self, scope: Scope, function: str, qualifier: str | None) -> None:
        """An asynchronous event was kept."""
        self._add(scope, "AsyncEventsReceived", 1, function, qualifier, None)

    def tried(self, scope: Scope, function: str, qualifier: str | None, age_ms: int) -> None:
        """An asynchronous event is about to be tried."""
        self._add(scope, "AsyncEventAge", age_ms, function, qualifier, None)

    def dropped(self, scope: Scope, function: str, qualifier: str | None) -> None:
        """An asynchronous event was given up, whoever is told."""
        self._add(scope, "AsyncEventsDropped", 1, function, qualifier, None)

    def dead_letter_lost(self, scope: Scope, function: str, qualifier: str | None) -> None:
        """An event was not taken by the function's dead-letter queue or topic."""
        self._add(scope, "DeadLetterErrors", 1, function, qualifier, None)

    def undelivered(self, scope: Scope, function: str, qualifier: str | None) -> None:
        """An outcome was not taken by its destination."""
        self._add(scope, "DestinationDeliveryFailures", 1, function, qualifier, None)

    def _add(
        self,
        scope: Scope,
        name: str,
        value: float,
        function: str,
        qualifier: str | None,
        version: str | None,
    ) -> None:
        add_for_function(
            self._recorder, scope, name, value, function, qualifier=qualifier, version=version
        )
