"""Ends transient statuses at their moment, on the node's clock, also those of a node before this.

Nothing polls: a timer stands at the earliest moment of any table, and a table that changes wakes
this task. What is then so is decided in tables/transient.py.
"""

import asyncio
import logging
from functools import partial

from headwater.arns import Scope
from headwater.clock import Clock, wait_event
from headwater.consumers.chores import Filling, fill_index
from headwater.loops import Tasks
from headwater.metrics.recorder import Recorder
from headwater.storage.engine import Engine, Transaction
from headwater.tables.catalog import Catalog
from headwater.tables.schema import CREATING, Table
from headwater.tables.transient import settle

log = logging.getLogger("headwater.settler")

_FAR_MS = 365 * 24 * 60 * 60 * 1000
_RETRY_MS = 5_000


class Settler:
    """The transient statuses of all tables of one node."""

    def __init__(
        self,
        engine: Engine,
        clock: Clock,
        catalog: Catalog,
        tasks: Tasks,
        recorder: Recorder | None = None,
    ) -> None:
        self._recorder = recorder or Recorder()
        self._engine = engine
        self._clock = clock
        self._catalog = catalog
        self._tasks = tasks
        self._due_ms: dict[tuple[Scope, str], int] = {}
        self._woken = asyncio.Event()

    async def start(self) -> None:
        """Serve all tables there are and will be, as long as the tasks live."""
        self._catalog.watch(self._table_changed)
        for table in await self._engine.run(self._catalog.every):
            self._table_changed(table)
        self._tasks.spawn("settler", self._serve())

    def _table_changed(self, table: Table) -> None:
        key = (table.scope, table.name)
        if table.schema.settles_ms is None:
            self._due_ms.pop(key, None)
        else:
            self._due_ms[key] = table.schema.settles_ms
            self._woken.set()

    async def _serve(self) -> None:
        while True:
            self._woken.clear()
            try:
                await self._settle_due()
                now_ms = self._clock.now_ms()
                wait_ms = min(self._due_ms.values(), default=now_ms + _FAR_MS) - now_ms
            except Exception:
                # One table that cannot be settled must not leave the others as they are.
                log.exception("ending a transient status failed")
                wait_ms = _RETRY_MS
            await wait_event(self._clock, self._woken, wait_ms)

    async def _settle_due(self) -> None:
        now_ms = self._clock.now_ms()
        for key, due_ms in list(self._due_ms.items()):
            if due_ms <= now_ms:
                table = await self._engine.run(partial(self._settle, key=key))
                if self._due_ms.get(key) == due_ms:
                    del self._due_ms[key]
                if table is not None:
                    self._fill_indexes(table)

    def _settle(self, tx: Transaction, key: tuple[Scope, str]) -> Table | None:
        now_ms = self._clock.now_ms()
        table = self._catalog.find(tx, *key)
        # Another table of that name may have taken its place.
        if table is None or table.schema.settles_ms is None or table.schema.settles_ms > now_ms:
            return None
        return settle(tx, self._catalog, table, now_ms)

    def _fill_indexes(self, table: Table) -> None:
        for index in table.schema.indexes:
            if index.status == CREATING:
                filling = Filling(self._recorder, table, index.name)
                work = fill_index(
                    self._engine, self._clock, self._catalog, table, index, filling=filling
                )
                self._tasks.spawn(f"fill index {table.name}.{index.name}", work)
