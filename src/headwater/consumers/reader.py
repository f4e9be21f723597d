"""Following the shard tree of one stream: which shards are read now, and when reading ends.

Parents are read to their end before their children, so that the changes of one item are seen in
the order they were committed. What is done with a shard's records is the lane's business: a
coroutine that takes a Feed, stores its checkpoints, and ends when the shard has ended and its
checkpoint says `finished`. Nothing here polls: a lane that ends is the sign to look at the tree.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, NamedTuple

from headwater.arns import StreamName
from headwater.changelog.read import horizon
from headwater.changelog.retention import is_stream_gone
from headwater.changelog.shards import Shard, startable
from headwater.changelog.stream import Stream, last_sequence, load_shards, load_stream
from headwater.changelog.wakeup import Wakeup
from headwater.clock import Clock
from headwater.consumers.checkpoint import (
    Checkpoint,
    forget_checkpoint,
    load_checkpoints,
    save_checkpoint,
)
from headwater.consumers.doorbell import Doorbell
from headwater.consumers.feed import Feed
from headwater.storage.engine import Engine, Transaction

log = logging.getLogger("headwater.consumers")

LaneWork = Callable[[Stream, Feed], Coroutine[Any, Any, None]]

FROM_START = Checkpoint(-1)
LOOK_AGAIN_MS = 1000  # for a shard whose children are not listed yet
RESTART_MS = 5000  # before a lane that died of our own bug is started again


class Tree(NamedTuple):
    """A stream as it stood in one transaction, with what the reader has done of it."""

    stream: Stream
    shards: list[Shard]
    checkpoints: dict[str, Checkpoint]

    @property
    def finished(self) -> set[str]:
        return {shard for shard, checkpoint in self.checkpoints.items() if checkpoint.finished}


def gone_at_ms(stream: Stream) -> int | None:
    """From when on nothing of a disabled stream is readable; None while it is enabled."""
    return None if stream.disabled_ms is None else stream.disabled_ms + stream.retention_ms + 1


def start_at_latest(tx: Transaction, owner: str, stream: Stream) -> None:
    """Store positions such that `owner` sees what is written to `stream` from now on.

    Only shards that are open now are skipped to their end; their children are read whole.
    """
    for shard in load_shards(tx, stream):
        if shard.ending is not None:
            checkpoint = Checkpoint(shard.ending, finished=True)
        else:
            last = last_sequence(tx, shard)
            # Of a shard that was trimmed to its end no record is left, but it had some.
            checkpoint = Checkpoint(shard.first_kept - 1 if last is None else last)
        save_checkpoint(tx, owner, shard.id, checkpoint)


class Reader:
    """Reads one stream for one owner, from its checkpoints on, or else from the horizon."""

    def __init__(
        self,
        engine: Engine,
        clock: Clock,
        wakeup: Wakeup,
        *,
        owner: str,
        stream: StreamName,
        lane: LaneWork,
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._wakeup = wakeup
        self._owner = owner
        self._name = stream
        self._work = lane
        self._lanes: dict[str, asyncio.Task[None]] = {}
        self._held_until_ms: dict[str, int] = {}
        self._bell = Doorbell()
        self._waiting = False
        self._stopping = False

    @property
    def lanes(self) -> int:
        """How many shards are read now."""
        return len(self._lanes)

    @property
    def idle(self) -> bool:
        """True if there is nothing to do but wait for the lanes."""
        ended = any(task.done() for task in self._lanes.values())
        return self._waiting and not self._bell.rung and not ended

    def stop(self) -> None:
        """Start no more lanes, and end when those that run have ended. The owner tells them."""
        self._stopping = True
        self._bell.ring()

    async def run(self) -> None:
        """Read until `stop` was called, or until the stream is gone for good.

        A stream is gone when its last record has expired: 24 hours after it was disabled.
        """
        try:
            while not self._stopping:
                self._waiting = False
                self._bell.answer()
                tree = await self._engine.run(self._load)
                if tree is None:
                    return
                self._start_lanes(tree)
                self._waiting = True
                await self._bell.wait(self._clock, self._look_again_at_ms(tree))
            await self._all_ended()
        finally:
            for task in self._lanes.values():
                task.cancel()
            await self._all_ended()

    async def _all_ended(self) -> None:
        if self._lanes:
            await asyncio.wait(list(self._lanes.values()))

    def _load(self, tx: Transaction) -> Tree | None:
        stream = load_stream(tx, self._name)
        if stream is None or is_stream_gone(stream, self._clock.now_ms()):
            return None
        shards = load_shards(tx, stream)
        checkpoints = load_checkpoints(tx, self._owner)
        listed = {shard.id for shard in shards}
        for shard_id in checkpoints.keys() - listed:
            forget_checkpoint(tx, self._owner, shard_id)
        return Tree(stream, shards, checkpoints)

    def _start_lanes(self, tree: Tree) -> None:
        now_ms = self._clock.now_ms()
        held = self._held_until_ms
        self._held_until_ms = {shard: until for shard, until in held.items() if until > now_ms}
        for shard in startable(tree.shards, tree.finished):
            if shard.id in self._lanes or shard.id in self._held_until_ms:
                continue
            checkpoint = tree.checkpoints.get(shard.id) or _first_position(tree, shard, now_ms)
            feed = Feed(self._engine, self._wakeup, tree.stream, shard, checkpoint)
            self._start_lane(tree.stream, feed)

    def _start_lane(self, stream: Stream, feed: Feed) -> None:
        shard_id = feed.shard.id

        def ended(task: asyncio.Task[None]) -> None:
            feed.close()
            del self._lanes[shard_id]
            if not task.cancelled() and (trouble := task.exception()) is not None:
                # The shard must not stand still for good because of one bug met once.
                log.error("lane died", extra={"task": task.get_name()}, exc_info=trouble)
                self._held_until_ms[shard_id] = self._clock.now_ms() + RESTART_MS
            self._bell.ring()

        name = f"{self._owner} {shard_id}"
        task = asyncio.get_running_loop().create_task(self._work(stream, feed), name=name)
        self._lanes[shard_id] = task
        task.add_done_callback(ended)

    def _look_again_at_ms(self, tree: Tree) -> int | None:
        """When the tree must be looked at although no lane ends before; None: never."""
        moments = list(self._held_until_ms.values())
        end_ms = gone_at_ms(tree.stream)
        if end_ms is not None:
            moments.append(end_ms)
        else:
            parents = {shard.parent for shard in tree.shards}
            leaves = {shard.id for shard in tree.shards} - parents
            if not leaves.isdisjoint(tree.finished):
                # Closed, but its children are not there yet (AWS shows such moments too).
                moments.append(self._clock.now_ms() + LOOK_AGAIN_MS)
        return min(moments, default=None)


def _first_position(tree: Tree, shard: Shard, now_ms: int) -> Checkpoint:
    """Where reading of a shard without a checkpoint begins."""
    if shard.parent in tree.checkpoints:
        # Its parent was read, so whatever of the child has expired since is a loss to be told.
        return FROM_START
    return Checkpoint(horizon(now_ms, shard.retention_ms) - 1)
