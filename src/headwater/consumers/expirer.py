"""Deletes items when their time to live has ended, on the node's clock.

AWS deletes "within a few days"; here an item goes within the second after its last. Nothing
polls: a timer stands at the earliest expiry of any table, and a write that changes an expiry
wakes this task (tables/expiry.py touches the table's number).
"""

import asyncio
import logging
from collections.abc import Callable
from functools import partial

from headwater.changelog.wakeup import Wakeup
from headwater.clock import Clock, wait_event
from headwater.loops import Tasks
from headwater.metrics.aws import table_series
from headwater.metrics.recorder import Recorder
from headwater.storage.engine import Engine, Transaction
from headwater.tables.catalog import Catalog
from headwater.tables.schema import Table
from headwater.tables.ttl import STEP_ITEMS, delete_expired, fill, next_expiry_ms

log = logging.getLogger("headwater.ttl")

_FAR_MS = 365 * 24 * 60 * 60 * 1000
_RETRY_MS = 5_000


class Expirer:
    """The TTL service of one node, for all tables."""

    def __init__(
        self,
        engine: Engine,
        clock: Clock,
        catalog: Catalog,
        wakeup: Wakeup,
        recorder: Recorder | None = None,
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._catalog = catalog
        self._wakeup = wakeup
        self._recorder = recorder or Recorder()
        self._tables: dict[int, Table] = {}  # by number, those with TTL on
        self._unsubscribe: dict[int, Callable[[], None]] = {}
        self._due_ms: dict[int, int | None] = {}  # by number; absent: to be looked up
        self._filled_to: dict[int, bytes] = {}  # by number, where listing what was there stands
        self._woken = asyncio.Event()

    async def start(self, tasks: Tasks) -> None:
        """Serve all tables there are and will be, as long as `tasks` lives."""
        self._catalog.watch(self._table_changed)
        for table in await self._engine.run(self._catalog.every):
            self._table_changed(table)
        tasks.spawn("ttl", self._serve())

    @property
    def idle(self) -> bool:
        """True if no expired item, as far as this task knows, is still there."""
        now_ms = self._clock.now_ms()
        return all(
            number in self._due_ms and ((due_ms := self._due_ms[number]) is None or due_ms > now_ms)
            for number in self._tables
        )

    def _table_changed(self, table: Table) -> None:
        number = table.schema.id
        if table.ttl_name is None:
            self._forget(number)
            return
        self._tables[number] = table
        if number not in self._unsubscribe:
            self._unsubscribe[number] = self._wakeup.subscribe(number, partial(self._touch, number))
        self._touch(number)

    def _touch(self, number: int) -> None:
        self._due_ms.pop(number, None)
        self._woken.set()

    def _forget(self, number: int) -> None:
        self._tables.pop(number, None)
        self._due_ms.pop(number, None)
        self._filled_to.pop(number, None)
        if number in self._unsubscribe:
            self._unsubscribe.pop(number)()

    async def _serve(self) -> None:
        while True:
            self._woken.clear()
            wait_ms = _RETRY_MS
            try:
                for number in list(self._tables):
                    await self._serve_table(number)
                now_ms = self._clock.now_ms()
                known = [due for due in self._due_ms.values() if due is not None]
                wait_ms = min(known, default=now_ms + _FAR_MS) - now_ms
            except Exception:
                log.exception("deleting expired items failed")
            await wait_event(self._clock, self._woken, wait_ms)

    async def _serve_table(self, number: int) -> None:
        table = self._tables.get(number)  # it may have gone while another was served
        if table is not None and not table.schema.ttl_filled:
            while await self._engine.run(partial(self._fill_step, number=number)):
                pass
        while number in self._tables:
            due_ms = self._due_ms.get(number, 0)
            if due_ms is None or due_ms > self._clock.now_ms():
                return
            # Set before the look: a write that comes meanwhile takes it away again.
            self._due_ms[number] = None
            found = await self._engine.run(partial(self._step, number=number))
            if found is None:
                self._forget(number)
            elif number in self._due_ms:
                self._due_ms[number] = found[0]

    def _step(self, tx: Transaction, number: int) -> tuple[int | None] | None:
        """Delete some of what is due; when the next is due, or None if the table is gone."""
        table = self._current(tx, number)
        if table is None:
            return None
        now_ms = self._clock.now_ms()
        count, deleted = delete_expired(tx, table, now_ms)
        if deleted:
            series = table_series(table.scope, "TimeToLiveDeletedItemCount", table.name)
            tx.after_commit(partial(self._recorder.add, series, deleted))
            log.info("expired items deleted", extra={"table": table.name, "items": deleted})
        return (now_ms if count == STEP_ITEMS else next_expiry_ms(tx, table, now_ms),)

    def _fill_step(self, tx: Transaction, number: int) -> bool:
        """List some of the items that were there before TTL was turned on; False at the end.

        Where that stands is forgotten when TTL is turned off: what was listed is gone then.
        """
        table = self._current(tx, number)
        if table is None or table.schema.ttl_filled:
            return False
        after = fill(tx, self._catalog, table, self._filled_to.pop(number, b""))
        if after is None:
            return False
        self._filled_to[number] = after
        return True

    def _current(self, tx: Transaction, number: int) -> Table | None:
        known = self._tables.get(number)
        if known is None:
            return None
        table = self._catalog.find(tx, known.scope, known.name)
        if table is None or table.schema.id != number or table.ttl_name is None:
            return None
        return table
