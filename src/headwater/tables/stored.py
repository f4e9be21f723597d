"""An item or an index entry as it lies in storage.

    version  1 byte   1
    size     4 bytes  of the item by DynamoDB's rules, names included
    item     canonical JSON

An item of a table that is replicated between regions says when and where it was written:

    version  1 byte   2
    size     4 bytes
    stamp    9 bytes and the region's name (changelog/conflict.py)
    item     canonical JSON

The size is kept because every write needs the old one (for capacity, counts and SizeBytes) and
most writes need nothing else of the old item decoded.
"""

import struct
from collections.abc import Sequence

from headwater.changelog.conflict import UNSTAMPED, Stamp, pack_stamp, unpack_stamp
from headwater.errors import CorruptionError

_HEADER = struct.Struct(">BI")
HEADER_BYTES = _HEADER.size
_REGION_AT = HEADER_BYTES + 8  # one byte, its length
_PLAIN = 1
_STAMPED = 2


def pack(item_json: bytes, size: int) -> bytes:
    return _HEADER.pack(_PLAIN, size) + item_json


def pack_stamped(item_json: bytes, size: int, stamp: Stamp) -> bytes:
    return _HEADER.pack(_STAMPED, size) + pack_stamp(stamp) + item_json


def size_of(stored: bytes) -> int:
    """Bytes of the item by DynamoDB's rules. Raises CorruptionError for another version."""
    version, size = _HEADER.unpack_from(stored)
    if version != _PLAIN and version != _STAMPED:
        raise CorruptionError(
            f"a stored item has version {version} and this build reads up to {_STAMPED}. "
            f"Start the headwater that wrote it, or restore the directory from a backup."
        )
    return int(size)


def json_of(stored: bytes) -> bytes:
    if stored[0] == _PLAIN:
        return stored[HEADER_BYTES:]
    return stored[_REGION_AT + 1 + stored[_REGION_AT] :]


def stamp_of(stored: bytes) -> Stamp:
    """When and where the item was written, as far as that is known."""
    return UNSTAMPED if stored[0] == _PLAIN else unpack_stamp(stored, HEADER_BYTES)[0]


def read_many(values: Sequence[bytes]) -> tuple[list[bytes], list[int]]:
    """The items in many stored values, as JSON, and their sizes: `json_of` and `size_of` of each,
    in a third of the time."""
    if not values:
        return [], []
    versions, sizes = zip(*map(_HEADER.unpack_from, values), strict=True)
    if versions.count(_PLAIN) == len(values):
        return [value[HEADER_BYTES:] for value in values], list(sizes)
    return list(map(json_of, values)), list(map(size_of, values))
