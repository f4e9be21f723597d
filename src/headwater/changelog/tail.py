"""Records as readers are shown them, kept for the readers who come for the same ones.

Fifty readers of one shard ask for the same records within a moment. The first one's page is read
and rendered; for the others it is a slice of a list.

What is kept of a log in one view is a run: *every* record with `after < sequence <= last`.
That stays true by itself. A record never changes; a log's sequences grow in commit order, so none
can appear inside a run later; and records only vanish from a log's beginning, when the shard's
`first_kept` moves beyond them, which whoever reads looks at first (operations/streams). A run grows
at its end, gives up its beginning when there is too much of it, and is replaced by one that lies
further on. So readers at the tail share, and one that catches up from far behind neither gains nor
disturbs.
"""

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Sequence
from itertools import accumulate
from typing import Final, NamedTuple

from headwater.limits import MIB

_BYTES_MAX: Final = 16 * MIB


class Known(NamedTuple):
    """Records behind a place in a log, without a gap.

    first, last  sequences of the first and the last; both the place itself where there are none
    is_full      whether limit or room ended it
    """

    records: list[bytes]
    first: int
    last: int
    is_full: bool


class _Run:
    """The records of one log in one view with after < sequence <= last."""

    __slots__ = ("after", "ends", "records", "sequences", "start")

    def __init__(self, after: int) -> None:
        self.after = after
        self.sequences: list[int] = []
        self.records: list[bytes] = []
        self.ends: list[int] = []  # bytes up to the end of each record, from some zero on
        self.start = 0  # where the first one begins

    @property
    def last(self) -> int:
        return self.sequences[-1] if self.sequences else self.after

    @property
    def size(self) -> int:
        return self.ends[-1] - self.start if self.ends else 0

    def extend(self, sequences: Sequence[int], records: Sequence[bytes]) -> None:
        end = self.ends[-1] if self.ends else self.start
        self.sequences += sequences
        self.records += records
        self.ends += list(accumulate(map(len, records), initial=end))[1:]

    def shorten(self, size_max: int) -> None:
        """Give up so much of the beginning that no more than `size_max` bytes are left."""
        gone = bisect_right(self.ends, self.ends[-1] - size_max - 1) + 1
        self.after, self.start = self.sequences[gone - 1], self.ends[gone - 1]
        del self.sequences[:gone], self.records[:gone], self.ends[:gone]


class Tail:
    """Runs of all logs that are being read, of so many bytes at most."""

    def __init__(self, bytes_max: int = _BYTES_MAX) -> None:
        self._bytes_max = bytes_max
        self._runs: OrderedDict[tuple[int, str], _Run] = OrderedDict()
        self.size = 0  # bytes of all runs

    def behind(self, log: int, view: str, after: int, limit: int, room: int) -> Known:
        """The records that are known right behind sequence `after`: at most `limit`, and at most
        `room` bytes unless the first alone is larger."""
        run = self._runs.get((log, view))
        if run is None or not run.after <= after < run.last:
            return Known([], after, after, False)
        self._runs.move_to_end((log, view))
        begin = bisect_right(run.sequences, after)
        filled = (run.ends[begin - 1] if begin else run.start) + room
        fits = max(begin + 1, bisect_right(run.ends, filled, begin))
        end = min(fits, begin + limit)
        records, sequences = run.records[begin:end], run.sequences
        is_full = end < len(sequences) or end - begin == limit
        return Known(records, sequences[begin], sequences[end - 1], is_full)

    def add(
        self, log: int, view: str, after: int, sequences: Sequence[int], records: Sequence[bytes]
    ) -> None:
        """Keep what was read: all records behind `after`, up to the last of these, rendered."""
        if not records:
            return
        run = self._runs.get((log, view))
        if run is None or after > run.last:
            if run is not None:
                self.size -= run.size
            run = self._runs[log, view] = _Run(after)
        elif after < run.after:
            return
        self._runs.move_to_end((log, view))
        new = bisect_right(sequences, run.last)
        self.size -= run.size
        run.extend(sequences[new:], records[new:])
        self.size += run.size
        self._make_room(run)

    def _make_room(self, used: _Run) -> None:
        """Forget runs that nobody has used for longest; of the one in use, its beginning."""
        while self.size > self._bytes_max and len(self._runs) > 1:
            _, run = self._runs.popitem(last=False)
            self.size -= run.size
        if self.size > self._bytes_max:
            # More than has to go: this is not to be done again for each page.
            self.size -= used.size
            used.shorten(self._bytes_max * 3 // 4)
            self.size += used.size
