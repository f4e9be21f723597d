"""Which metrics there are: each by namespace, name and dimensions, with the units it came in.

A metric is known from its first value until fifteen days after its last. When it was last seen is
stored to a tolerance, so that a metric that comes every minute is not written every minute.
"""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import orjson

from headwater.arns import Scope
from headwater.metrics.recorder import Dimensions, Series
from headwater.monitoring.points import COARSE_S_MAX
from headwater.storage import keyspace, monitoring_keys
from headwater.storage.engine import Transaction

SEEN_TOLERANCE_S: Final = 300
_STEP: Final = 256


class Known(NamedTuple):
    """A metric. units: each with when it was last seen, in seconds since the epoch."""

    namespace: str
    name: str
    dimensions: Dimensions
    units: dict[str, int]

    @property
    def seen_s(self) -> int:
        return max(self.units.values())

    def series(self, scope: Scope, unit: str | None = None) -> list[Series]:
        """Its series, or the one of a unit."""
        units = [one for one in self.units if unit in (None, one)]
        return [Series(scope, self.namespace, self.name, one, self.dimensions) for one in units]


def announce(tx: Transaction, every: Iterable[Series], now_s: int) -> None:
    """Note that these have values now."""
    for series in every:
        key = _key(series.scope, series.namespace, series.name, series.dimensions)
        stored = tx.get(key)
        units: dict[str, int] = {} if stored is None else orjson.loads(stored)
        if now_s - units.get(series.unit, -SEEN_TOLERANCE_S) >= SEEN_TOLERANCE_S:
            units[series.unit] = now_s
            tx.put(key, orjson.dumps(units))


def find_metric(
    tx: Transaction, scope: Scope, namespace: str, name: str, dimensions: Dimensions
) -> Known | None:
    """The metric with exactly these dimensions, which are sorted by name."""
    stored = tx.get(_key(scope, namespace, name, dimensions))
    return None if stored is None else Known(namespace, name, dimensions, orjson.loads(stored))


def list_metrics(
    tx: Transaction,
    scope: Scope,
    namespace: str | None,
    name: str | None,
    wanted: Sequence[tuple[str, str | None]],
    *,
    after: bytes | None,
    seen_from_s: int,
    limit: int,
) -> tuple[list[Known], bytes | None]:
    """Some metrics, and the key of the last one if there may be more.

    wanted       dimensions they must have, with this value if it is not None
    after        the key the last page ended with
    seen_from_s  when they must have been seen last
    """
    prefix = monitoring_keys.metrics_prefix(scope, namespace, None if namespace is None else name)
    start = prefix if after is None else max(prefix, after + b"\0")
    skipped = len(monitoring_keys.metrics_prefix(scope))
    found: list[Known] = []
    while entries := tx.range(start, keyspace.successor(prefix), limit=_STEP):
        for key, data in entries:
            its_namespace, its_name, dimensions = key[skipped:].split(b"\0", 2)
            known = Known(
                its_namespace.decode(), its_name.decode(), _pairs(dimensions), orjson.loads(data)
            )
            if _matches(known, name, wanted) and known.seen_s >= seen_from_s:
                found.append(known)
                if len(found) == limit:
                    return found, key
        start = entries[-1][0] + b"\0"
    return found, None


def forget_metrics(tx: Transaction, after: bytes, now_s: int) -> bytes | None:
    """One step of forgetting metrics without values; b"" begins, None is the end."""
    prefix = monitoring_keys.all_metrics_prefix()
    start = after + b"\0" if after else prefix
    found = tx.range(start, keyspace.successor(prefix), limit=_STEP)
    for key, data in found:
        if max(orjson.loads(data).values()) < now_s - COARSE_S_MAX - SEEN_TOLERANCE_S:
            tx.delete(key)
    return found[-1][0] if len(found) == _STEP else None


def _matches(known: Known, name: str | None, wanted: Sequence[tuple[str, str | None]]) -> bool:
    if name is not None and known.name != name:
        return False
    has = dict(known.dimensions)
    return all(dimension in has and value in (None, has[dimension]) for dimension, value in wanted)


def _key(scope: Scope, namespace: str, name: str, dimensions: Dimensions) -> bytes:
    return monitoring_keys.metric_key(scope, namespace, name, orjson.dumps(dimensions))


def _pairs(data: bytes) -> Dimensions:
    return tuple((name, value) for name, value in orjson.loads(data))
