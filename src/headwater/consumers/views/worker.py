"""One view at work: what its table has logged, and what was there before, becomes its rows.

Each step is one transaction: changes are read, the rows take what they come to, and the positions
move. While a view is built, a step that has read the log to its end goes on to the next items and
moves the frontier with them; so every item is counted as it was when the frontier passed it, and
every later change of it is counted once. Whatever dies, the next step begins where the last one
that was stored ended.

A step takes all that waits, up to a bound, and between steps there is a pause: a busy table gets
larger steps and fewer, and requests are not held up.
"""

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final, NamedTuple

from headwater.changelog.record import EVENT_NAMES, images_of, keys_of, outline_of
from headwater.changelog.stream import Stream, later_streams, load_shards, load_stream
from headwater.changelog.wakeup import Wakeup
from headwater.clock import Clock, SystemClock, monotonic_ns, sleep_ms
from headwater.consumers.checkpoint import forget_checkpoints, save_checkpoint
from headwater.consumers.doorbell import Doorbell
from headwater.consumers.reader import FROM_START, start_at_latest
from headwater.consumers.views.alerting import Alerting
from headwater.consumers.views.document import (
    BUILDING,
    LIVE,
    WAITING,
    View,
    current,
    reading,
)
from headwater.consumers.views.lens import Lens
from headwater.consumers.views.results import Results
from headwater.consumers.views.rows import Delta, needs_of
from headwater.consumers.views.source import Source
from headwater.consumers.views.store import Store
from headwater.consumers.views.windows import ALL_TIME
from headwater.ids import Ids
from headwater.limits import MIB
from headwater.storage import keyspace
from headwater.storage.engine import Engine, Transaction
from headwater.storage.sequence import ms_of
from headwater.tables.catalog import Catalog
from headwater.tables.definition import need_log
from headwater.tables.keys import key_of_item
from headwater.tables.schema import Table
from headwater.tables.stored import json_of
from headwater.values.codec import decode_item

log = logging.getLogger("headwater.views")

STEP_RECORDS: Final = 500
STEP_ITEMS: Final = 500
PACE_MS: Final = 100  # between steps, in real time: a chart is fluent, and steps are worth it
REST: Final = 4  # of its time a view that is behind works one part and rests this many
RESTART_MS: Final = 5000
AHEAD_MS: Final = 24 * 60 * 60 * 1000  # how far a change's own time may be ahead of the clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What views work with. tell: told of a view whose alerts have something to tell."""

    engine: Engine
    clock: Clock
    ids: Ids
    catalog: Catalog
    wakeup: Wakeup
    real_clock: Clock = field(default_factory=SystemClock)
    tell: Callable[[View], None] | None = None


class _Lost(Exception):
    """Changes expired before they were read. Ends a transaction that must leave nothing."""


class Step(NamedTuple):
    """What a step came to.

    view      None if it is gone
    has_more  take another one soon
    is_over   the stream is read to its end: go on with the next
    tells     an alert has something to tell
    """

    view: View | None
    has_changed: bool = False
    has_more: bool = False
    is_over: bool = False
    tells: bool = False
    records: int = 0
    skipped: int = 0
    read_to_ms: int | None = None  # when the last record was made, if there is more


class Worker:
    """Runs one view until it is closed or the view is gone.

    results  for whoever asks what the view has come to
    version  another one whenever that may be something else
    """

    def __init__(self, parts: Parts, view: View) -> None:
        self.parts = parts
        self.view = view
        self.lens = Lens(view.definition)
        self.windows = view.definition.windows
        self.store = Store(view.id, needs_of(view.definition, self.lens.paths))
        self.results = Results(view.definition, self.store, self.lens.paths)
        self.alerting = Alerting(self.results)
        self._boot = parts.ids.hex(8)
        self._steps = 0
        self._watchers: set[Doorbell] = set()
        self.records = 0  # changes read since the node started
        self.skipped = 0  # of those, how many had no place in any window
        self.trouble: str | None = None
        self.task: asyncio.Task[None] | None = None
        self._bell = Doorbell()
        self._source: Source | None = None
        self._is_idle = False
        self._drained_ms = parts.clock.now_ms()
        self._oldest_pane: int | None = None
        self._is_fresh = True
        self._worked_ns = 0  # of the last step

    @property
    def idle(self) -> bool:
        """True if every change that was committed counts."""
        done = self.task is not None and self.task.done()
        return done or (self._is_idle and not self._bell.rung)

    @property
    def lag_ms(self) -> int:
        """Age of what the view has not taken yet; 0 if there is nothing."""
        if self.idle or self.view.status == WAITING:
            return 0
        return max(0, self.parts.clock.now_ms() - self._drained_ms)

    @property
    def version(self) -> str:
        open_end = "" if self.windows is None else self.windows.open_end(self.parts.clock.now_ms())
        return f"{self._boot}-{self._steps}-{open_end}"

    def attend(self) -> None:
        """Take a step now."""
        self._bell.ring()

    def tell(self) -> None:
        """The view may have come to something else: wake who waits for that."""
        self._steps += 1
        for watcher in self._watchers:
            watcher.ring()

    @contextmanager
    def watched(self, watcher: Doorbell) -> Iterator[None]:
        """Ring `watcher` when the view may have come to something else, or its window ends."""
        self._watchers.add(watcher)
        timer = None
        if self.windows is not None:
            end_ms = self.windows.open_end(self.parts.clock.now_ms())
            timer = self.parts.clock.call_at(end_ms, watcher.ring)
        try:
            yield
        finally:
            self._watchers.discard(watcher)
            if timer is not None:
                timer.cancel()

    def close(self) -> None:
        if self._source is not None:
            self._source.close()

    async def run(self) -> None:
        """Take steps until the view is gone."""
        try:
            while True:
                self._is_idle = False
                self._bell.answer()
                began_ms = self.parts.real_clock.now_ms()
                step = await self._try()
                if step is None:
                    await sleep_ms(self.parts.real_clock, RESTART_MS)
                    continue
                if step.view is None:
                    return
                self._took(step)
                if step.has_more:
                    rest_ms = REST * self._worked_ns // 1_000_000
                    await sleep_ms(self.parts.real_clock, min(PACE_MS, rest_ms))
                    continue
                self._is_idle = True
                await self._bell.wait(self.parts.clock, self._due_ms())
                self._is_idle = False
                passed_ms = self.parts.real_clock.now_ms() - began_ms
                await sleep_ms(self.parts.real_clock, min(PACE_MS, PACE_MS - passed_ms))
        finally:
            self.close()

    async def _try(self) -> Step | None:
        engine = self.parts.engine
        try:
            try:
                step = await engine.run(self._measured_step)
            except _Lost:
                self._forget_all()
                step = await engine.run(self._lost)
            if step.is_over:
                step = await engine.run(partial(self._next_stream, step=step))
        except Exception as trouble:
            log.exception("view step failed", extra={"view": self.view.name})
            self.trouble = f"{type(trouble).__name__}: {trouble}"
            self._forget_all()
            return None
        self.trouble = None
        return step

    def _forget_all(self) -> None:
        """The transaction was discarded: nothing that is remembered can be relied on."""
        self.close()
        self._source = None
        self._is_fresh = True
        self.store.forget_cache()
        self.alerting.forget()

    def _measured_step(self, tx: Transaction) -> Step:
        began_ns = monotonic_ns()
        step = self._step(tx)
        self._worked_ns = monotonic_ns() - began_ns
        return step

    def _took(self, step: Step) -> None:
        assert step.view is not None
        self.records += step.records
        self.skipped += step.skipped
        if step.read_to_ms is not None:
            self._drained_ms = step.read_to_ms
        elif not step.has_more:
            self._drained_ms = self.parts.clock.now_ms()
        if step.tells and self.parts.tell is not None:
            self.parts.tell(step.view)
        if step.has_changed or step.view != self.view:
            self.view = step.view
            self.tell()

    def _due_ms(self) -> int | None:
        """When there is something to do although nothing changes."""
        moments = []
        if (judge_ms := self.alerting.due_ms(self.parts.clock.now_ms())) is not None:
            moments.append(judge_ms)
        if self.windows is not None and self._oldest_pane is not None:
            kept_ms = self.windows.size_ms + self.windows.keep_ms + self._slack_ms
            moments.append(self._oldest_pane + kept_ms + 1)
        return min(moments, default=None)

    @property
    def _slack_ms(self) -> int:
        """How much later than it may a pane is forgotten: several at once are cheaper."""
        assert self.windows is not None
        return max(self.windows.every_ms, self.windows.keep_ms // 8)

    # --- a step ----------------------------------------------------------------------------------

    def _step(self, tx: Transaction) -> Step:
        view = current(tx, self.view)
        if view is None:
            return Step(None)
        table = self.parts.catalog.find(tx, view.scope, view.definition.table)
        if view.status == WAITING:
            if table is None:
                return Step(view)
            return Step(attach(tx, self.parts, view, table), has_more=True)
        is_same = table is not None and table.schema.id == view.table_id
        if not is_same and self.windows is None:
            return Step(self._detach(tx, view), True, has_more=True)
        if self._source is None:
            self._source = self._open(tx, view)
        page = self._source.read(tx, STEP_RECORDS) if self._source is not None else None
        if page is None or page.is_lost:
            raise _Lost
        delta = Delta(self.store.needs)
        skipped = self._take(table, view, page.records, delta)
        # A stream that is over is followed by one with further changes.
        if view.status == BUILDING and page.is_drained and not page.is_over:
            assert table is not None
            view = self._build(tx, table, view, delta)
        changed = self.store.apply(tx, delta)
        for pane, _, _ in changed:
            if self._oldest_pane is None or pane < self._oldest_pane:
                self._oldest_pane = pane
        has_changed = self._forget_old(tx) or bool(changed)
        tells = False
        if view.status == LIVE and (self.windows is None or page.is_drained):
            tells = self.alerting.judge(tx, view, changed, self.parts.clock.now_ms())
        return Step(
            view,
            has_changed,
            has_more=not page.is_drained or view.status == BUILDING,
            is_over=page.is_over,
            tells=tells,
            records=len(page.records),
            skipped=skipped,
            read_to_ms=None if page.is_drained else ms_of(page.last),
        )

    def _open(self, tx: Transaction, view: View) -> Source | None:
        stream = load_stream(tx, view.source)
        if stream is None or stream.id != view.stream_id:
            return None
        if self._is_fresh:
            self._is_fresh = False
            self._oldest_pane = None if self.windows is None else self.store.oldest_pane(tx)
        return Source(view.owner, stream, self.parts.wakeup, self._bell.ring)

    def _take(self, table: Table | None, view: View, records: list[bytes], delta: Delta) -> int:
        """Count changes; how many have no place in any window."""
        if self.windows is not None:
            return self._take_in_windows(records, delta)
        if view.status == BUILDING:
            assert table is not None
            frontier = bytes.fromhex(view.frontier)
            # What is beyond will be met as an item.
            records = [stored for stored in records if _key(table, stored) <= frontier]
        see = self.lens.see
        for stored in records:
            new_json, old_json = images_of(stored)
            old = see(decode_item(old_json)) if old_json else None
            new = see(decode_item(new_json)) if new_json else None
            if old == new:
                continue
            if old is not None:
                delta.leave(ALL_TIME, old)
            if new is not None:
                delta.come(ALL_TIME, new)
        return 0

    def _take_in_windows(self, records: list[bytes], delta: Delta) -> int:
        windows, lens, skipped = self.windows, self.lens, 0
        assert windows is not None
        now_ms = self.parts.clock.now_ms()
        first_pane, last_ms = windows.first_pane(now_ms), now_ms + AHEAD_MS
        kinds = {EVENT_NAMES.index(name) for name in self.view.definition.events}
        for stored in records:
            kind, created_ms, image = outline_of(stored)
            if kind not in kinds:
                continue
            item = decode_item(image)
            seen = lens.see(item)
            if seen is None:
                continue
            moment_ms = lens.moment_ms(item, created_ms)
            if moment_ms is None or moment_ms > last_ms or moment_ms < first_pane:
                skipped += 1
                continue
            delta.come(windows.pane(moment_ms), seen)
        return skipped

    def _build(self, tx: Transaction, table: Table, view: View, delta: Delta) -> View:
        """Count the next items and move the frontier. The log has been read to its end, in this
        transaction: what is behind the frontier counts as it is now."""
        start = bytes.fromhex(view.frontier) + b"\0" if view.frontier else table.prefix
        end = keyspace.successor(table.prefix)
        found = tx.range(start, end, limit=STEP_ITEMS, bytes_max=MIB)
        for _, value in found:
            seen = self.lens.see(decode_item(json_of(value)))
            if seen is not None:
                delta.come(ALL_TIME, seen)
        scanned = view.scanned + len(found)
        if found:
            view = replace(view, frontier=found[-1][0].hex(), scanned=scanned)
        else:
            log.info("view built", extra={"view": view.name, "items": scanned})
            view = replace(view, frontier="", scanned=scanned, status=LIVE)
        view.put(tx)
        return view

    def _forget_old(self, tx: Transaction) -> bool:
        """Forget panes that no window which is kept needs."""
        if self.windows is None or self._oldest_pane is None:
            return False
        first = self.windows.first_pane(self.parts.clock.now_ms())
        if self._oldest_pane + self._slack_ms > first:
            return False
        # Panes that are written in this transaction are not before `first`.
        self.store.drop_before(tx, first)
        self._oldest_pane = self.store.oldest_pane(tx)
        return True

    # --- what the table does ---------------------------------------------------------------------

    def _next_stream(self, tx: Transaction, step: Step) -> Step:
        """The stream is read to its end: go on with the table's next, if there is one."""
        self.close()
        self._source = None
        view = current(tx, self.view)
        if view is None:
            return Step(None)
        table, table_id = view.definition.table, view.table_id
        later = later_streams(tx, view.scope, table, table_id, view.stream_id)
        if not later:
            return step._replace(view=self._detach(tx, view), has_changed=True, has_more=True)
        forget_checkpoints(tx, view.owner)
        moved = replace(view, **reading(later[0]))
        moved.put(tx)
        for shard in load_shards(tx, later[0]):
            if shard.parent is None:
                save_checkpoint(tx, moved.owner, shard.id, FROM_START)
        return step._replace(view=moved, has_more=True)

    def _detach(self, tx: Transaction, view: View) -> View:
        """The table is gone, and with it all items; windows keep what was."""
        self._let_go(tx, view)
        gone = replace(view, status=WAITING, table_id=0, stream_id=0, frontier="", scanned=0)
        gone.put(tx)
        return gone

    def _lost(self, tx: Transaction) -> Step:
        """Changes expired before they were read: begin anew with what there is."""
        view = current(tx, self.view)
        if view is None:
            return Step(None)
        log.warning("view lost changes", extra={"view": view.name})
        self._let_go(tx, view)
        lost_ms = self.parts.clock.now_ms()
        anew = replace(view, status=WAITING, table_id=0, stream_id=0, lost_ms=lost_ms)
        anew.put(tx)
        return Step(anew, True, has_more=True)

    def _let_go(self, tx: Transaction, view: View) -> None:
        self.close()
        self._source = None
        forget_checkpoints(tx, view.owner)
        self.alerting.forget()
        if self.windows is None:
            self.store.drop(tx)


def _key(table: Table, stored: bytes) -> bytes:
    """Where the item lies that a record is about."""
    return key_of_item(table, decode_item(keys_of(stored))).data


def attach(tx: Transaction, parts: Parts, view: View, table: Table) -> View:
    """Follow `table` from now on; items there are will be gone through. Stored."""
    now_ms = parts.clock.now_ms()
    changed = need_log(tx, parts.catalog, parts.ids, now_ms, table, view.user)
    assert changed.stream is not None
    stream: Stream = changed.stream.stream
    fields: dict[str, Any] = reading(stream)
    status = BUILDING if view.definition.windows is None else LIVE
    attached = replace(
        view, status=status, table_id=table.schema.id, frontier="", scanned=0, **fields
    )
    attached.put(tx)
    start_at_latest(tx, attached.owner, stream)
    return attached
