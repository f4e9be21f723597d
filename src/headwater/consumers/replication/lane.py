"""One shard of a replica's log on its way to another region: read, hand over, move the position.

A page is read when the one before it has arrived, so a link that is down holds one page of each
shard and no more. The position moves only behind what is durable on the other side.
"""

from typing import Any, Final

from headwater.changelog.read import Entry
from headwater.changelog.stream import Stream, load_shard
from headwater.clock import sleep_ms
from headwater.consumers.checkpoint import Checkpoint, save_checkpoint
from headwater.consumers.feed import PAGE_RECORDS, Feed
from headwater.consumers.replication.batch import Write, write_of
from headwater.consumers.replication.context import Context, Stopped
from headwater.consumers.replication.link import current
from headwater.consumers.replication.shipper import Shipper
from headwater.storage.engine import Transaction
from headwater.storage.sequence import to_wire

# How long a position that has moved may stay unsaved: what a crash ships twice, and how often a
# busy lane asks the disk for a write of its own.
SAVE_MS: Final = 250
# While writes keep coming, the log is looked at in moments that are multiples of this: all lanes of
# a link at once, so that what they find goes into one batch. A batch costs what 20 writes do.
PACE_MS: Final = 20

READING, IDLE, PACING, SHIPPING, ENDED = "reading", "idle", "pacing", "shipping", "ended"


class Lane:
    """Ships the records of one feed."""

    def __init__(
        self, context: Context, shipper: Shipper, stream: Stream, feed: Feed, owner: str
    ) -> None:
        self._context = context
        self._shipper = shipper
        self._stream = stream
        self._feed = feed
        self._owner = owner
        self._settled = self._saved = feed.checkpoint.after
        self._saved_ms = context.parts.clock.now_ms()
        self._looked_ms = 0  # in real time
        self._is_behind = True  # the last page was full, so there is more
        self._phase = READING

    def attend(self) -> None:
        """Look at the context now."""
        self._feed.bell.ring()

    @property
    def idle(self) -> bool:
        """True if everything that was committed is shipped."""
        return self._phase == ENDED or (self._phase == IDLE and self._feed.quiet)

    @property
    def in_hand(self) -> bool:
        """True if it is on its way to doing something, by itself."""
        return self._phase in (PACING, SHIPPING)

    @property
    def log(self) -> int:
        """Where the records of the shard lie."""
        return self._feed.shard.log

    @property
    def settled(self) -> int:
        """The sequence up to which all is shipped."""
        return self._settled

    def status(self) -> dict[str, Any]:
        """Where the lane stands, as plain values."""
        return {
            "shard_id": self._feed.shard.id,
            "phase": self._phase,
            "idle": self.idle,
            "position": to_wire(max(self._settled, 0)),
        }

    async def run(self) -> None:
        """Ship until the shard has ended, which is then stored, or until it is time to stop."""
        try:
            while not self._context.stopping and not self._context.has_lost:
                if await self._step():
                    return
        except Stopped:
            pass
        finally:
            self._phase = ENDED
        if self._settled != self._saved and not self._context.has_lost:
            await self._save()

    async def _step(self) -> bool:
        """Ship a page, or wait for one; True at the end of the shard."""
        if not self._is_behind:
            await self._pace()
        self._phase = READING
        self._looked_ms = self._context.parts.real_clock.now_ms()
        page = await self._feed.read()
        self._is_behind = len(page) == PAGE_RECORDS
        if self._feed.shard.first_kept > self._settled + 1:
            self._context.report_loss()
            return True
        if page:
            writes = self._writes_of(page)
            if writes:
                self._phase = SHIPPING
                await self._shipper.ship(writes)
            self._settled = page[-1].sequence
            if self._is_save_due():
                await self._save()
            return False
        if self._feed.ended:
            await self._end()
            return True
        await self._wait_for_any()
        return False

    def _writes_of(self, page: list[Entry]) -> list[Write]:
        """What is to be shipped of a page."""
        region = self._stream.scope.region
        forwards = self._context.parts.lines.is_one_way(self._context.link.region)
        found = [write_of(entry, region, forwards=forwards) for entry in page]
        return [write for write in found if write is not None]

    async def _end(self) -> None:
        """All of the shard is shipped, unless it has gone before that."""
        shard = self._feed.shard
        engine = self._context.parts.engine
        is_gone = await engine.run(lambda tx: load_shard(tx, self._stream, shard.id) is None)
        if is_gone and (shard.ending is None or self._settled < shard.ending):
            self._context.report_loss()
        else:
            await self._save(finished=True)

    async def _wait_for_any(self) -> None:
        """Wait until the shard may have a record, or until the position should be saved."""
        clock = self._context.parts.clock
        until_ms = None
        if self._settled != self._saved:
            if self._is_save_due():
                await self._save()
                return
            until_ms = self._saved_ms + SAVE_MS
        self._phase = IDLE
        await self._feed.bell.wait(clock, until_ms)

    async def _pace(self) -> None:
        """Let a few writes gather if the last look was just now."""
        real_clock = self._context.parts.real_clock
        now_ms = real_clock.now_ms()
        # A clock that was set back must not hold anything up.
        if 0 <= now_ms - self._looked_ms < PACE_MS:
            self._phase = PACING
            await sleep_ms(real_clock, PACE_MS - now_ms % PACE_MS)

    def _is_save_due(self) -> bool:
        return self._context.parts.clock.now_ms() >= self._saved_ms + SAVE_MS

    async def _save(self, *, finished: bool = False) -> None:
        """Make the position durable."""
        context = self._context
        checkpoint = Checkpoint(self._settled, finished)

        def store(tx: Transaction) -> None:
            link = current(tx, context.link)
            if link is not None and link.owner == self._owner:
                save_checkpoint(tx, self._owner, self._feed.shard.id, checkpoint)

        await context.parts.engine.run(store)
        self._saved = checkpoint.after
        self._saved_ms = context.parts.clock.now_ms()
