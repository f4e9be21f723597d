"""One mapping at work: a reader on its stream, and lanes for each shard that is read now."""

import asyncio
from collections.abc import Callable
from typing import Any

from headwater.changelog.stream import Stream
from headwater.consumers.feed import Feed
from headwater.consumers.mappings.context import Context, Plan
from headwater.consumers.mappings.document import Mapping
from headwater.consumers.mappings.shard_lanes import ShardLanes
from headwater.consumers.reader import Reader
from headwater.loops import Tasks


class Worker:
    """Runs one enabled mapping until it is told to stop or its stream is gone.

    on_gone  called when the last record of the stream has expired: there is nothing left to read
    """

    def __init__(self, context: Context, tasks: Tasks, on_gone: Callable[[], None]) -> None:
        mapping = context.mapping
        self.context = context
        self._on_gone = on_gone
        self._shards: list[ShardLanes] = []
        self._reader = Reader(
            context.engine,
            context.clock,
            context.wakeup,
            owner=mapping.owner,
            stream=mapping.stream,
            lane=self._deliver,
        )
        self.task: asyncio.Task[None] = tasks.spawn(f"mapping {mapping.uuid}", self._run())

    def change(self, mapping: Mapping) -> None:
        """Go on with the settings of `mapping`. A batch in flight ends under the old ones."""
        self.context.plan = Plan(mapping)
        self._attend()

    def skip(self, shard_id: str) -> int:
        """Give up what waits for its next try in a shard; in so many lanes."""
        return sum(shard.skip() for shard in self._shards if shard.shard_id == shard_id)

    def hurry(self) -> None:
        """What waits for its next try need not wait longer: the function has changed, say."""
        for shard in self._shards:
            shard.hurry()

    def stop(self) -> None:
        """Start no more batches. `task` ends when those in flight have, and are stored."""
        self.context.stopping = True
        self._reader.stop()
        self._attend()

    @property
    def idle(self) -> bool:
        """True if everything that was committed to the stream has been dealt with."""
        # A shard that was opened may not have had its first turn yet.
        started = len(self._shards) == self._reader.lanes
        return started and self._reader.idle and all(shard.idle for shard in self._shards)

    @property
    def held_ms(self) -> int | None:
        """When the last record was made of the oldest batch that is tried, or is to be again."""
        held = [shard.held_ms for shard in self._shards]
        return min((moment for moment in held if moment is not None), default=None)

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
            "metrics": list(self.context.plan.metrics),
            "events": self.context.counts.told(),
            "lanes": [shard.status() for shard in self._shards],
        }

    def _attend(self) -> None:
        for shard in self._shards:
            shard.attend()

    async def _run(self) -> None:
        await self._reader.run()
        if not self.context.stopping:
            self._on_gone()

    async def _deliver(self, stream: Stream, feed: Feed) -> None:
        shard = ShardLanes(self.context, stream, feed)
        self._shards.append(shard)
        try:
            await shard.run()
        finally:
            self._shards.remove(shard)
