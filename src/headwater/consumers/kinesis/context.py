"""What the lanes of one destination share: the parts they work with, and what is asked of them."""

from dataclasses import dataclass, field

from headwater.clock import Clock
from headwater.consumers.kinesis.destination import Destination
from headwater.consumers.kinesis.record import OutgoingRenderer
from headwater.ids import Ids
from headwater.metrics.aws import delegated_series
from headwater.metrics.counters import Counter
from headwater.metrics.recorder import Recorder
from headwater.outbound.endpoints import Outbound
from headwater.storage.engine import Engine

DELIVERED, SENT_AGAIN, TOO_LARGE, EXPIRED = "delivered", "sent again", "too large", "expired"


@dataclass(slots=True)
class Context:
    """Built by the destination's worker, which alone changes `destination` and `stopping`.

    real_clock  for the pace of requests, which is a matter of the machine
    counts      of records since the node started, by what became of them
    counter     the same over all destinations, for the metrics page
    recorder    of AWS's metrics
    trouble     why the last request failed; None when it did not
    """

    engine: Engine
    clock: Clock
    real_clock: Clock
    ids: Ids
    outbound: Outbound
    counter: Counter
    destination: Destination
    renderer: OutgoingRenderer
    recorder: Recorder = field(default_factory=Recorder)
    stopping: bool = False
    trouble: str | None = None
    counts: dict[str, int] = field(default_factory=dict)

    def count(self, outcome: str, records: int) -> None:
        """Note that `records` records were delivered, sent again, too large or expired."""
        if records:
            self.counts[outcome] = self.counts.get(outcome, 0) + records
            destination = self.destination
            self.counter.add((destination.table, destination.kinesis_name, outcome), records)

    def add(self, name: str, value: float, times: float = 1.0) -> None:
        """Count one of AWS's metrics of the destination in."""
        series = delegated_series(self.destination.scope, name, self.destination.table)
        self.recorder.add(series, value, times)


def renderer_of(destination: Destination) -> OutgoingRenderer:
    """What makes the records of `destination`."""
    region = destination.scope.region
    return OutgoingRenderer(region, destination.table, destination.precision)
