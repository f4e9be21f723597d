"""One shard, read page by page, with a bell that rings when there may be more.

This file knows how to tell "nothing yet" from "nothing ever again". It does not know what is done
with a record, nor in which order shards are read.
"""

from headwater.changelog.read import Entry, read_log
from headwater.changelog.shards import Shard
from headwater.changelog.stream import Stream
from headwater.changelog.wakeup import Wakeup
from headwater.consumers.checkpoint import Checkpoint
from headwater.consumers.doorbell import Doorbell
from headwater.limits import MIB
from headwater.storage import keyspace
from headwater.storage.engine import Engine, Transaction

PAGE_RECORDS = 1000
PAGE_BYTES = MIB


class Feed:
    """The records of one shard above `after`, for one reader.

    checkpoint  what was stored when the feed was opened
    after       sequence of the last record that was read
    ended       no record will ever follow `after`
    bell        rung when the shard took a record or was closed, or by whoever wants attention
    """

    __slots__ = (
        "_drained",
        "_engine",
        "_shard_bytes",
        "_shard_key",
        "_unsubscribe",
        "after",
        "bell",
        "checkpoint",
        "ended",
        "shard",
    )

    def __init__(
        self, engine: Engine, wakeup: Wakeup, stream: Stream, shard: Shard, checkpoint: Checkpoint
    ) -> None:
        self.shard = shard
        self.checkpoint = checkpoint
        self.after = checkpoint.after
        self.ended = False
        self.bell = Doorbell()
        self._engine = engine
        self._shard_key = keyspace.shard_key(stream.id, shard.id)
        self._shard_bytes: bytes | None = None
        self._drained = False
        self._unsubscribe = wakeup.subscribe(shard.log, self.bell.ring)

    def close(self) -> None:
        """No more rings."""
        self._unsubscribe()

    @property
    def quiet(self) -> bool:
        """True if everything there is has been read and nothing was heard of since."""
        return self._drained and not self.bell.rung

    def seek(self, after: int) -> None:
        """Read again from there."""
        self.after = after
        self.ended = False
        self._drained = False

    async def read(self) -> list[Entry]:
        """The next page, in order; empty when there is nothing to read now, or ever (`ended`)."""
        if self.quiet:
            return []
        # Answered before the look: what is committed after it rings again.
        self.bell.answer()
        page, shard_bytes = await self._engine.run(self._look)
        if page:
            self.after = page[-1].sequence
        self._drained = not _is_cut(page)
        self.ended = self._has_ended(page, shard_bytes)
        return page

    def _look(self, tx: Transaction) -> tuple[list[Entry], bytes | None]:
        page = read_log(tx, self.shard.log, self.after, PAGE_RECORDS, PAGE_BYTES)
        return page, tx.get(self._shard_key)

    def _has_ended(self, page: list[Entry], shard_bytes: bytes | None) -> bool:
        if shard_bytes is None:
            return not page  # trimmed, and its records with it
        if shard_bytes != self._shard_bytes:
            self._shard_bytes = shard_bytes
            self.shard = Shard.decode(shard_bytes)
        ending = self.shard.ending
        # Page and shard are of one transaction, so a closed shard without a page has no more.
        return ending is not None and (not page or self.after >= ending)


def _is_cut(page: list[Entry]) -> bool:
    """Whether a page ended because it was full, not because there was no more."""
    if len(page) == PAGE_RECORDS:
        return True
    return sum(len(entry.stored) for entry in page) >= PAGE_BYTES
