"""Writes on their way to another region: one form for those of the log and those of a copy.

    version  1 byte   1
    packing  1 byte   0: the rest as it is, 1: the rest in zlib's format
    head     4 bytes its length, then JSON: whose table, from where, `regions` named below
    writes   one after the other:
        region   1 byte   place in the head's `regions`: where it was written
        time     8 bytes  the hybrid time of its stamp
        created  8 bytes  milliseconds since the epoch; 0 in a copy
        size     4 bytes  of the item by DynamoDB's rules
        lengths  4 + 4    bytes of the two parts that follow
        keys     canonical JSON; empty where the item tells them
        item     canonical JSON; empty if it was deleted

Stored bytes are shipped as they are and parsed by nobody before they are applied.
"""

import struct
import zlib
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import orjson

from headwater.changelog.conflict import Stamp
from headwater.changelog.read import Entry
from headwater.changelog.record import unpack
from headwater.errors import OperatorError
from headwater.limits import MIB

_START = struct.Struct(">BBI")
_WRITE = struct.Struct(">BQQIII")
_VERSION = 1
_PLAIN, _ZLIB = 0, 1
_LEVEL = 1  # what is shipped is shipped at once: the fastest, not the smallest
_UNPACKED_BYTES_MAX = 64 * MIB


class Write(NamedTuple):
    """What was done to one item. item: b"" if it was deleted; keys: b"" where `item` tells them."""

    keys: bytes
    item: bytes
    size: int
    stamp: Stamp
    created_ms: int

    @property
    def bytes(self) -> int:
        """How much room it takes."""
        return _WRITE.size + len(self.keys) + len(self.item)


class Head(NamedTuple):
    """Whose writes these are: of which table, from which replica, to which."""

    account: str
    table: str
    group: str
    source: str
    target: str


def write_of(entry: Entry, region: str, *, forwards: bool = False) -> Write | None:
    """The write that a record of `region`'s log tells; None if it was made elsewhere.

    forwards  also those that were made elsewhere
    """
    change = unpack(entry.stored)
    stamp = change.stamp
    if stamp is None:
        stamp = Stamp(entry.sequence, region)
    elif stamp.region != region and not forwards:
        return None
    return Write(change.keys, change.new, change.new_size, stamp, change.created_ms)


def newest(writes: Iterable[Write]) -> list[Write]:
    """Of several writes of one item the last one, and all those that do not say whose they are.

    writes  in the order in which they were made
    """
    last: dict[bytes, Write] = {}
    unnamed = []
    for write in writes:
        if write.keys:
            last[write.keys] = write
        else:
            unnamed.append(write)
    return [*unnamed, *last.values()]


def encode_batch(head: Head, writes: Sequence[Write], *, packed: bool) -> bytes:
    """The body of one request. packed: make it small, for a line that is slower than zlib"""
    places: dict[str, int] = {}
    parts = [b""]
    pack = _WRITE.pack
    for keys, item, size, stamp, created_ms in writes:
        place = places.setdefault(stamp.region, len(places))
        parts += (
            pack(place, stamp.time, created_ms, size, len(keys), len(item)),
            keys,
            item,
        )
    told = orjson.dumps({**head._asdict(), "regions": list(places)})
    parts[0] = len(told).to_bytes(4, "big") + told
    rest = b"".join(parts)
    if packed:
        return _START.pack(_VERSION, _ZLIB, len(rest)) + zlib.compress(rest, _LEVEL)
    return _START.pack(_VERSION, _PLAIN, len(rest)) + rest


def decode_batch(body: bytes) -> tuple[Head, list[Write]]:
    """What `encode_batch` has made. Raises OperatorError for anything else."""
    try:
        return _decoded(body)
    except (struct.error, zlib.error, orjson.JSONDecodeError, LookupError, TypeError, ValueError):
        raise OperatorError(
            "this is no batch of writes. Do both nodes run versions of headwater that go together?"
        ) from None


def _decoded(body: bytes) -> tuple[Head, list[Write]]:
    version, packing, length = _START.unpack_from(body)
    if version != _VERSION or packing not in (_PLAIN, _ZLIB) or length > _UNPACKED_BYTES_MAX:
        raise ValueError
    rest = body[_START.size :]
    if packing == _ZLIB:
        rest = zlib.decompressobj().decompress(rest, length)
    if len(rest) != length:
        raise ValueError
    at = 4 + int.from_bytes(rest[:4], "big")
    told: dict[str, Any] = orjson.loads(rest[4:at])
    regions: list[str] = told.pop("regions")
    head = Head(**told)
    writes = []
    unpack_from, fixed = _WRITE.unpack_from, _WRITE.size
    while at < length:
        place, time, created_ms, size, keys_len, item_len = unpack_from(rest, at)
        keys_at = at + fixed
        item_at = keys_at + keys_len
        at = item_at + item_len
        if at > length:
            raise ValueError
        stamp = Stamp(time, regions[place])
        writes.append(Write(rest[keys_at:item_at], rest[item_at:at], size, stamp, created_ms))
    return head, writes
