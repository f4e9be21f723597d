"""Figures of links between regions, for the metrics page: read each time it is asked for."""

from collections.abc import Iterable
from functools import partial
from typing import Final

from headwater.consumers.replication.regions import Regions
from headwater.metrics.counters import Labels, Registry
from headwater.metrics.names import REGION_LAG, REGION_PENDING, REGION_WRITES

_OUTCOMES: Final = ("shipped", "copied", "superseded")


class RegionFigures:
    """Built once, by the node."""

    def __init__(self, regions: Regions, registry: Registry) -> None:
        self._regions = regions
        self._values: dict[str, dict[Labels, float]] = {}
        registry.before(self._refresh)
        for name in (REGION_LAG, REGION_PENDING, REGION_WRITES):
            registry.family(name, partial(self._told, name.name))

    def _told(self, name: str) -> Iterable[tuple[Labels, float]]:
        return self._values.get(name, {}).items()

    async def _refresh(self) -> None:
        lags: dict[Labels, float] = {}
        pending: dict[Labels, float] = {}
        writes: dict[Labels, float] = {}
        for link in await self._regions.links():
            labels = (link["account"], link["table"], link["from"], link["to"])
            lags[labels] = link["lag_ms"]
            pending[labels] = link["behind"]
            for outcome in _OUTCOMES:
                writes[*labels, outcome] = link[outcome]
        self._values = {
            REGION_LAG.name: lags,
            REGION_PENDING.name: pending,
            REGION_WRITES.name: writes,
        }
