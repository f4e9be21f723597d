"""Which records of a shard are whose, when several lanes deliver it side by side.

A record belongs to the lane that the hash of its partition key names, so all changes of an item
are in one lane and stay in order. Every lane reads the whole shard and leaves the others' records
alone, so a slow lane holds up nobody. When the number of lanes changes, what the old ones had
dealt with is kept as a cut, and the new ones begin where the last old one stood and pass over
what is done: nothing is delivered twice for it, nothing is missed.

Source: AWS, Lambda guide, ParallelizationFactor: "records with the same partition key are
processed in order". Pure: no clock, no storage.
"""

from collections.abc import Sequence
from zlib import crc32

import orjson

from headwater.changelog.record import keys_of
from headwater.consumers.checkpoint import Checkpoint, Cut, Place


class Share:
    """The records of lane `number` of `lanes`.

    partition_key  its attribute's name; None if the key has no sort key beside it
    """

    __slots__ = ("_cuts", "_cuts_end", "_partition_key", "lanes", "number")

    def __init__(
        self, number: int, lanes: int, cuts: Sequence[Cut], partition_key: str | None
    ) -> None:
        assert 0 <= number < lanes
        self.number = number
        self.lanes = lanes
        self._cuts = tuple(cuts)
        # Above this sequence nothing was done by earlier divisions.
        self._cuts_end = max((max(cut.upto) for cut in cuts), default=-1)
        self._partition_key = partition_key

    @property
    def is_all(self) -> bool:
        """True if the lane takes every record, without a look at it."""
        return self.lanes == 1 and not self._cuts

    def takes(self, sequence: int, stored: bytes) -> bool:
        """Whether a record is this lane's, and not done before the shard was divided anew."""
        spread = key_spread(keys_of(stored), self._partition_key)
        if spread % self.lanes != self.number:
            return False
        return sequence > self._cuts_end or not any(
            sequence <= cut.upto[spread % len(cut.upto)] for cut in self._cuts
        )


def key_spread(keys: bytes, partition_key: str | None) -> int:
    """The number that spreads partition keys over lanes. keys: a record's keys, canonical JSON."""
    if partition_key is None:
        return crc32(keys)
    return crc32(orjson.dumps(orjson.loads(keys)[partition_key]))


def partition_key_of(key_schema: Sequence[dict[str, str]]) -> str | None:
    """For `Share`, from a stream's key schema.

    >>> partition_key_of([{"AttributeName": "pk", "KeyType": "HASH"}]) is None
    True
    """
    if len(key_schema) == 1:
        return None
    return next(key["AttributeName"] for key in key_schema if key["KeyType"] == "HASH")


def place_of(
    checkpoint: Checkpoint, stored: bytes, key_schema: Sequence[dict[str, str]]
) -> tuple[int, Place]:
    """The lane that a record belongs to, and where that lane stands as far as it is concerned."""
    places = checkpoint.places
    spread = key_spread(keys_of(stored), partition_key_of(key_schema))
    place = places[spread % len(places)]
    done = [cut.upto[spread % len(cut.upto)] for cut in checkpoint.cuts]
    return spread % len(places), place._replace(after=max(place.after, *done, -1))


def divided(checkpoint: Checkpoint, lanes: int) -> Checkpoint:
    """`checkpoint` with so many lanes. Tries that were used up are counted anew if it changes.

    >>> divided(Checkpoint(7), 2).lanes
    (Place(after=7, pieces=(), window=None), Place(after=7, pieces=(), window=None))
    >>> divided(Checkpoint.of((Place(7), Place(9))), 1)
    Checkpoint(after=7, finished=False, pieces=(), window=None, lanes=(), cuts=(Cut(upto=(7, 9)),))
    """
    places, cuts = checkpoint.places, checkpoint.cuts
    if len(places) == lanes:
        return checkpoint
    if len(places) > 1:
        cuts = (*cuts, Cut(tuple(place.after for place in places)))
    # A window can be open only where one lane is, was or will be alone: it goes on in the first.
    window = places[0].window
    first = Place(checkpoint.after, window=window)
    return Checkpoint.of((first, *[Place(checkpoint.after)] * (lanes - 1)), cuts)
