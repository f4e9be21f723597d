"""One mapping at work: a reader on its stream, and a lane for each shard that is read now."""

import asyncio
from collections.abc import Callable
from typing import Any

from headwater.changelog.record import Renderer
from headwater.changelog.stream import Stream
from headwater.changelog.wakeup import Wakeup
from headwater.consumers.feed import Feed
from headwater.consumers.mappings.context import Context, Plan
from headwater.consumers.mappings.document import Mapping
from headwater.consumers.mappings.lane import Lane
from headwater.consumers.reader import Reader
from headwater.loops import Tasks


class Worker:
    """Runs one enabled mapping until it is told to stop or its stream is gone.

    on_gone  called when the last record of the stream has expired: there is nothing left to read
    """

    def __init__(
        self, context: Context, wakeup: Wakeup, tasks: Tasks, on_gone: Callable[[], None]
    ) -> None:
        mapping = context.mapping
        self.context = context
        self._on_gone = on_gone
        self._lanes: list[Lane] = []
        self._reader = Reader(
            context.engine,
            context.clock,
            wakeup,
            owner=mapping.owner,
            stream=mapping.stream,
            lane=self._deliver,
        )
        self.task: asyncio.Task[None] = tasks.spawn(f"mapping {mapping.uuid}", self._run())

    def change(self, mapping: Mapping) -> None:
        """Go on with the settings of `mapping`. A batch in flight ends under the old ones."""
        self.context.plan = Plan(mapping)
        self._attend()

    def hurry(self) -> None:
        """The function has changed: what waits for its next try need not wait longer."""
        for lane in self._lanes:
            lane.hurry()

    def stop(self) -> None:
        """Start no more batches. `task` ends when those in flight have, and are stored."""
        self.context.stopping = True
        self._reader.stop()
        self._attend()

    @property
    def idle(self) -> bool:
        """True if everything that was committed to the stream has been dealt with."""
        # A lane that was opened may not have had its first turn yet.
        started = len(self._lanes) == self._reader.lanes
        return started and self._reader.idle and all(lane.idle for lane in self._lanes)

    def status(self) -> dict[str, Any]:
        """Where the mapping stands, as plain values."""
        mapping = self.context.mapping
        return {
            "uuid": mapping.uuid,
            "account": mapping.scope.account,
            "region": mapping.scope.region,
            "function": self.context.plan.function,
            "stream_arn": mapping.stream_arn,
            "result": self.context.result,
            "idle": self.idle,
            "lanes": [lane.status() for lane in self._lanes],
        }

    def _attend(self) -> None:
        for lane in self._lanes:
            lane.attend()

    async def _run(self) -> None:
        await self._reader.run()
        if not self.context.stopping:
            self._on_gone()

    async def _deliver(self, stream: Stream, feed: Feed) -> None:
        renderer = Renderer(stream.view, stream.scope.region, stream.arn)
        lane = Lane(self.context, feed, renderer)
        self._lanes.append(lane)
        try:
            await lane.run()
        finally:
            self._lanes.remove(lane)
