"""Where a reader stands on a shard, kept in the same database as what it reads.

Reading does not remove: a checkpoint moves only after what lies behind it was dealt with, so
whatever dies, a reader goes on at the last record that is not known to be done (delivery is at
least once, never skipped). This file knows the stored form. It does not know who reads, or why a
piece is tried again.
"""

from typing import Any, NamedTuple

import orjson

from headwater.storage import keyspace
from headwater.storage.engine import Transaction


class Piece(NamedTuple):
    """A run of records that was tried already and must be tried again as it is."""

    end: int  # sequence of its last record; it begins where the piece before it ends
    attempts: int  # tries that count against the limit


class Checkpoint(NamedTuple):
    """Everything up to sequence `after` is dealt with.

    finished  the shard has ended and all of it is dealt with: its children may be read
    pieces    what follows `after` and was tried before, in order; empty when nothing failed
    """

    after: int
    finished: bool = False
    pieces: tuple[Piece, ...] = ()

    def encode(self) -> bytes:
        fields: dict[str, Any] = {"after": self.after}
        if self.finished:
            fields["finished"] = True
        if self.pieces:
            fields["pieces"] = [list(piece) for piece in self.pieces]
        return orjson.dumps(fields)

    @staticmethod
    def decode(data: bytes) -> "Checkpoint":
        fields: dict[str, Any] = orjson.loads(data)
        pieces = tuple(Piece(*piece) for piece in fields.get("pieces", ()))
        return Checkpoint(fields["after"], fields.get("finished", False), pieces)


def load_checkpoints(tx: Transaction, owner: str) -> dict[str, Checkpoint]:
    """All checkpoints of `owner`, by shard id."""
    prefix = keyspace.checkpoints_prefix(owner)
    found = tx.range(prefix, keyspace.successor(prefix))
    return {key[len(prefix) :].decode(): Checkpoint.decode(data) for key, data in found}


def save_checkpoint(tx: Transaction, owner: str, shard_id: str, checkpoint: Checkpoint) -> None:
    tx.put(keyspace.checkpoint_key(owner, shard_id), checkpoint.encode())


def forget_checkpoint(tx: Transaction, owner: str, shard_id: str) -> None:
    tx.delete(keyspace.checkpoint_key(owner, shard_id))


def forget_checkpoints(tx: Transaction, owner: str) -> None:
    """Forget every position of `owner`, which is gone."""
    prefix = keyspace.checkpoints_prefix(owner)
    tx.delete_range(prefix, keyspace.successor(prefix))
