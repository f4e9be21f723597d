"""One link at work: a copy if one is asked for, and a reader on its replica's streams.

A replica's writes lie in the stream that was open when they were made (tables/log.py). The worker
reads one to its end and goes on with the next. If the log has forgotten writes that were not
shipped, the link was down for longer than the log is kept: it starts anew at the end of the log
and copies what the other side lacks.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from headwater.changelog.read import read_log
from headwater.changelog.retention import is_stream_gone
from headwater.changelog.stream import Stream, later_streams, load_shards, load_stream
from headwater.clock import sleep_ms
from headwater.consumers.checkpoint import forget_checkpoints, load_checkpoints, save_checkpoint
from headwater.consumers.feed import Feed
from headwater.consumers.reader import FROM_START, Reader, start_at_latest
from headwater.consumers.replication.batch import write_of
from headwater.consumers.replication.context import Context, Parts, Stopped, facts_of
from headwater.consumers.replication.lane import Lane
from headwater.consumers.replication.link import Link, current, put_link, reading
from headwater.consumers.replication.shipper import Shipper
from headwater.consumers.replication.walk import walk
from headwater.loops import Tasks
from headwater.storage.engine import Transaction

log = logging.getLogger("headwater.regions")

COUNTED_MAX = 1000
_RESTART_MS = 5000  # before a copy that died of our own bug goes on


class Worker:
    """Runs one link until it is told to stop or there is nothing left to ship.

    on_copied  called when a copy is complete
    on_end     called when every write is shipped that ever will be: the replica is gone
    """

    def __init__(
        self,
        parts: Parts,
        link: Link,
        tasks: Tasks,
        on_copied: Callable[[Link], None],
        on_end: Callable[[Link], None],
    ) -> None:
        self.context = Context(parts=parts, link=link, on_lost=self._lost)
        self._on_copied = on_copied
        self._on_end = on_end
        self._tasks = tasks
        self._shipper = Shipper(self.context)
        self._lanes: list[Lane] = []
        self._reader: Reader | None = None
        self._walk: asyncio.Task[None] | None = None
        self._name = f"{link.table} from {link.scope.region} to {link.region}"
        self.task: asyncio.Task[None] = tasks.spawn(f"link {self._name}", self._run())

    def stop(self) -> None:
        """Ship nothing more. `task` ends soon."""
        self.context.stopping = True
        if self._reader is not None:
            self._reader.stop()
        self.attend()

    def attend(self) -> None:
        """Look again now: the other side was heard of, or it is time to stop."""
        self._shipper.attend()
        for lane in self._lanes:
            lane.attend()

    @property
    def idle(self) -> bool:
        """True if every write that was committed is durable on the other side."""
        if self.task.done():
            return True
        if self.context.link.walked is not None or not self._shipper.idle:
            return False
        reader = self._reader
        started = reader is not None and len(self._lanes) == reader.lanes and reader.idle
        return started and all(lane.idle for lane in self._lanes)

    @property
    def in_hand(self) -> bool:
        """True if something is on its way to the other side, and nothing is known to be wrong."""
        if self.task.done() or self.context.trouble is not None:
            return False
        return not self._shipper.idle or any(lane.in_hand for lane in self._lanes)

    def hurry(self) -> None:
        """The other side is there again: do not wait any longer."""
        self._shipper.hurry()

    def watermark(self, now: int) -> int:
        """A sequence: everything up to it is durable on the other side; 0: not known.

        now  a sequence taken before this was asked
        """
        reader = self._reader
        if self.context.link.walked is not None or reader is None or self.context.has_lost:
            return 0
        if not self._lanes or len(self._lanes) != reader.lanes:
            return 0
        return min(now if lane.idle else lane.settled for lane in self._lanes)

    def status(self) -> dict[str, Any]:
        """Where the link stands, as plain values."""
        context, link = self.context, self.context.link
        return {
            "table": link.table,
            "account": link.scope.account,
            "from": link.scope.region,
            "to": link.region,
            "state": self._state(),
            "trouble": context.trouble,
            "shipped": context.shipped,
            "copied": context.copied,
            "superseded": context.superseded,
            "resynchronised": link.lost,
            "arrived_ms": context.arrived_ms or None,
            "lanes": [lane.status() for lane in self._lanes],
        }

    def behind(self, tx: Transaction) -> dict[str, Any]:
        """How many writes are not known to have arrived, counted up to COUNTED_MAX in each shard
        that is read now, and how old the oldest of them is."""
        writes, oldest_ms = 0, None
        region = self.context.link.scope.region
        for lane in self._lanes:
            if lane.idle:
                continue
            for entry in read_log(tx, lane.log, lane.settled, COUNTED_MAX):
                write = write_of(entry, region)
                if write is not None:
                    writes += 1
                    oldest_ms = min(oldest_ms or write.created_ms, write.created_ms)
        now_ms = self.context.parts.clock.now_ms()
        return {"behind": writes, "lag_ms": max(0, now_ms - oldest_ms) if oldest_ms else 0}

    def _state(self) -> str:
        context = self.context
        if self.task.done():
            return "ended"
        if context.trouble is not None:
            return "down"
        if context.link.walked is not None:
            return "copying"
        return "idle" if self.idle else "shipping"

    # --- reading -------------------------------------------------------------------------------

    async def _run(self) -> None:
        shipping = asyncio.ensure_future(self._shipper.run())
        try:
            while not self.context.stopping:
                if not await self._read_next():
                    return
        finally:
            self.context.stopping = True
            self.attend()
            if self._walk is not None:
                self._walk.cancel()
            await asyncio.gather(shipping, return_exceptions=True)

    async def _read_next(self) -> bool:
        """Read the stream that is the link's turn to its end; False: there is none."""
        context = self.context
        found = await context.parts.engine.run(self._next)
        if found is None:
            self._on_end(context.link)
            return False
        context.link = found
        if found.walked is not None and (self._walk is None or self._walk.done()):
            self._walk = self._tasks.spawn(f"copy {self._name}", self._copy())
            if context.parts.lines.is_one_way(found.region):
                # Nobody there can tell which of two writes is the later one.
                await asyncio.wait([self._walk])
        self._reader = Reader(
            context.parts.engine,
            context.parts.clock,
            context.parts.wakeup,
            owner=found.owner,
            stream=found.source,
            lane=self._ship,
        )
        await self._reader.run()
        if context.has_lost and not context.stopping:
            await self._start_anew()
        return True

    def _next(self, tx: Transaction) -> Link | None:
        """The link, reading a stream that is not shipped yet; None if there is none."""
        link = current(tx, self.context.link)
        while link is not None:
            stream = load_stream(tx, link.source)
            if stream is None or is_stream_gone(stream, self.context.parts.clock.now_ms()):
                # Nobody deletes what is shipped, so it went with what was not.
                self.context.has_lost = True
            elif not _is_shipped(tx, link, stream):
                if _has_gaps(tx, link, stream):
                    self.context.has_lost = True
                else:
                    return link
            if self.context.has_lost:
                link = self._anew(tx, link)
                if link is not None:
                    return link
                return None
            link = _moved_on(tx, link)
        return None

    async def _ship(self, stream: Stream, feed: Feed) -> None:
        """A lane, for the reader."""
        context = self.context
        lane = Lane(context, self._shipper, stream, feed, context.link.owner)
        self._lanes.append(lane)
        try:
            await lane.run()
        finally:
            self._lanes.remove(lane)
        link = context.link
        is_over = await context.parts.engine.run(lambda tx: _is_shipped(tx, link, stream))
        # A reader waits at the end of a stream until the last record expires; there may be a
        # next stream to read.
        if (is_over or context.has_lost) and self._reader is not None:
            self._reader.stop()

    # --- copying -------------------------------------------------------------------------------

    async def _copy(self) -> None:
        context = self.context
        is_complete = None
        while is_complete is None:
            try:
                is_complete = await walk(context, self._shipper)
            except Stopped:
                return
            except Exception:
                # A copy must not stand still for good because of one bug met once.
                log.exception("a copy was cut off")
                await sleep_ms(context.parts.clock, _RESTART_MS)
        if is_complete:
            context.link = replace(context.link, walked=None)
            log.info("copy complete", extra=facts_of(context.link) | {"items": context.copied})
            self._on_copied(context.link)

    def _lost(self) -> None:
        if self._reader is not None:
            self._reader.stop()
        self.attend()

    async def _start_anew(self) -> None:
        """Go on behind what was lost."""
        context = self.context
        link = await context.parts.engine.run(self._start_anew_in)
        if link is not None:
            context.link = link
            if self._walk is not None:
                self._walk.cancel()
                await sleep_ms(context.parts.clock, 0)
                self._walk = None

    def _start_anew_in(self, tx: Transaction) -> Link | None:
        link = current(tx, self.context.link)
        return None if link is None else self._anew(tx, link)

    def _anew(self, tx: Transaction, link: Link) -> Link | None:
        """The link at the end of its replica's log, with everything to compare and copy; None
        if the replica is gone."""
        self.context.has_lost = False
        table = self.context.parts.catalog.find(tx, link.scope, link.table)
        if table is None or table.schema.id != link.table_id or table.stream is None:
            return None
        stream = table.stream.stream
        forget_checkpoints(tx, link.owner)
        anew = replace(link, **reading(stream), walked="", compares=True, lost=link.lost + 1)
        if anew.owner == link.owner:
            # What was forgotten in this transaction cannot be written in it.
            anew = replace(anew, uuid=self.context.parts.ids.uuid())
        start_at_latest(tx, anew.owner, stream)
        log.warning("log is behind link: comparing and copying", extra=facts_of(link))
        return put_link(tx, anew)


def _is_shipped(tx: Transaction, link: Link, stream: Stream) -> bool:
    """Whether every shard of the stream is finished. While a stream is on this is never so,
    because a shard is closed and its children are opened at once."""
    checkpoints = load_checkpoints(tx, link.owner)
    return all(
        shard.id in checkpoints and checkpoints[shard.id].finished
        for shard in load_shards(tx, stream)
    )


def _has_gaps(tx: Transaction, link: Link, stream: Stream) -> bool:
    """Whether a shard has gone that was not shipped to its end."""
    kept = {shard.id for shard in load_shards(tx, stream)}
    checkpoints = load_checkpoints(tx, link.owner)
    return any(name not in kept and not one.finished for name, one in checkpoints.items())


def _moved_on(tx: Transaction, link: Link) -> Link | None:
    """Turn to the replica's next stream, stored; None if there is none."""
    later = later_streams(tx, link.scope, link.table, link.table_id, link.stream_id)
    if not later:
        return None
    forget_checkpoints(tx, link.owner)
    moved = put_link(tx, replace(link, **reading(later[0])))
    for shard in load_shards(tx, later[0]):
        if shard.parent is None:
            save_checkpoint(tx, moved.owner, shard.id, FROM_START)
    return moved
