"""Many values as a few numbers: how many, their sum, least, greatest, and a sketch of the rest.

The sketch counts values in bins whose borders grow by four hundredths, so a percentile is off by
two hundredths of its value at most, whatever the values are, and samples of different minutes or
nodes are added up by adding counts. Source of the idea: Masson, Rim, Lee, "DDSketch", VLDB 2019.
Negative values have no bins: AWS gives no percentiles for them either.
"""

import math
import struct
from typing import Final

_GROWTH: Final = 1.04
_SCALE: Final = 1 / math.log(_GROWTH)
_ZERO: Final = -32768  # the bin of zero
BINS_MAX: Final = 1024

_HEAD = struct.Struct(">dddd?")
_BIN = struct.Struct(">hd")
_log = math.log
_ceil = math.ceil


class Samples:
    """A statistic set. bins is None where values are unknown or negative: no percentiles.

    held  values that have yet to be counted in, by `settle`; stored and merged samples have none
    """

    __slots__ = ("bins", "count", "held", "maximum", "minimum", "total")

    def __init__(self) -> None:
        self.held: list[float] = []
        self.count = 0.0
        self.total = 0.0
        self.minimum = math.inf
        self.maximum = -math.inf
        self.bins: dict[int, float] | None = {}

    def add(self, value: float, times: float = 1.0) -> None:
        """Count `value` in, `times` times."""
        self.count += times
        self.total += value * times
        if value < self.minimum:
            self.minimum = value
        if value > self.maximum:
            self.maximum = value
        bins = self.bins
        if bins is not None:
            if value > 0:
                number = _ceil(_log(value) * _SCALE)
            elif value == 0:
                number = _ZERO
            else:
                self.bins = None
                return
            if number in bins:
                bins[number] += times
            else:
                _open(bins, number, times)

    def settle(self) -> None:
        """Count in what is held, each value once: half the work of one after another."""
        values, self.held = self.held, []
        if not values:
            return
        least, greatest = min(values), max(values)
        if least == greatest:
            self.add(least, len(values))  # units mostly are
            return
        self.count += len(values)
        self.total += sum(values)
        self.minimum = min(self.minimum, least)
        self.maximum = max(self.maximum, greatest)
        bins = self.bins
        if bins is None:
            return
        if least < 0:
            self.bins = None
            return
        for value in values:
            number = _ceil(_log(value) * _SCALE) if value else _ZERO
            if number in bins:
                bins[number] += 1.0
            else:
                _open(bins, number, 1.0)

    def add_set(self, count: float, total: float, minimum: float, maximum: float) -> None:
        """Count a statistic set in, of whose values no more is known."""
        if minimum == maximum or count == 1:
            self.add(total / count, count)
            return
        self.bins = None
        self.count += count
        self.total += total
        self.minimum = min(self.minimum, minimum)
        self.maximum = max(self.maximum, maximum)

    def merge(self, other: "Samples") -> None:
        """Count everything in that `other` has."""
        self.settle()
        other.settle()
        self.count += other.count
        self.total += other.total
        self.minimum = min(self.minimum, other.minimum)
        self.maximum = max(self.maximum, other.maximum)
        if self.bins is None or other.bins is None:
            self.bins = None
            return
        for number, times in other.bins.items():
            if number in self.bins:
                self.bins[number] += times
            else:
                _open(self.bins, number, times)

    def percentile(self, percent: float) -> float | None:
        """The value that `percent` of all are at or below; None if that is not known.

        >>> samples = Samples()
        >>> for value in range(1, 101): samples.add(value)
        >>> 88 < samples.percentile(90) < 92
        True
        """
        if self.bins is None or not self.count:
            return None
        rank = percent / 100 * self.count
        seen = 0.0
        for number, times in sorted(self.bins.items()):
            seen += times
            if seen >= rank:
                value = 0.0 if number == _ZERO else _GROWTH ** (number - 0.5)
                return min(max(value, self.minimum), self.maximum)
        return self.maximum

    def encode(self) -> bytes:
        """As it is stored."""
        self.settle()
        head = _HEAD.pack(self.count, self.total, self.minimum, self.maximum, self.bins is not None)
        return head + b"".join(_BIN.pack(*entry) for entry in (self.bins or {}).items())

    @staticmethod
    def decode(data: bytes) -> "Samples":
        found = Samples()
        count, total, minimum, maximum, has_bins = _HEAD.unpack_from(data)
        found.count, found.total, found.minimum, found.maximum = count, total, minimum, maximum
        found.bins = dict(_BIN.iter_unpack(data[_HEAD.size :])) if has_bins else None
        return found


def _open(bins: dict[int, float], number: int, times: float) -> None:
    """Count in a bin that is not there yet; where there are too many, in the nearest one."""
    if len(bins) >= BINS_MAX:
        number = min(bins, key=lambda known: abs(known - number))
    bins[number] = bins.get(number, 0.0) + times
