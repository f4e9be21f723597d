"""Figures for the metrics page that take a look at the data: logs, lags, alarms.

They are read in one transaction each time the page is asked for.
"""

from collections import Counter
from collections.abc import Iterable
from functools import partial
from typing import Final

from headwater.changelog.retention import kept_streams
from headwater.changelog.stream import load_shards
from headwater.limits import MIB
from headwater.metrics.counters import Labels, Registry
from headwater.metrics.names import (
    ALARMS,
    CHANGE_RECORDS,
    FUNCTION_PROCESSES,
    GROUP_TRANSACTIONS,
    LOG_RECORDS,
    LOG_SHARDS,
    MAPPING_EVENTS,
    MAPPING_LAG,
    MAPPING_WAITING,
    SYNC_SECONDS,
)
from headwater.monitoring.alarms.alarms import every_alarm
from headwater.operations.services import Services
from headwater.stage.waiting import lanes_of, undelivered
from headwater.storage import keyspace
from headwater.storage.engine import Transaction
from headwater.storage.local import Figures as EngineFigures

_COUNTED_MAX: Final = 1000
_READ_BYTES_MAX: Final = 4 * MIB
_GAUGES: Final = (ALARMS, LOG_RECORDS, LOG_SHARDS, MAPPING_LAG, MAPPING_WAITING)


class Figures:
    """Built once, by the node."""

    def __init__(self, services: Services, engine: EngineFigures, registry: Registry) -> None:
        self._services = services
        self._engine = engine
        self._syncs = registry.summary(SYNC_SECONDS)
        self._groups = registry.summary(GROUP_TRANSACTIONS)
        registry.family(CHANGE_RECORDS, lambda: [((), engine.records)])
        self._values: dict[str, dict[Labels, float]] = {name.name: {} for name in _GAUGES}
        registry.before(self._refresh)
        for name in _GAUGES:
            registry.family(name, partial(self._told, name.name))
        registry.family(MAPPING_EVENTS, self._events)
        registry.gauge(FUNCTION_PROCESSES, lambda: len(services.functions.process_ids()))

    def _told(self, name: str) -> Iterable[tuple[Labels, float]]:
        return self._values[name].items()

    async def _refresh(self) -> None:
        values = await self._services.engine.run(self._look)
        self._values.update(values)
        engine = self._engine
        self._syncs.sums[()] = [engine.groups, engine.group_ns / 1e9]
        self._groups.sums[()] = [engine.groups, engine.transactions]

    def _look(self, tx: Transaction) -> dict[str, dict[Labels, float]]:
        return {**_logs(tx), **self._lags(tx), ALARMS.name: _alarms(tx)}

    def _lags(self, tx: Transaction) -> dict[str, dict[Labels, float]]:
        statuses, now_ms = self._services.mappings.status(), self._services.clock.now_ms()
        lags: dict[Labels, float] = {
            (status["uuid"], status["function"], lane["shard_id"]): 0
            for status in statuses
            for lane in status["lanes"]
        }
        records = dict(lags)
        for entry in undelivered(tx, lanes_of(statuses), now_ms):
            if entry.get("shard") is not None:
                labels = (entry["mapping"], entry["function"], entry["shard"])
                lags[labels] = max(0, now_ms - entry["oldest_ms"])
                records[labels] = entry["records"]
        return {MAPPING_LAG.name: lags, MAPPING_WAITING.name: records}

    def _events(self) -> Iterable[tuple[Labels, float]]:
        for status in self._services.mappings.status():
            for event, count in status["events"].items():
                if event != "IteratorAge":
                    yield (status["uuid"], status["function"], event), count


def _logs(tx: Transaction) -> dict[str, dict[Labels, float]]:
    records: Counter[Labels] = Counter()
    shards: Counter[Labels] = Counter()
    for stream in kept_streams(tx):
        labels = (stream.scope.account, stream.scope.region, stream.table)
        for shard in load_shards(tx, stream):
            shards[labels] += 1
            left = _COUNTED_MAX - records[labels]
            first = max(shard.trimmed + 1, 0)
            start, end = keyspace.log_range(shard.log, first)
            found = tx.range(start, end, limit=left, bytes_max=_READ_BYTES_MAX)
            records[labels] += len(found)
    return {LOG_RECORDS.name: dict(records), LOG_SHARDS.name: dict(shards)}


def _alarms(tx: Transaction) -> dict[Labels, float]:
    return dict(
        Counter(
            (alarm.scope.account, alarm.scope.region, alarm.state.value)
            for alarm in every_alarm(tx)
        )
    )
