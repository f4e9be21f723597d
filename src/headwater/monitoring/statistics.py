"""Statistics of a metric over time: which stored points serve a period, and what is made of them.

Periods are whole minutes. The last three hours are served from points of a minute and so at any
minute; what is older from points of five minutes or an hour, for periods that are made of those.
"""

import re
from collections.abc import Sequence
from typing import Final

from headwater.metrics.recorder import Series
from headwater.metrics.samples import Samples
from headwater.monitoring.points import FINE_S_MAX, MINUTE_S, Point, read_points
from headwater.storage.engine import Transaction

STATISTICS: Final = ("SampleCount", "Average", "Sum", "Minimum", "Maximum")
_PERCENTILE = re.compile(r"p(\d{1,2}(?:\.\d{1,10})?|100)")


def percentile_of(statistic: str) -> float | None:
    """
    >>> percentile_of("p99.9"), percentile_of("Average")
    (99.9, None)
    """
    match = _PERCENTILE.fullmatch(statistic)
    return float(match[1]) if match else None


def is_statistic(text: str) -> bool:
    """Whether `value_of` knows it: one of STATISTICS, or a percentile."""
    return text in STATISTICS or percentile_of(text) is not None


def value_of(samples: Samples, statistic: str) -> float | None:
    """A statistic of samples; None for a percentile of what only sums are known of."""
    if statistic == "SampleCount":
        return samples.count
    if statistic == "Average":
        return samples.total / samples.count
    if statistic == "Sum":
        return samples.total
    if statistic == "Minimum":
        return samples.minimum
    if statistic == "Maximum":
        return samples.maximum
    percent = percentile_of(statistic)
    assert percent is not None, statistic
    return samples.percentile(percent)


def resolution_of(period_s: int, start_s: int, now_s: int) -> int:
    """The period of the points that serve a query."""
    if start_s >= now_s - FINE_S_MAX or period_s % 300:
        return MINUTE_S
    return 3600 if period_s % 3600 == 0 and start_s % 3600 == 0 else 300


def read_periods(
    tx: Transaction,
    every: Sequence[Series],
    period_s: int,
    start_s: int,
    end_s: int,
    now_s: int,
) -> list[Point]:
    """What came in each period from start_s (inclusive) to end_s (exclusive), those with values,
    in order. Periods are counted from start_s, cut down to the points that serve them.

    every  series that are added up, of one metric in several units
    """
    resolution_s = resolution_of(period_s, start_s, now_s)
    start_s -= start_s % resolution_s
    found: dict[int, Samples] = {}
    for series in every:
        for at_s, samples in read_points(tx, series, resolution_s, start_s, end_s, now_s):
            begin_s = at_s - (at_s - start_s) % period_s
            known = found.get(begin_s)
            if known is None:
                found[begin_s] = samples
            else:
                known.merge(samples)
    return sorted(found.items(), key=lambda point: point[0])
