"""One destination at work: a reader on its table's streams, one stream after the other.

A table's changes lie in the stream that was open when they were made (tables/log.py). The worker
reads one to its end, which is stored, and goes on with the next; within a stream the reader opens
a lane for each shard.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from headwater.changelog.retention import is_stream_gone
from headwater.changelog.stream import Stream, later_streams, load_shards, load_stream
from headwater.changelog.wakeup import Wakeup
from headwater.consumers.checkpoint import (
    forget_checkpoints,
    load_checkpoints,
    save_checkpoint,
)
from headwater.consumers.feed import Feed
from headwater.consumers.kinesis.context import Context, renderer_of
from headwater.consumers.kinesis.destination import Destination, current, reading
from headwater.consumers.kinesis.lane import Lane
from headwater.consumers.reader import FROM_START, Reader
from headwater.loops import Tasks
from headwater.storage.engine import Transaction


class Worker:
    """Runs one destination until it is told to stop or there is nothing left to deliver.

    on_end  called when every change is delivered that ever will be: the destination is being
            disabled, or its table is gone
    """

    def __init__(
        self, context: Context, wakeup: Wakeup, tasks: Tasks, on_end: Callable[[], None]
    ) -> None:
        self.context = context
        self._wakeup = wakeup
        self._on_end = on_end
        self._lanes: list[Lane] = []
        self._reader: Reader | None = None
        destination = context.destination
        name = f"kinesis {destination.table} to {destination.kinesis_name}"
        self.task: asyncio.Task[None] = tasks.spawn(name, self._run())

    def change(self, destination: Destination) -> None:
        """Go on with what `destination` says. A request in flight ends under the old."""
        self.context.renderer = renderer_of(destination)
        # Which stream is read is this worker's own business: it may have moved on since.
        self.context.destination = destination.reading_as(self.context.destination)
        self._attend()

    def stop(self) -> None:
        """Send nothing more. `task` ends when the requests in flight have, and are stored."""
        self.context.stopping = True
        if self._reader is not None:
            self._reader.stop()
        self._attend()

    @property
    def idle(self) -> bool:
        """True if every change that was committed has been delivered."""
        if self.task.done():
            return True
        reader = self._reader
        started = reader is not None and len(self._lanes) == reader.lanes and reader.idle
        return started and all(lane.idle for lane in self._lanes)

    @property
    def oldest_ms(self) -> int | None:
        """When the oldest change that waits to be delivered was made."""
        moments = [lane.oldest_ms for lane in self._lanes if lane.oldest_ms is not None]
        return min(moments, default=None)

    def status(self) -> dict[str, Any]:
        """Where the destination stands, as plain values."""
        destination = self.context.destination
        return {
            "table": destination.table,
            "account": destination.scope.account,
            "region": destination.scope.region,
            "stream_arn": destination.arn,
            "status": destination.status,
            "idle": self.idle,
            "trouble": self.context.trouble,
            "records": dict(self.context.counts),
            "lanes": [lane.status() for lane in self._lanes],
        }

    def _attend(self) -> None:
        for lane in self._lanes:
            lane.attend()

    async def _run(self) -> None:
        context = self.context
        while not context.stopping:
            found = await context.engine.run(self._next)
            if found is None:
                self._on_end()
                return
            # Its status may be older than what `change` has told meanwhile.
            context.destination = context.destination.reading_as(found)
            self._reader = Reader(
                context.engine,
                context.clock,
                self._wakeup,
                owner=found.owner,
                stream=found.source,
                lane=self._deliver,
            )
            await self._reader.run()

    def _next(self, tx: Transaction) -> Destination | None:
        """The destination, reading a stream that is not delivered yet; None if there is none."""
        destination = current(tx, self.context.destination)
        while destination is not None:
            stream = load_stream(tx, destination.source)
            if stream is not None and not self._is_over(tx, destination, stream):
                return destination
            destination = _moved_on(tx, destination)
        return None

    def _is_over(self, tx: Transaction, destination: Destination, stream: Stream) -> bool:
        return is_stream_gone(stream, self.context.clock.now_ms()) or _is_delivered(
            tx, destination, stream
        )

    async def _deliver(self, stream: Stream, feed: Feed) -> None:
        lane = Lane(self.context, feed)
        self._lanes.append(lane)
        try:
            await lane.run()
        finally:
            self._lanes.remove(lane)
        destination = self.context.destination
        is_over = await self.context.engine.run(lambda tx: _is_delivered(tx, destination, stream))
        # A reader waits at the end of a stream until the last record expires; there may be a
        # next stream to read.
        if is_over and self._reader is not None:
            self._reader.stop()


def _is_delivered(tx: Transaction, destination: Destination, stream: Stream) -> bool:
    """Whether every shard of the stream is finished.

    While a stream is on this is never so, because a shard is closed and its children are opened
    at once; except for a destination that is being disabled, whose lanes end by themselves.
    """
    checkpoints = load_checkpoints(tx, destination.owner)
    return all(
        shard.id in checkpoints and checkpoints[shard.id].finished
        for shard in load_shards(tx, stream)
    )


def _moved_on(tx: Transaction, destination: Destination) -> Destination | None:
    """Turn to the table's next stream, stored; None if there is none."""
    later = later_streams(
        tx, destination.scope, destination.table, destination.table_id, destination.stream_id
    )
    if not later:
        return None
    forget_checkpoints(tx, destination.owner)
    moved = replace(destination, **reading(later[0]))
    tx.put(moved.key, moved.encode())
    for shard in load_shards(tx, later[0]):
        if shard.parent is None:
            # All of it is to be delivered; what expires before is a loss to be told.
            save_checkpoint(tx, moved.owner, shard.id, FROM_START)
    return moved
