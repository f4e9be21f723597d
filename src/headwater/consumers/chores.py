"""What a node does on the side, on its clock: fill new indexes, forget what is too old.

Nothing that a caller can see depends on when a chore last ran, except that an index stays in
CREATING until it is filled. Each step is a small transaction of its own, so that requests are
not held up, and each may be done again, so that a node that dies goes on where it can.
"""

import logging
from functools import partial

from headwater.backups.point_in_time import kept_ms_of
from headwater.changelog.retention import kept_streams, sweep_stream
from headwater.changelog.stream import Stream
from headwater.clock import Clock, sleep_ms
from headwater.loops import Tasks
from headwater.metrics.aws import index_series
from headwater.metrics.recorder import Recorder
from headwater.storage.engine import Engine, Transaction
from headwater.tables.catalog import Catalog
from headwater.tables.definition import Progress, backfill
from headwater.tables.schema import CREATING, Index, Table
from headwater.tables.transaction import forget_tokens

log = logging.getLogger("headwater.chores")

SWEEP_INTERVAL_MS = 60 * 60 * 1000  # gives back disk, which is kept for a day anyway


class Filling:
    """What the filling of an index adds to AWS's metrics."""

    def __init__(self, recorder: Recorder, table: Table, name: str) -> None:
        self._recorder = recorder
        self._table = table
        self._name = name
        self._items = 0

    def note(self, progress: Progress) -> None:
        """A step was made. Items that are written meanwhile move the end, but never past it."""
        self._items += progress.items
        share = 100 * self._items / max(progress.total, self._items, 1)
        self._add("OnlineIndexPercentageProgress", 100 if progress.is_done else share)
        if progress.units:
            self._add("OnlineIndexConsumedWriteCapacity", progress.units)

    def _add(self, name: str, value: float) -> None:
        table = self._table
        self._recorder.add(index_series(table.scope, name, table.name, self._name), value)


async def fill_index(
    engine: Engine,
    clock: Clock,
    catalog: Catalog,
    table: Table,
    index: Index,
    *,
    after: bytes = b"",
    filling: Filling | None = None,
) -> None:
    """Fill a new index until it is ACTIVE, or until it or its table is gone.

    after  as the last step's Progress told it; b"" begins
    """

    def step(tx: Transaction) -> Progress:
        current = catalog.find(tx, table.scope, table.name)
        # A table or an index of the same name may have taken its place.
        if current is None or current.schema.id != table.schema.id:
            return Progress(after, True)
        known = current.indexes.get(index.name)
        if known is None or known.number != index.number or known.status != CREATING:
            return Progress(after, True)
        return backfill(tx, catalog, current, index.name, after)

    is_done = False
    while not is_done:
        progress = await engine.run(step)
        after, is_done = progress.after, progress.is_done
        if filling is not None:
            filling.note(progress)
        # A step that found nothing to write comes back without a turn of the loop.
        await sleep_ms(clock, 0)
    log.info("index filled", extra={"table": table.name, "index": index.name})


async def sweep(engine: Engine, clock: Clock, catalog: Catalog) -> None:
    """Forget once what is too old: change records, shards, streams, idempotency tokens."""
    now_ms = clock.now_ms()

    def step(tx: Transaction, stream: Stream, after: str) -> str | None:
        return sweep_stream(tx, stream, now_ms, kept_ms_of(tx, catalog, stream), after)

    for stream in await engine.run(kept_streams):
        shard: str | None = ""
        while shard is not None:
            shard = await engine.run(partial(step, stream=stream, after=shard))
            await sleep_ms(clock, 0)
    after: bytes | None = b""
    while after is not None:
        after = await engine.run(partial(forget_tokens, after=after, now_ms=now_ms))
        await sleep_ms(clock, 0)


class Chores:
    """The chores of one node, on `tasks`; they end with those."""

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

    async def start(self) -> None:
        """Go on filling the indexes that a node before this one began, and sweep from now on."""
        for table in await self._engine.run(self._catalog.every):
            if table.schema.settles_ms is not None:
                continue  # it is filled when its table's transient status is over
            for index in table.schema.indexes:
                if index.status == CREATING:
                    filling = Filling(self._recorder, table, index.name)
                    work = fill_index(
                        self._engine, self._clock, self._catalog, table, index, filling=filling
                    )
                    self._tasks.spawn(f"fill index {table.name}.{index.name}", work)
        self._tasks.spawn("sweep", self._sweep_for_ever())

    async def _sweep_for_ever(self) -> None:
        while True:
            try:
                await sweep(self._engine, self._clock, self._catalog)
            except Exception:
                # One sweep that fails must not be the last one.
                log.exception("sweep failed")
            await sleep_ms(self._clock, SWEEP_INTERVAL_MS)
