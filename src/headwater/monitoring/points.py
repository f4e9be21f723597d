"""Statistics on disk: points of one minute, of five and of an hour, each written as it happens.

A value that comes late is added to the points it belongs to, so nothing has to be rolled up
later, and forgetting is the deletion of one range. Points of a minute are kept for three hours,
the others for fifteen days. This file knows points; what is asked of them is statistics.py's.
"""

from collections.abc import Iterable
from hashlib import blake2b
from typing import Final

import orjson

from headwater.metrics.recorder import Series
from headwater.metrics.samples import Samples
from headwater.storage import monitoring_keys
from headwater.storage.engine import Transaction

MINUTE_S: Final = 60
FINE_S_MAX: Final = 3 * 60 * 60
COARSE_S_MAX: Final = 15 * 24 * 60 * 60
KEPT_S: Final = {MINUTE_S: FINE_S_MAX, 300: COARSE_S_MAX, 3600: COARSE_S_MAX}
"""Period of points -> how long they are kept."""

Point = tuple[int, Samples]
"""When its period starts, in seconds since the epoch; what came in it."""


def series_id(series: Series) -> bytes:
    """Eight bytes that name a series among its node's."""
    scope, namespace, name, unit, dimensions = series
    named = orjson.dumps([scope.account, scope.region, namespace, name, unit, dimensions])
    return blake2b(named, digest_size=8).digest()


def add_points(
    tx: Transaction, values: Iterable[tuple[Series, Samples]], at_s: int, now_s: int
) -> None:
    """Add what came in the minute of `at_s`. A point that would be forgotten by now is not made."""
    starts = [
        (period_s, start_s)
        for period_s, kept_s in KEPT_S.items()
        if (start_s := at_s - at_s % period_s) + period_s > now_s - kept_s
    ]
    for series, samples in values:
        name = series_id(series)
        new: bytes | None = None
        for period_s, start_s in starts:
            key = monitoring_keys.point_key(period_s, start_s, name)
            stored = tx.get(key)
            if stored is None:
                new = samples.encode() if new is None else new
                tx.put(key, new)
                continue
            known = Samples.decode(stored)
            known.merge(samples)
            tx.put(key, known.encode())


def read_points(
    tx: Transaction, series: Series, period_s: int, start_s: int, end_s: int, now_s: int
) -> list[Point]:
    """The points of a series that start in start_s <= start < end_s, in order."""
    first_s = max(start_s, now_s - KEPT_S[period_s])
    first_s += -first_s % period_s
    # What lies ahead of the clock by more than two hours is taken from nobody.
    last_s = min(end_s, now_s + 3 * 60 * 60)
    name = series_id(series)
    starts = range(first_s, last_s, period_s)
    found = tx.get_many([monitoring_keys.point_key(period_s, start_s, name) for start_s in starts])
    return [
        (start_s, Samples.decode(data))
        for start_s, data in zip(starts, found, strict=True)
        if data is not None
    ]


def forget_points(tx: Transaction, now_s: int) -> None:
    """Delete what is too old."""
    for period_s, kept_s in KEPT_S.items():
        end_s = max(0, now_s - kept_s - period_s)
        tx.delete_range(*monitoring_keys.points_range(period_s, 0, end_s))
