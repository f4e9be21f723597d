"""Ends shards when they are due: by age at their moment, by load when a partition runs hot.

Nothing polls. A timer stands at the next roll-over of any open shard; load is measured only while
there are writes, over a minute. What is due is decided in changelog/lifecycle.py.
"""

import asyncio
import logging
from collections.abc import Collection, Iterator
from functools import partial

from headwater.arns import Scope
from headwater.changelog.lifecycle import Load, ShardPolicy, due, due_at_ms
from headwater.changelog.shards import Shard
from headwater.clock import Clock, wait_event
from headwater.ids import Ids
from headwater.loops import Tasks
from headwater.storage.engine import Engine, Transaction
from headwater.storage.keyspace import HASH_SPACE
from headwater.tables.catalog import Catalog
from headwater.tables.partitions import find_open_shard, roll_over, split
from headwater.tables.schema import Table

log = logging.getLogger("headwater.shards")

MEASURE_MS = 60_000
RETRY_MS = 5_000  # after a look that failed
_NO_LOAD = Load(0.0, 0)
_FAR_MS = 365 * 24 * 60 * 60 * 1000


class ShardKeeper:
    """Keeps the shards of every table whose stream is on."""

    def __init__(
        self, engine: Engine, clock: Clock, ids: Ids, catalog: Catalog, policy: ShardPolicy
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._ids = ids
        self._catalog = catalog
        self._policy = policy
        self._tables: dict[tuple[Scope, str], Table] = {}
        self._woken = asyncio.Event()
        self._look_at_ms = clock.now_ms()  # nothing is due before
        self._measure_at_ms: int | None = None
        self._measured_ms = clock.now_ms()

    async def start(self, tasks: Tasks) -> None:
        """Keep the shards of all tables there are and will be, as long as `tasks` lives."""
        self._catalog.watch(self._table_changed)
        for table in await self._engine.run(self._catalog.every):
            self._table_changed(table)
        self._engine.watch(self._appended)
        tasks.spawn("shard keeper", self._keep())

    def kept(self) -> list[str]:
        """Names of the tables whose shards are kept, for whoever asks how things stand."""
        return [name for _, name in self._tables]

    def _table_changed(self, table: Table) -> None:
        key = (table.scope, table.name)
        if table.stream is None:
            self._tables.pop(key, None)
        else:
            self._tables[key] = table
            self._look_by(min(map(self._due_at_ms, table.stream.shards.shards)))

    def _look_by(self, at_ms: int) -> None:
        # Only what is sooner than all the rest wakes the keeper: with thousands of tables a look
        # at all of their shards for each change of one would take most of the change's time.
        if at_ms < self._look_at_ms:
            self._look_at_ms = at_ms
            self._woken.set()

    def _appended(self, logs: Collection[int]) -> None:
        if self._measure_at_ms is None:
            self._measured_ms = self._clock.now_ms()
            self._measure_at_ms = self._measured_ms + MEASURE_MS
            self._look_by(self._measure_at_ms)

    async def _keep(self) -> None:
        while True:
            self._woken.clear()
            if self._clock.now_ms() >= self._look_at_ms:
                try:
                    await self._keep_once()
                    self._look_at_ms = self._next_ms()
                except Exception:
                    log.exception("keeping shards failed")
                    self._look_at_ms = self._clock.now_ms() + RETRY_MS
            await wait_event(self._clock, self._woken, self._look_at_ms - self._clock.now_ms())

    def _next_ms(self) -> int:
        moments = [self._due_at_ms(shard) for _, shard in self._open_shards()]
        if self._measure_at_ms is not None:
            moments.append(self._measure_at_ms)
        return min(moments, default=self._clock.now_ms() + _FAR_MS)

    def _due_at_ms(self, shard: Shard) -> int:
        at_ms = due_at_ms(shard, self._policy)
        return self._clock.now_ms() + _FAR_MS if at_ms is None else at_ms

    async def _keep_once(self) -> None:
        now_ms = self._clock.now_ms()
        measuring = self._measure_at_ms is not None and now_ms >= self._measure_at_ms
        sizes = await self._engine.run(self._sizes) if measuring else {}
        for table, shard in list(self._open_shards()):
            load = self._load(table, shard, now_ms, sizes) if measuring else _NO_LOAD
            step = due(shard, now_ms, load, self._policy)
            if step != "keep":
                await self._engine.run(partial(self._end, table=table, shard=shard, step=step))
        if measuring:
            self._measure_at_ms = None
            for table in self._tables.values():
                if table.stream is not None:
                    table.stream.writes.clear()

    def _open_shards(self) -> Iterator[tuple[Table, Shard]]:
        for table in self._tables.values():
            if table.stream is not None:
                for shard in table.stream.shards.shards:
                    yield table, shard

    def _sizes(self, tx: Transaction) -> dict[int, int]:
        """Bytes of each table, by its number."""
        return {
            table.schema.id: tx.counter(table.counter_key)[1] for table in self._tables.values()
        }

    def _load(self, table: Table, shard: Shard, now_ms: int, sizes: dict[int, int]) -> Load:
        assert table.stream is not None
        seconds = max(1, now_ms - self._measured_ms) / 1000
        # Hashes spread items evenly, so a partition's share of the space is its share of the bytes.
        share = (shard.end_hash - shard.first_hash) / HASH_SPACE
        size = round(sizes.get(table.schema.id, 0) * share)
        return Load(table.stream.writes.get(shard.log, 0) / seconds, size)

    def _end(self, tx: Transaction, table: Table, shard: Shard, step: str) -> None:
        current = self._catalog.find(tx, table.scope, table.name)
        # Between the choice and now the table or its stream may have gone, or the shard ended.
        if current is None or find_open_shard(current, shard.id) is None:
            key = (table.scope, table.name)
            if current is None or current.stream is None:
                self._tables.pop(key, None)
            else:
                self._tables[key] = current
            return
        now_ms = self._clock.now_ms()
        if step == "split":
            split(tx, self._catalog, self._ids, current, shard, now_ms)
        else:
            roll_over(tx, self._catalog, self._ids, current, shard, now_ms)
        log.info("shard ended", extra={"table": table.name, "shard": shard.id, "step": step})
