"""What is noted of a batch's records when a lane's position moves past them: see fates.py.

A batch that was delivered at the first try is not noted: that is what no note means.
"""

from collections.abc import Callable, Sequence

from headwater.changelog.read import horizon
from headwater.consumers.fates import DELIVERED, EXPIRED, GIVEN_UP, Fate, note_fate
from headwater.consumers.mappings.batch import Batch
from headwater.consumers.mappings.decide import Step
from headwater.consumers.mappings.loss import Loss
from headwater.storage.engine import Transaction


def fates_of(
    batch: Batch, step: Step, loss: Loss | None, destination: str | None, now_ms: int
) -> list[Fate]:
    """What `step` makes of the records of `batch`, as far as it is not plain.

    loss         what it gives up
    destination  where that is told, if anywhere
    """
    found: list[Fate] = []
    if batch.is_final:
        return found
    if batch.attempts and step.upto:
        done = batch.sequences[: step.upto]
        found.append(Fate(DELIVERED, done, now_ms, batch.attempts + 1))
    if loss is not None:
        lost, condition = loss.sequences, loss.condition
        found.append(Fate(GIVEN_UP, lost, now_ms, step.attempts, condition, destination))
    return found


def left_the_stream(after: int, upto: int, now_ms: int, retention_ms: int) -> Fate | None:
    """What is to be noted where a position moves from `after` to `upto` and nothing between was
    delivered: of what the stream does not show any more, nobody can say what it was."""
    last = min(upto, horizon(now_ms, retention_ms) - 1)
    if last <= max(after, 0):
        return None
    return Fate(EXPIRED, [max(after, 0) + 1, last], now_ms, is_span=True)


def noting(
    owner: str, shard_id: str, fates: Sequence[Fate], oldest: int
) -> Callable[[Transaction], None]:
    """Work that keeps `fates`. oldest: the lowest sequence the stream still shows."""

    def work(tx: Transaction) -> None:
        for fate in fates:
            note_fate(tx, owner, shard_id, fate, oldest)

    return work
