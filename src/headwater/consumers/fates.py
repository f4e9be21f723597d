"""What a position does not tell: records that took more than one try, or never were delivered.

A reader's position says that what lies before it is dealt with. Nearly always that means that it
was delivered at the first try, and nothing is written here; the rest is noted in the transaction
in which the position moves past it, for whoever asks later. Notes go with the checkpoint of their
shard, and one by one when their records are older than the stream keeps any.
"""

from collections.abc import Sequence
from typing import NamedTuple

import orjson

from headwater.storage import keyspace
from headwater.storage.engine import Transaction

DELIVERED = "delivered"
GIVEN_UP = "given up"
EXPIRED = "expired"

_SWEPT_AT_ONCE = 16


class Fate(NamedTuple):
    """What became of some records of a shard.

    kind         DELIVERED, at the last of `attempts`; GIVEN_UP; EXPIRED: had left the stream
    sequences    of the records
    is_span      of everything from the first of `sequences` to the last
    attempts     tries that were made, as far as they count
    condition    why they were given up, as messages to OnFailure destinations have it
    destination  ARN of where that was told
    """

    kind: str
    sequences: Sequence[int]
    at_ms: int
    attempts: int = 0
    condition: str | None = None
    destination: str | None = None
    is_span: bool = False

    def is_of(self, sequence: int) -> bool:
        if self.is_span:
            return self.sequences[0] <= sequence <= self.sequences[-1]
        return sequence in self.sequences


def note_fate(tx: Transaction, owner: str, shard_id: str, fate: Fate, horizon: int) -> None:
    """Keep `fate`. horizon: the lowest sequence that the stream still shows; notes of records
    before it are let go of, a few at a time."""
    prefix = keyspace.fates_prefix(owner, shard_id)
    for key, _ in tx.range(
        prefix, keyspace.fate_key(owner, shard_id, horizon, 0), limit=_SWEPT_AT_ONCE
    ):
        tx.delete(key)
    first, last = fate.sequences[0], fate.sequences[-1]
    tx.put(keyspace.fate_key(owner, shard_id, last, first), orjson.dumps(tuple(fate)))


def find_fate(tx: Transaction, owner: str, shard_id: str, sequence: int) -> Fate | None:
    """What is noted of one record; None: nothing."""
    start = keyspace.fate_key(owner, shard_id, sequence, 0)
    end = keyspace.successor(keyspace.fates_prefix(owner, shard_id))
    for _, data in tx.range(start, end):
        fate = Fate(*orjson.loads(data))
        if fate.is_of(sequence):
            return fate
    return None
