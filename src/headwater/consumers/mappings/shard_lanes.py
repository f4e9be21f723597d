"""One shard of a mapping: the lanes that deliver it side by side, and when it is finished.

Mostly there is one. A mapping with a ParallelizationFactor has as many for each shard; when the
factor changes, they end, the shard is divided anew where they stood, and others begin.
"""

import asyncio
from typing import Any

from headwater.changelog.record import Renderer
from headwater.changelog.stream import Stream
from headwater.consumers.checkpoint import Checkpoint
from headwater.consumers.feed import Feed
from headwater.consumers.mappings.context import Context
from headwater.consumers.mappings.lane import Lane
from headwater.consumers.mappings.ledger import Ledger
from headwater.consumers.mappings.share import Share, partition_key_of
from headwater.consumers.mappings.source import Source

# Of several lanes, the phase that says most about what their shard waits for.
_PHASES = ("invoking", "pause", "reading", "window", "idle", "ended")
_SUMS = ("batch_records", "invocations", "delivered", "filtered", "given_up", "expired")
_MOST = ("attempts", "failures")


class ShardLanes:
    """Delivers the shard of `feed`, from the checkpoint it was opened with, to its end."""

    def __init__(self, context: Context, stream: Stream, feed: Feed) -> None:
        self._context = context
        self._stream = stream
        self._feed = feed
        self._ledger = Ledger(context, feed.shard.id, feed.checkpoint)
        self._partition_key = partition_key_of(stream.key_schema)
        self._lanes: list[Lane] = []

    def attend(self) -> None:
        """Look at the context now: the plan has changed, or it is time to stop."""
        for lane in self._lanes:
            lane.attend()

    def hurry(self) -> None:
        """Try again now what waits for its next try."""
        for lane in self._lanes:
            lane.hurry()

    def skip(self) -> int:
        """Give up what waits for its next try; in so many lanes."""
        return sum(lane.skip() for lane in self._lanes)

    @property
    def shard_id(self) -> str:
        return self._feed.shard.id

    @property
    def idle(self) -> bool:
        """True if everything that was committed has been dealt with."""
        lanes = self._lanes
        # When all have ended, what follows from that is still to be done.
        return all(lane.idle for lane in lanes) and not all(lane.has_ended for lane in lanes)

    @property
    def held_ms(self) -> int | None:
        """When the last record was made of the oldest batch that is tried, or is to be again."""
        held = [lane.held_ms for lane in self._lanes]
        return min((moment for moment in held if moment is not None), default=None)

    def status(self) -> dict[str, Any]:
        """Where the shard stands, as plain values; `lanes` tells of each if there are several."""
        told = [lane.status() for lane in self._lanes]
        if not told:
            return _not_begun(self._feed)
        if len(told) == 1:
            return told[0]
        first = min(told, key=lambda lane: _PHASES.index(lane["phase"]))
        moments = [lane["until_ms"] for lane in told if lane["until_ms"] is not None]
        return first | {
            "idle": self.idle,
            "position": min(lane["position"] for lane in told),
            "until_ms": min(moments, default=None),
            "trouble": next((lane["trouble"] for lane in told if lane["trouble"]), None),
            **{name: sum(lane[name] for lane in told) for name in _SUMS},
            **{name: max(lane[name] for lane in told) for name in _MOST},
            "lanes": told,
        }

    async def run(self) -> None:
        """Deliver until the shard has ended, which is then stored, or the context says stop."""
        while not self._context.stopping:
            checkpoint = await self._ledger.divide(self._context.plan.lanes)
            if await self._deliver(checkpoint):
                after = max(lane.after for lane in self._lanes)
                await self._ledger.finish(after)
                return

    async def _deliver(self, checkpoint: Checkpoint) -> bool:
        """Run lanes until the shard is finished (True) or they have to end before."""
        count = len(checkpoint.places)
        feeds = [self._feed, *(self._another_feed() for _ in range(count - 1))]
        self._lanes = [
            self._lane(number, count, checkpoint, feed) for number, feed in enumerate(feeds)
        ]
        try:
            if count == 1:
                await self._lanes[0].run()
            else:
                async with asyncio.TaskGroup() as group:
                    for lane in self._lanes:
                        group.create_task(lane.run())
        finally:
            for feed in feeds[1:]:
                feed.close()
        if count > 1:
            await self._ledger.reload()
        return all(lane.finished for lane in self._lanes)

    def _another_feed(self) -> Feed:
        context, feed = self._context, self._feed
        return Feed(context.engine, context.wakeup, self._stream, feed.shard, feed.checkpoint)

    def _lane(self, number: int, count: int, checkpoint: Checkpoint, feed: Feed) -> Lane:
        stream = self._stream
        feed.seek(checkpoint.places[number].after)
        share = Share(number, count, checkpoint.cuts, self._partition_key)
        renderer = Renderer(stream.view, stream.scope.region, stream.arn)
        source = Source(feed, renderer, share, stream.arn, self._context.counts)
        return Lane(self._context, self._ledger, number, source)


def _not_begun(feed: Feed) -> dict[str, Any]:
    """The status of a shard whose lanes are about to begin."""
    return {
        "shard_id": feed.shard.id,
        "phase": "reading",
        "idle": False,
        "position": f"1{max(feed.after, 0):020d}",
        "retry_upto": None,
        "until_ms": None,
        "window_end_ms": None,
        "trouble": None,
        **dict.fromkeys((*_SUMS, *_MOST), 0),
    }
