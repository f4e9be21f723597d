"""Values of AWS's metrics as they happen, kept in memory until their minute is over.

    meter = recorder.meter(series)      once, or again and again: it is looked up
    meter.add(3.5)                      each time something happens

Adding is an entry in a list, which is counted in when it is long or the minute is over. Who stores
minutes is told with the first value of one (`on_first`), takes what there is when it is over
(`take`), and asks those who count elsewhere first (`collect`). Nothing is timed while nothing
happens. This file does not know storage.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

from headwater.arns import Scope
from headwater.metrics.samples import Samples

Dimensions = tuple[tuple[str, str], ...]
METERS_MAX: Final = 100_000
_HELD_MAX: Final = 64  # values that are held back before they are counted in, all at once


class Series(NamedTuple):
    """One metric of one thing, in one unit. dimensions: sorted by name."""

    scope: Scope
    namespace: str
    name: str
    unit: str
    dimensions: Dimensions


class Meter:
    """Takes the values of one series."""

    __slots__ = ("_recorder", "samples", "series")

    def __init__(self, recorder: "Recorder", series: Series) -> None:
        self._recorder = recorder
        self.series = series
        self.samples: Samples | None = None

    def add(self, value: float, times: float = 1.0) -> None:
        """Count a value in, now."""
        samples = self.samples
        if samples is None:
            samples = self._recorder.open(self)
        if times != 1.0:
            samples.add(value, times)
            return
        held = samples.held
        held.append(value)
        if len(held) == _HELD_MAX:
            samples.settle()


class Recorder:
    """All meters of a node.

    on_first  called with the first value after a `take`
    """

    def __init__(self) -> None:
        self.on_first: Callable[[], None] = _nobody
        self._meters: dict[Series, Meter] = {}
        self._open: list[Meter] = []
        self._collectors: list[Callable[[], None]] = []
        self._minutely: list[Callable[[], None]] = []

    def meter(self, series: Series) -> Meter:
        """The meter of a series. It may be kept and used for ever."""
        meter = self._meters.get(series)
        if meter is None:
            if len(self._meters) >= METERS_MAX:
                # Whoever holds an old one goes on with it; both are added up when stored.
                self._meters.clear()
            meter = self._meters[series] = Meter(self, series)
        return meter

    def add(self, series: Series, value: float, times: float = 1.0) -> None:
        """Count a value in, now."""
        self.meter(series).add(value, times)

    def collect(self, collector: Callable[[], None]) -> None:
        """Have `collector` add what it has counted, before each `take`."""
        self._collectors.append(collector)

    def each_minute(self, look: Callable[[], None]) -> None:
        """Have `look` add what there is to see when a minute is over."""
        self._minutely.append(look)

    def minute_over(self) -> None:
        """Have everybody look."""
        for look in self._minutely:
            look()

    def open(self, meter: Meter) -> Samples:
        """For meters: begin to keep values."""
        is_first = not self._open
        samples = meter.samples = Samples()
        self._open.append(meter)
        if is_first:
            self.on_first()
        return samples

    def take(self) -> list[tuple[Series, Samples]]:
        """Everything since the last call, not yet settled. One series may be told twice."""
        for collector in self._collectors:
            collector()
        # Nothing is worked out here, where requests wait for it: 10,000 meters are 10 ms.
        taken = []
        for meter in self._open:
            assert meter.samples is not None
            taken.append((meter.series, meter.samples))
            meter.samples = None
        self._open = []
        return taken


def _nobody() -> None:
    """Until somebody stores."""
