"""The records of one shard that are one lane's, poured into batches.

Reads page by page, leaves alone what belongs to other lanes, drops what the filters drop, and
stops a batch where its size, its payload or its window ends. It decides nothing about what was
delivered: `seek` brings it back to wherever a lane stands.
"""

from headwater.changelog.read import Entry, horizon
from headwater.changelog.record import Renderer, created_ms_of, kind_of
from headwater.consumers.checkpoint import Piece, Window
from headwater.consumers.feed import Feed
from headwater.consumers.mappings.batch import Batch
from headwater.consumers.mappings.context import Plan
from headwater.consumers.mappings.counts import Counts
from headwater.consumers.mappings.share import Share
from headwater.consumers.mappings.window import Frame, window_at


class Source:
    """The records of `feed` that are in `share`.

    is_beyond  the last `fill` ended because the next record belongs to a later window
    filtered   records that the filters dropped since the lane started
    expired    had left the stream before they could be delivered (at least so many)
    """

    def __init__(
        self, feed: Feed, renderer: Renderer, share: Share, source_arn: str, counts: Counts
    ) -> None:
        self.feed = feed
        self._renderer = renderer
        self._share = share
        self._source_arn = source_arn
        self._counts = counts
        self._page: list[Entry] = []
        self._at = 0  # the next entry of the page to look at
        self._seen = feed.after  # up to here every record has been counted
        self.is_beyond = False
        self.filtered = 0
        self.expired = 0

    def seek(self, after: int) -> None:
        """Look again at everything behind `after`."""
        self.feed.seek(after)
        self._page, self._at = [], 0

    @property
    def has_page(self) -> bool:
        """True while there may be more of what was read."""
        return bool(self._page)

    @property
    def is_drained(self) -> bool:
        """True if everything that was read has been looked at."""
        return self._at == len(self._page)

    def drop_page(self) -> None:
        """Let go of what was read and looked at, before a wait: pages of idle lanes add up."""
        self._page, self._at = [], 0

    async def turn(self) -> bool:
        """Turn to the next page; False if there is none now."""
        self.drop_page()
        self._page = await self.feed.read()
        return bool(self._page)

    def fill(
        self, batch: Batch, piece: Piece | None, plan: Plan, window: Window | None, now_ms: int
    ) -> bool:
        """Move entries of the page into `batch`; True when it is complete.

        piece   the batch is to hold these records and no others; None: any
        window  the one that is open, if any
        """
        self.is_beyond = False
        oldest = 0 if plan.tells else horizon(now_ms, self.feed.shard.retention_ms)
        page, size = self._page, plan.batch_size
        takes = None if self._share.is_all else self._share.takes
        end = None if piece is None else piece.end
        for at in range(self._at, len(page)):
            sequence, stored = page[at]
            if end is not None and sequence > end:
                self._at = at
                return True
            if takes is None or takes(sequence, stored):
                if not self._take(batch, sequence, stored, plan, window, oldest):
                    self._at = at
                    return True
            batch.end = sequence
            if sequence == end or (end is None and len(batch.records) == size):
                self._at = at + 1
                return True
        self._at = len(page)
        return False

    def _take(
        self,
        batch: Batch,
        sequence: int,
        stored: bytes,
        plan: Plan,
        window: Window | None,
        oldest: int,
    ) -> bool:
        """Put a record into `batch`, or pass over it; False if it belongs into a later one.

        oldest  what lies before it has left the stream
        """
        is_new = sequence > self._seen
        if is_new:
            self._seen = sequence
            self._counts.polled += 1
        if sequence < oldest:
            self.expired += 1
            return True
        record = self._admitted(sequence, stored, plan)
        if record is None:
            if is_new:
                self.filtered += 1
                self._counts.filtered_out += 1
            return True
        created_ms = created_ms_of(stored)
        if plan.tumbling_ms and not self._fits(batch, created_ms, plan, window):
            return False
        return batch.add(sequence, created_ms, record)

    def _admitted(self, sequence: int, stored: bytes, plan: Plan) -> bytes | None:
        """The record as the function sees it, or None if a filter drops it."""
        filters = plan.filter
        if filters is None:
            return self._renderer.render(self.feed.shard.log, sequence, stored)
        kind = kind_of(stored)
        if filters.by_kind[kind] is False:
            return None
        record = self._renderer.render(self.feed.shard.log, sequence, stored)
        return record if filters.admits(kind, record) else None

    def _fits(self, batch: Batch, created_ms: int, plan: Plan, window: Window | None) -> bool:
        """Whether a record belongs into the window of the batch; the first one opens it."""
        frame = batch.frame
        if frame is not None:
            window = frame.window
        elif window is None:
            window = window_at(created_ms, plan.tumbling_ms)
        if created_ms >= window.end_ms:
            self.is_beyond = True
            return False
        if frame is None:
            batch.put_into(Frame(window, self.feed.shard.id, self._source_arn))
        return True
