"""The changes of one table behind a view's positions, all shards of a stream in one transaction.

Whoever applies what it reads stores the positions in the same transaction, so a change counts once
whatever dies. A parent is read to its end before its children. That records were forgotten before
they were read is told (`is_lost`), never passed over: the reader begins anew.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

from headwater.changelog.read import read_stored
from headwater.changelog.shards import Shard, startable
from headwater.changelog.stream import Stream, load_shards, load_stream
from headwater.changelog.wakeup import Wakeup
from headwater.consumers.checkpoint import (
    Checkpoint,
    forget_checkpoint,
    load_checkpoints,
    save_checkpoint,
)
from headwater.consumers.reader import FROM_START
from headwater.limits import MIB
from headwater.storage import keyspace
from headwater.storage.engine import Transaction

_BYTES_MAX: Final = 2 * MIB


class Page(NamedTuple):
    """What was read in one transaction.

    records     as they are stored
    last        sequence of the last of them
    is_drained  there is no more at this moment
    is_over     and never will be: the stream is closed and read to its end, or it is gone
    is_lost     changes were forgotten before they were read; `records` is not all there was
    """

    records: list[bytes]
    last: int
    is_drained: bool
    is_over: bool = False
    is_lost: bool = False


class _Lane:
    """A shard that is being read. data: the shard as it was stored when it was last looked at."""

    __slots__ = ("after", "data", "shard", "unsubscribe")

    def __init__(
        self, shard: Shard, after: int, data: bytes, unsubscribe: Callable[[], None]
    ) -> None:
        self.shard = shard
        self.after = after
        self.data = data
        self.unsubscribe = unsubscribe


class Source:
    """Reads one stream for one owner.

    ring  called when there may be more to read
    """

    def __init__(
        self, owner: str, stream: Stream, wakeup: Wakeup, ring: Callable[[], None]
    ) -> None:
        self.stream = stream
        self._owner = owner
        self._wakeup = wakeup
        self._ring = ring
        self._lanes: dict[str, _Lane] = {}
        self._is_known = False  # the lanes are those there are

    def close(self) -> None:
        """No more rings; the next read looks at everything again."""
        for lane in self._lanes.values():
            lane.unsubscribe()
        self._lanes = {}
        self._is_known = False

    def read(self, tx: Transaction, limit: int) -> Page:
        """Up to `limit` changes, whose positions are stored with the transaction.

        After a transaction that was discarded, `close` must be called before the next one.
        """
        records: list[bytes] = []
        last = 0
        while True:
            if not self._is_known:
                trouble = self._look(tx)
                if trouble is not None:
                    return trouble._replace(records=records, last=last)
            for lane in list(self._lanes.values()):
                if not self._refresh(tx, lane) or _has_lost(lane):
                    return Page(records, last, True, is_lost=True)
                wanted = limit - len(records)
                page, upto = read_stored(tx, lane.shard.log, lane.after, wanted, _BYTES_MAX)
                records += page
                last = upto if page else last
                is_cut = len(page) == wanted or sum(map(len, page)) >= _BYTES_MAX
                self._passed(tx, lane, upto, is_cut)
                if is_cut:
                    return Page(records, last, False)
            if self._is_known:
                return Page(records, last, True)

    def _passed(self, tx: Transaction, lane: _Lane, upto: int, is_cut: bool) -> None:
        """Store a position; a shard that is read to its end makes room for its children."""
        has_moved, lane.after = upto != lane.after, upto
        # Page and shard are of one transaction, so a closed shard has no more than this.
        is_over = lane.shard.ending is not None and not is_cut
        if has_moved or is_over:
            checkpoint = Checkpoint(lane.after, finished=is_over)
            save_checkpoint(tx, self._owner, lane.shard.id, checkpoint)
        if is_over:
            lane.unsubscribe()
            del self._lanes[lane.shard.id]
            self._is_known = False

    def _look(self, tx: Transaction) -> Page | None:
        """Find the shards to read now; a page if there is nothing to read any more."""
        stream = load_stream(tx, self.stream.name)
        if stream is None or stream.id != self.stream.id:
            return Page([], 0, True, is_over=True, is_lost=True)
        self.stream = stream
        shards = load_shards(tx, stream)
        listed = {shard.id for shard in shards}
        checkpoints = load_checkpoints(tx, self._owner)
        for shard_id in checkpoints.keys() - listed:
            if not checkpoints[shard_id].finished:
                return Page([], 0, True, is_lost=True)
            forget_checkpoint(tx, self._owner, shard_id)
        finished = {shard for shard, checkpoint in checkpoints.items() if checkpoint.finished}
        for shard in startable(shards, finished):
            if shard.id not in self._lanes:
                after = checkpoints.get(shard.id, FROM_START).after
                unsubscribe = self._wakeup.subscribe(shard.log, self._ring)
                self._lanes[shard.id] = _Lane(shard, after, b"", unsubscribe)
        self._is_known = True
        if not self._lanes and stream.disabled_ms is not None:
            self._is_known = False
            return Page([], 0, True, is_over=True)
        return None

    def _refresh(self, tx: Transaction, lane: _Lane) -> bool:
        """Look at the shard again; False: it is gone."""
        data = tx.get(keyspace.shard_key(self.stream.id, lane.shard.id))
        if data is None:
            return False
        if data != lane.data:
            lane.data = data
            lane.shard = Shard.decode(data)
        return True


def _has_lost(lane: _Lane) -> bool:
    """Whether records behind the position were forgotten, as far as can be told: of what was
    swept, the last record stays as a witness, and whoever stands before it may have missed more."""
    return lane.shard.first_kept > lane.after + 1 and lane.shard.first_kept > lane.shard.starting
