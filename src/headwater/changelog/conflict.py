"""Which of two writes of one item wins, when they were made in different regions.

The later one by hybrid time, and of two of the same time the one of the region whose name is
greater. A write's hybrid time is the sequence of its record (storage/sequence.py), and a node's
sequences pass every time it has seen, so a write that follows another one in what anybody could
observe has the later stamp. Stamps are in one total order: whatever way the writes of an item
arrive in, however often each, the same one is left everywhere. Deletes have stamps as puts do.

Source: AWS, developer guide, "How DynamoDB global tables work": last writer wins for each item.
"""

import struct
from typing import NamedTuple

_STAMP = struct.Struct(">QB")


class Stamp(NamedTuple):
    """When and where an item was written last. Stamps compare in the order of this page.

    >>> Stamp(7, "eu-west-1") < Stamp(7, "us-east-1") < Stamp(8, "eu-west-1")
    True
    """

    time: int  # a sequence
    region: str


UNSTAMPED = Stamp(0, "")
"""Of an item that was written while its table was in one region only."""


def wins(arriving: Stamp, known: Stamp | None) -> bool:
    """Whether a write with stamp `arriving` replaces what has the stamp `known`.

    known  None: there is neither an item nor the mark of a deleted one
    A write that arrives a second time does not.
    """
    return known is None or arriving > known


def pack_stamp(stamp: Stamp) -> bytes:
    """
    >>> unpack_stamp(b"xx" + pack_stamp(Stamp(7, "eu-west-1")) + b"yy", 2)
    (Stamp(time=7, region='eu-west-1'), 20)
    """
    region = stamp.region.encode()
    return _STAMP.pack(stamp.time, len(region)) + region


def unpack_stamp(data: bytes, at: int) -> tuple[Stamp, int]:
    """The stamp that begins at `at`, and where it ends."""
    time, length = _STAMP.unpack_from(data, at)
    start = at + _STAMP.size
    end = start + length
    return Stamp(time, data[start:end].decode()), end
