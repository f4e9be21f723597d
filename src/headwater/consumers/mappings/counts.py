"""What became of a mapping's records since the node started, counted.

The first six are AWS's EventCount metrics of a mapping, by its definitions; they are counted
whether or not MetricsConfig asks for them, and shown where it does not ask, too: counting costs
nothing. Source: AWS, Lambda guide, "Event source mapping metrics".
"""

from dataclasses import asdict, dataclass, field

from headwater.arns import Scope
from headwater.metrics.aws import mapping_series
from headwater.metrics.recorder import Recorder


@dataclass(slots=True)
class Counts:
    """Counts of records.

    polled          read from the stream
    filtered_out    dropped by the filters
    invoked         handed to the function; again with each retry
    failed_invoke   of these, how many the function did not deal with
    dropped         given up without a word: too old, or out of retries, and no destination
    on_failure      told to the destination, which has taken the message
    """

    polled: int = 0
    filtered_out: int = 0
    invoked: int = 0
    failed_invoke: int = 0
    dropped: int = 0
    on_failure: int = 0
    iterator_age_ms: int = 0  # of the last record of the last batch, when it was done
    published: dict[str, int] = field(default_factory=dict)

    def told(self) -> dict[str, int]:
        """By AWS's names, and IteratorAge."""
        fields = asdict(self)
        return {name: fields[field] for field, name in NAMES.items()}

    def publish(self, recorder: Recorder, scope: Scope, uuid: str, *, wanted: bool) -> None:
        """Add what was counted since the last time to AWS's metrics, if they are wanted."""
        for name, count in self.told().items():
            new = count - self.published.get(name, 0)
            if name == "IteratorAge" or not new:
                continue  # that one is no count, and is added when a batch is done
            self.published[name] = count
            if wanted:
                recorder.add(mapping_series(scope, name, uuid), new)


EVENT_COUNT = "EventCount"  # what MetricsConfig calls them
NAMES = {
    "polled": "PolledEventCount",
    "filtered_out": "FilteredOutEventCount",
    "invoked": "InvokedEventCount",
    "failed_invoke": "FailedInvokeEventCount",
    "dropped": "DroppedEventCount",
    "on_failure": "OnFailureDestinationDeliveredEventCount",
    "iterator_age_ms": "IteratorAge",
}
