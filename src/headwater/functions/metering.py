"""What functions add to AWS's metrics, in the dimensions that AWS gives each.

Source: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
"""

from headwater.arns import Scope
from headwater.metrics.aws import LAMBDA, add_for_function, unit_of
from headwater.metrics.recorder import Recorder, Series


class Metering:
    """Built once, by Functions. qualifier: version or alias that was asked for."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    def throttled(self, scope: Scope, function: str, qualifier: str | None) -> None:
        """An invocation found no environment."""
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
