"""Where a reader stands on a shard, kept in the same database as what it reads.

Reading does not remove: a checkpoint moves only after what lies behind it was dealt with, so
whatever dies, a reader goes on at the last record that is not known to be done (delivery is at
least once, never skipped). This file knows the stored form. It does not know who reads, why a
piece is tried again, or what a window is for.
"""

from typing import Any, NamedTuple

import orjson

from headwater.storage import keyspace
from headwater.storage.engine import Transaction


class Piece(NamedTuple):
    """A run of records that was tried already and must be tried again as it is."""

    end: int  # sequence of its last record; it begins where the piece before it ends
    attempts: int  # tries that count against the limit


class Window(NamedTuple):
    """A span of time whose records share a state, from its first record until it is closed.

    state     JSON text
    attempts  failed tries to close it
    is_early  it is to be closed before its time: its state has grown too large
    """

    start_ms: int
    length_ms: int
    state: str = "{}"
    attempts: int = 0
    is_early: bool = False

    @property
    def end_ms(self) -> int:
        return self.start_ms + self.length_ms


class Place(NamedTuple):
    """Where one of several lanes of a shard stands, or the only one.

    after   everything up to this sequence that is the lane's is dealt with
    pieces  what follows `after` and was tried before, in order; empty when nothing failed
    window  the one that is open, if any
    """

    after: int
    pieces: tuple[Piece, ...] = ()
    window: Window | None = None


class Cut(NamedTuple):
    """What lanes of an earlier division had dealt with when the shard was divided anew.

    A record is done if its sequence is not above `upto` of its lane then, which is the hash of
    its partition key modulo the number of lanes, the length of `upto`.
    """

    upto: tuple[int, ...]


class Checkpoint(NamedTuple):
    """Everything up to sequence `after` is dealt with.

    finished  the shard has ended and all of it is dealt with: its children may be read
    pieces    what follows `after` and was tried before, in order; empty when nothing failed
    window    the one that is open, if any
    lanes     if several lanes share the shard: where each stands; `pieces` and `window` are
              empty then, and `after` is where the last of them is
    cuts      what is done above `after` from earlier divisions
    """

    after: int
    finished: bool = False
    pieces: tuple[Piece, ...] = ()
    window: Window | None = None
    lanes: tuple[Place, ...] = ()
    cuts: tuple[Cut, ...] = ()

    @property
    def places(self) -> tuple[Place, ...]:
        """Where each lane stands; there is at least one."""
        return self.lanes or (Place(self.after, self.pieces, self.window),)

    @staticmethod
    def of(places: tuple[Place, ...], cuts: tuple[Cut, ...] = ()) -> "Checkpoint":
        """The checkpoint of a shard whose lanes stand at `places`."""
        after = min(place.after for place in places)
        cuts = tuple(cut for cut in cuts if max(cut.upto) > after)
        if len(places) == 1:
            return Checkpoint(after, False, places[0].pieces, places[0].window, cuts=cuts)
        return Checkpoint(after, lanes=places, cuts=cuts)

    def with_place(self, number: int, place: Place) -> "Checkpoint":
        """This one, after lane `number` has got to `place`."""
        places = self.places
        return Checkpoint.of((*places[:number], place, *places[number + 1 :]), self.cuts)

    def encode(self) -> bytes:
        fields: dict[str, Any] = {"after": self.after}
        if self.finished:
            fields["finished"] = True
        fields |= _told(self.pieces, self.window)
        if self.lanes:
            fields["lanes"] = [
                {"after": lane.after} | _told(lane.pieces, lane.window) for lane in self.lanes
            ]
        if self.cuts:
            fields["cuts"] = [cut.upto for cut in self.cuts]
        return orjson.dumps(fields)

    @staticmethod
    def decode(data: bytes) -> "Checkpoint":
        fields: dict[str, Any] = orjson.loads(data)
        place = _place(fields)
        return Checkpoint(
            place.after,
            fields.get("finished", False),
            place.pieces,
            place.window,
            tuple(_place(lane) for lane in fields.get("lanes", ())),
            tuple(Cut(tuple(upto)) for upto in fields.get("cuts", ())),
        )


def _told(pieces: tuple[Piece, ...], window: Window | None) -> dict[str, Any]:
    told: dict[str, Any] = {}
    if pieces:
        told["pieces"] = [list(piece) for piece in pieces]
    if window is not None:
        told["window"] = list(window)
    return told


def _place(fields: dict[str, Any]) -> Place:
    window = fields.get("window")
    return Place(
        fields["after"],
        tuple(Piece(*piece) for piece in fields.get("pieces", ())),
        None if window is None else Window(*window),
    )


def load_checkpoints(tx: Transaction, owner: str) -> dict[str, Checkpoint]:
    """All checkpoints of `owner`, by shard id."""
    prefix = keyspace.checkpoints_prefix(owner)
    found = tx.range(prefix, keyspace.successor(prefix))
    return {key[len(prefix) :].decode(): Checkpoint.decode(data) for key, data in found}


def load_checkpoint(tx: Transaction, owner: str, shard_id: str) -> Checkpoint | None:
    data = tx.get(keyspace.checkpoint_key(owner, shard_id))
    return None if data is None else Checkpoint.decode(data)


def save_checkpoint(tx: Transaction, owner: str, shard_id: str, checkpoint: Checkpoint) -> None:
    tx.put(keyspace.checkpoint_key(owner, shard_id), checkpoint.encode())


def forget_checkpoint(tx: Transaction, owner: str, shard_id: str) -> None:
    """Forget its position on one shard, and what is noted of its records."""
    tx.delete(keyspace.checkpoint_key(owner, shard_id))
    prefix = keyspace.fates_prefix(owner, shard_id)
    tx.delete_range(prefix, keyspace.successor(prefix))


def forget_checkpoints(tx: Transaction, owner: str) -> None:
    """Forget every position of `owner`, which is gone."""
    for prefix in (keyspace.checkpoints_prefix(owner), keyspace.fates_of_owner_prefix(owner)):
        tx.delete_range(prefix, keyspace.successor(prefix))
