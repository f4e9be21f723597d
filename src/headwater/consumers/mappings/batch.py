"""A batch: records of one shard, in order, on their way to a function; and what follows from it.

Pure: a batch is filled record by record, becomes an event by a join of bytes, and, with the step
that was decided, gives the place where its lane stands next.
"""

from headwater.consumers.checkpoint import Piece, Place, Window
from headwater.consumers.mappings.decide import (
    ADVANCE,
    BISECT,
    ENDLESS,
    EXPIRE,
    REPORT,
    RETRY,
    Facts,
    Policy,
    Step,
)
from headwater.consumers.mappings.window import Frame, frame_bytes, with_state
from headwater.limits import INVOKE_BYTES_MAX, STREAM_RETENTION_MS

_HEAD = b'{"Records":['
_TAIL = b"]"
_END = b"}"
_BARE = len(_HEAD) + len(_TAIL) + len(_END)


class Batch:
    """Records as the function sees them, with what a decision needs of each.

    start  sequence behind which it begins
    end    sequence up to which it reaches; the last ones may have been filtered out
    frame  what is said of the window it belongs to, if the mapping has windows
    """

    __slots__ = (
        "_frame",
        "attempts",
        "created_ms",
        "end",
        "frame",
        "records",
        "sequences",
        "size",
        "start",
    )

    def __init__(self, start: int, attempts: int = 0) -> None:
        self.start = start
        self.end = start
        self.attempts = attempts
        self.records: list[bytes] = []
        self.sequences: list[int] = []
        self.created_ms: list[int] = []
        self.size = _BARE  # bytes of the event
        self.frame: Frame | None = None
        self._frame = b""

    def put_into(self, frame: Frame) -> None:
        """Say which window the records belong to; before the first of them, since it takes room."""
        assert not self.records
        self.frame = frame
        self._frame = b"," + frame_bytes(frame)
        self.size = _BARE + len(self._frame)

    @property
    def is_final(self) -> bool:
        """True for the call that ends a window; it has no records."""
        return self.frame is not None and self.frame.is_final

    def add(self, sequence: int, created_ms: int, record: bytes) -> bool:
        """Take a record, or return False if the event would grow over 6 MB with it."""
        size = self.size + len(record) + bool(self.records)
        if size > INVOKE_BYTES_MAX and self.records:
            return False
        self.records.append(record)
        self.sequences.append(sequence)
        self.created_ms.append(created_ms)
        self.size = size
        self.end = sequence
        return True

    def event(self, first: int = 0, end: int | None = None) -> bytes:
        """The payload of the invocation; or what it was of the records from `first` to `end`."""
        records = self.records if first == 0 and end is None else self.records[first:end]
        return b"".join((_HEAD, b",".join(records), _TAIL, self._frame, _END))

    def facts(self, policy: Policy, now_ms: int, retention_ms: int = STREAM_RETENTION_MS) -> Facts:
        """What `decide` needs of this batch at `now_ms`; its records are shown for retention_ms."""
        age_ms_max = retention_ms
        if policy.age_ms_max != ENDLESS:
            age_ms_max = min(age_ms_max, policy.age_ms_max)
        oldest_ms = now_ms - age_ms_max
        if self.frame is not None and self.frame.is_final:
            return Facts(1, self.attempts, int(self.frame.window.end_ms < oldest_ms))
        expired = 0
        if self.created_ms[0] < oldest_ms:
            expired = next(
                (at for at, created_ms in enumerate(self.created_ms) if created_ms >= oldest_ms),
                len(self.created_ms),
            )
        return Facts(len(self.records), self.attempts, expired)

    def before(self, index: int) -> int:
        """The sequence behind which record `index` comes."""
        return self.sequences[index - 1] if index else self.start


def next_place(
    batch: Batch, step: Step, place: Place, later: tuple[Piece, ...] = (), state: str | None = None
) -> Place:
    """Where a lane stands when `step` has been taken for `batch`.

    place  where it stood
    later  the pieces that follow the batch, tried before it was split from them
    state  that the function answered, if it did
    """
    if batch.frame is None:
        return Place(*_next(batch, step, later), place.window)
    if batch.is_final:
        return _after_final(batch.frame.window, step, place)
    window = place.window
    if step.do == ADVANCE or (step.upto and state is not None):
        window = with_state(window or batch.frame.window, state)
    return Place(*_next(batch, step, later), window)


def _next(batch: Batch, step: Step, later: tuple[Piece, ...]) -> tuple[int, tuple[Piece, ...]]:
    """Position and pieces."""
    rest = Piece(batch.end, step.attempts)
    if step.do in (ADVANCE, REPORT):
        return batch.end, later
    if step.do == RETRY:
        return batch.before(step.upto), (rest, *later)
    if step.do == BISECT:
        first = Piece(batch.before(step.split), step.attempts)
        return batch.before(step.upto), (first, rest, *later)
    assert step.do == EXPIRE, step
    if step.split == len(batch.records):
        return batch.end, later
    return batch.before(step.split), (rest, *later)


def _after_final(window: Window, step: Step, place: Place) -> Place:
    """The window is over, or the call that ends it is to be tried again."""
    if step.do == RETRY:
        return place._replace(window=window._replace(attempts=step.attempts))
    return place._replace(window=None)
