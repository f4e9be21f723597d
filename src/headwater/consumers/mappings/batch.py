"""A batch: records of one shard, in order, on their way to a function; and what follows from it.

Pure: a batch is filled record by record, becomes an event by a join of bytes, and, with the step
that was decided, gives the checkpoint that is stored next.
"""

from headwater.consumers.checkpoint import Checkpoint, Piece
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
from headwater.limits import INVOKE_BYTES_MAX

_HEAD = b'{"Records":['
_TAIL = b"]}"


class Batch:
    """Records as the function sees them, with what a decision needs of each.

    start  sequence behind which it begins
    end    sequence up to which it reaches; the last ones may have been filtered out
    """

    __slots__ = ("attempts", "created_ms", "end", "records", "sequences", "size", "start")

    def __init__(self, start: int, attempts: int = 0) -> None:
        self.start = start
        self.end = start
        self.attempts = attempts
        self.records: list[bytes] = []
        self.sequences: list[int] = []
        self.created_ms: list[int] = []
        self.size = len(_HEAD) + len(_TAIL)  # bytes of the event

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

    def event(self) -> bytes:
        """The payload of the invocation."""
        return b"".join((_HEAD, b",".join(self.records), _TAIL))

    def facts(self, policy: Policy, now_ms: int) -> Facts:
        """What `decide` needs of this batch at `now_ms`."""
        expired = 0
        if policy.age_ms_max != ENDLESS:
            oldest_ms = now_ms - policy.age_ms_max
            expired = next(
                (at for at, created_ms in enumerate(self.created_ms) if created_ms >= oldest_ms),
                len(self.created_ms),
            )
        return Facts(len(self.records), self.attempts, expired)

    def before(self, index: int) -> int:
        """The sequence behind which record `index` comes."""
        return self.sequences[index - 1] if index else self.start


def next_checkpoint(batch: Batch, step: Step, later: tuple[Piece, ...]) -> Checkpoint:
    """What to store when `step` has been taken for `batch`.

    later  the pieces that follow the batch, tried before it was split from them
    """
    rest = Piece(batch.end, step.attempts)
    if step.do in (ADVANCE, REPORT):
        return Checkpoint(batch.end, pieces=later)
    if step.do == RETRY:
        return Checkpoint(batch.before(step.upto), pieces=(rest, *later))
    if step.do == BISECT:
        first = Piece(batch.before(step.split), step.attempts)
        return Checkpoint(batch.before(step.upto), pieces=(first, rest, *later))
    assert step.do == EXPIRE, step
    if step.split == len(batch.records):
        return Checkpoint(batch.end, pieces=later)
    return Checkpoint(batch.before(step.split), pieces=(rest, *later))
