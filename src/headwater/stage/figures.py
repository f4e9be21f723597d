"""Figures that take a look at the data: logs, lags, alarms.

They are read each time the metrics page is asked for; and once in a minute in which the node counts
anything or is asked for metrics, to be kept beside AWS's (`is_due` and `values` make this one of
monitoring.keeper's sources).
"""

from collections import Counter
from collections.abc import Iterable
from functools import partial
from typing import Final

from headwater.arns import DEFAULT_ACCOUNT, Scope
from headwater.changelog.retention import kept_streams
from headwater.changelog.stream import Stream, load_shards
from headwater.limits import MIB
from headwater.metrics.aws import own_series
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
from headwater.metrics.recorder import Series
from headwater.monitoring.alarms.alarms import every_alarm
from headwater.operations.services import Services
from headwater.stage.reader_lags import reader_lags
from headwater.stage.waiting import lanes_of, undelivered
from headwater.storage import keyspace
from headwater.storage.engine import Transaction
from headwater.storage.local import Figures as EngineFigures
from headwater.wire.reply import Reply

_COUNTED_MAX: Final = 1000
_READ_BYTES_MAX: Final = 4 * MIB
_MINUTE_MS: Final = 60_000
_GAUGES: Final = (ALARMS, LOG_RECORDS, LOG_SHARDS, MAPPING_LAG, MAPPING_WAITING)


class Figures:
    """Built once, by the node."""

    def __init__(self, services: Services, engine: EngineFigures, registry: Registry) -> None:
        self._services = services
        self._engine = engine
        self._registry = registry
        self._syncs = registry.summary(SYNC_SECONDS)
        self._groups = registry.summary(GROUP_TRANSACTIONS)
        registry.family(CHANGE_RECORDS, lambda: [((), engine.records)])
        self._values: dict[str, dict[Labels, float]] = {name.name: {} for name in _GAUGES}
        registry.before(self._refresh)
        for name in _GAUGES:
            registry.family(name, partial(self._told, name.name))
        registry.family(MAPPING_EVENTS, self._events)
        registry.gauge(FUNCTION_PROCESSES, lambda: len(services.functions.process_ids()))
        self._minute = -1
        self._known = (0, 0, 0, 0)  # of the engine's figures, when they were kept last
        services.monitoring.keeper.sources.append(self)

    def _told(self, name: str) -> Iterable[tuple[Labels, float]]:
        return self._values[name].items()

    async def rates(self) -> Reply:
        """GET /_headwater/rates: the metrics page without a new look at the logs, which costs with
        the number of tables; cheap enough to be asked for every second."""
        await self._refresh_all_but_logs()
        headers = {"Content-Type": "text/plain; version=0.0.4; charset=utf-8"}
        return Reply(self._registry.page(), headers=headers)

    async def _refresh(self) -> None:
        self._values.update(await self._logs())
        await self._refresh_all_but_logs()

    async def _refresh_all_but_logs(self) -> None:
        run = self._services.engine.run
        self._values.update(await run(self._lags))
        self._values[ALARMS.name] = await run(_alarms)
        engine = self._engine
        self._syncs.sums[()] = [engine.groups, engine.group_ns / 1e9]
        self._groups.sums[()] = [engine.groups, engine.transactions]

    async def _logs(self) -> dict[str, dict[Labels, float]]:
        """One stream at a time: a long log must not hold up requests."""
        run = self._services.engine.run
        records: Counter[Labels] = Counter()
        shards: Counter[Labels] = Counter()
        for stream in await run(kept_streams):
            labels = (stream.scope.account, stream.scope.region, stream.table)
            left = _COUNTED_MAX - records[labels]
            found, of_stream = await run(partial(_length, stream=stream, most=left))
            records[labels] += found
            shards[labels] += of_stream
        return {LOG_RECORDS.name: dict(records), LOG_SHARDS.name: dict(shards)}

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

    # --- to be kept ------------------------------------------------------------------------------

    def is_due(self, now_ms: int) -> bool:
        """Whether another minute has begun."""
        return now_ms // _MINUTE_MS != self._minute

    async def values(self, now_ms: int) -> list[tuple[Series, float]]:
        """As metrics of the namespace Headwater."""
        self._minute = now_ms // _MINUTE_MS
        kept = self._of_engine()
        logs = await self._logs()
        for name, figures in (
            ("LogRecords", logs[LOG_RECORDS.name]),
            ("LogShards", logs[LOG_SHARDS.name]),
        ):
            for (account, region, table), figure in figures.items():
                kept.append((own_series(Scope(account, region), name, TableName=table), figure))
        lags = await self._services.engine.run(self._lags)
        scopes = {
            status["uuid"]: Scope(status["account"], status["region"])
            for status in self._services.mappings.status()
        }
        for name, figures in (
            ("ReaderLag", lags[MAPPING_LAG.name]),
            ("ReaderWaitingRecords", lags[MAPPING_WAITING.name]),
        ):
            for (mapping, function, shard), figure in figures.items():
                if mapping in scopes:
                    named = {"Reader": mapping, "FunctionName": function, "ShardId": shard}
                    kept.append((own_series(scopes[mapping], name, **named), figure))
        return kept + await reader_lags(self._services, now_ms)

    def _of_engine(self) -> list[tuple[Series, float]]:
        """Means of what was done since the last time; nothing if nothing was."""
        engine, before = self._engine, self._known
        now = self._known = (engine.groups, engine.group_ns, engine.transactions, engine.records)
        groups, nanoseconds, transactions, records = (
            one - other for one, other in zip(now, before, strict=True)
        )
        if not groups:
            return []
        scope = Scope(DEFAULT_ACCOUNT, self._services.settings.region)
        return [
            (own_series(scope, "SyncTime"), nanoseconds / groups / 1e6),
            (own_series(scope, "GroupTransactions"), transactions / groups),
            (own_series(scope, "ChangeRecords"), records),
        ]

    def _events(self) -> Iterable[tuple[Labels, float]]:
        for status in self._services.mappings.status():
            for event, count in status["events"].items():
                if event != "IteratorAge":
                    yield (status["uuid"], status["function"], event), count


def _length(tx: Transaction, stream: Stream, most: int) -> tuple[int, int]:
    """Records of a stream's log, at most so many, and its shards."""
    records = 0
    shards = load_shards(tx, stream)
    for shard in shards:
        start, end = keyspace.log_range(shard.log, max(shard.trimmed + 1, 0))
        left = most - records
        records += len(tx.range(start, end, limit=left, bytes_max=_READ_BYTES_MAX)) if left else 0
    return records, len(shards)


def _alarms(tx: Transaction) -> dict[Labels, float]:
    return dict(
        Counter(
            (alarm.scope.account, alarm.scope.region, alarm.state.value)
            for alarm in every_alarm(tx)
        )
    )
