"""An item or an index entry as it lies in storage.

    version  1 byte   1
    size     4 bytes  of the item by DynamoDB's rules, names included
    item     canonical JSON

The size is kept because every write needs the old one (for capacity, counts and SizeBytes) and
most writes need nothing else of the old item decoded.
"""

import struct
from collections.abc import Sequence

from headwater.errors import CorruptionError

_HEADER = struct.Struct(">BI")
HEADER_BYTES = _HEADER.size
_VERSION = 1


def pack(item_json: bytes, size: int) -> bytes:
    return _HEADER.pack(_VERSION, size) + item_json


def size_of(stored: bytes) -> int:
    """Bytes of the item by DynamoDB's rules. Raises CorruptionError for another version."""
    version, size = _HEADER.unpack_from(stored)
    if version != _VERSION:
        raise CorruptionError(
            f"a stored item has version {version} and this build reads {_VERSION}. "
            f"Start the headwater that wrote it, or restore the directory from a backup."
        )
    return int(size)


def json_of(stored: bytes) -> bytes:
    return stored[HEADER_BYTES:]


def read_many(values: Sequence[bytes]) -> tuple[list[bytes], list[int]]:
    """The items in many stored values, as JSON, and their sizes: `json_of` and `size_of` of each,
    in a third of the time."""
    if not values:
        return [], []
    versions, sizes = zip(*map(_HEADER.unpack_from, values), strict=True)
    if versions.count(_VERSION) == len(values):
        return [value[HEADER_BYTES:] for value in values], list(sizes)
    return list(map(json_of, values)), list(map(size_of, values))
