"""One change of one item, as it lies in the log and as readers are shown it.

A record is stored in parts, so that a page of GetRecords in any view type, and the event of a
mapping, is a join of bytes and parses nothing:

    kind        1 byte   0 INSERT, 1 MODIFY, 2 REMOVE; 3, 4, 5 the same with a stamp
    created     8 bytes  milliseconds since the epoch
    sizes       3 x 4    of keys, new image, old image by DynamoDB's rules; 0 where there is none
    lengths     3 x 4    bytes of the three JSON parts that follow; 0 where there is none
    keys, new image, old image   canonical JSON
    stamp       of the write, if it is not this record's own sequence in the stream's own region:
                the record repeats another region's write, or TTL's delete of what it had found
    identity    the rest: JSON of the service that made the change (TTL); mostly empty

Both images are kept whatever the stream's view type shows, because a replica, a view or
point-in-time recovery needs them. The sequence is not in here: it is the record's key.

Source of the shapes: AWS, API reference of DynamoDB Streams, "Record" and "StreamRecord"; the
Lambda guide's sample event of DynamoDB.
"""

import struct
from typing import NamedTuple

from headwater.changelog.conflict import Stamp, pack_stamp, unpack_stamp
from headwater.storage.sequence import to_wire

_HEADER = struct.Struct(">BQIIIIII")
_HEADER_BYTES = _HEADER.size
_LENGTHS = struct.Struct(">III")
_LENGTHS_AT = _HEADER_BYTES - _LENGTHS.size
_OUTLINE = struct.Struct(">BQ12xIII")  # the header without sizes
_EVENT_ID = struct.Struct(">QQ")

INSERT, MODIFY, REMOVE = 0, 1, 2
_STAMPED = 3  # added to the kind of a record that has a stamp
_REGION_AT = 8  # within a stamp: the length of its region's name
EVENT_NAMES = ("INSERT", "MODIFY", "REMOVE")

VIEW_TYPES = ("KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES")

TTL_IDENTITY = b'{"PrincipalId":"dynamodb.amazonaws.com","Type":"Service"}'
_EVENT_IDENTITY = b'{"principalId":"dynamodb.amazonaws.com","type":"Service"}'


class Change(NamedTuple):
    """What a write did. Sizes are bytes by DynamoDB's item size rules, images canonical JSON."""

    created_ms: int
    keys: bytes
    keys_size: int
    new: bytes  # b"" when the item is gone
    new_size: int
    old: bytes  # b"" when there was none
    old_size: int
    identity: bytes = b""  # TTL_IDENTITY, or nothing for a caller's own write
    stamp: Stamp | None = None  # None: the record's sequence, in the stream's region

    @property
    def kind(self) -> int:
        return REMOVE if not self.new else MODIFY if self.old else INSERT


def pack(change: Change) -> bytes:
    """The stored form of `change`."""
    created_ms, keys, keys_size, new, new_size, old, old_size, identity, stamp = change
    kind = REMOVE if not new else MODIFY if old else INSERT
    if stamp is not None:
        kind += _STAMPED
        identity = pack_stamp(stamp) + identity
    header = _HEADER.pack(
        kind, created_ms, keys_size, new_size, old_size, len(keys), len(new), len(old)
    )
    return b"".join((header, keys, new, old, identity))


def unpack(stored: bytes) -> Change:
    """The change that `stored` holds."""
    kind, created_ms, keys_size, new_size, old_size, keys_len, new_len, old_len = (
        _HEADER.unpack_from(stored)
    )
    new_at = _HEADER_BYTES + keys_len
    old_at = new_at + new_len
    end = old_at + old_len
    stamp, identity_at = unpack_stamp(stored, end) if kind >= _STAMPED else (None, end)
    return Change(
        created_ms,
        stored[_HEADER_BYTES:new_at],
        keys_size,
        stored[new_at:old_at],
        new_size,
        stored[old_at:end],
        old_size,
        stored[identity_at:],
        stamp,
    )


def kind_of(stored: bytes) -> int:
    """INSERT, MODIFY or REMOVE, without unpacking the rest."""
    return stored[0] % _STAMPED


def created_ms_of(stored: bytes) -> int:
    """When the change was made, without unpacking the rest."""
    return int.from_bytes(stored[1:9], "big")


def keys_of(stored: bytes) -> bytes:
    """The key of the item that was changed, canonical JSON, without unpacking the rest."""
    return stored[_HEADER_BYTES : _HEADER_BYTES + int.from_bytes(stored[21:25], "big")]


def images_of(stored: bytes) -> tuple[bytes, bytes]:
    """The new and the old image, canonical JSON or nothing, without unpacking the rest."""
    keys_len, new_len, old_len = _LENGTHS.unpack_from(stored, _LENGTHS_AT)
    new_at = _HEADER_BYTES + keys_len
    old_at = new_at + new_len
    return stored[new_at:old_at], stored[old_at : old_at + old_len]


def outline_of(stored: bytes) -> tuple[int, int, bytes]:
    """(INSERT, MODIFY or REMOVE; when it was made; the image it is about), without the rest: the
    new one, or the old one of an item that is gone."""
    kind, created_ms, keys_len, new_len, old_len = _OUTLINE.unpack_from(stored)
    at = _HEADER_BYTES + keys_len
    # What is gone has no new image, so the old one begins there.
    return kind % _STAMPED, created_ms, stored[at : at + (new_len or old_len)]


def event_id(log: int, sequence: int) -> str:
    """32 hexadecimal digits: unique, stable, and enough to find the record again.

    >>> event_id(7, 255)
    '000000000000000700000000000000ff'
    """
    return f"{log:016x}{sequence:016x}"


def parse_event_id(text: str) -> tuple[int, int] | None:
    """(log, sequence) of an event id, or None if it is not one of ours."""
    if len(text) != 32:
        return None
    try:
        return int(text[:16], 16), int(text[16:], 16)
    except ValueError:
        return None


class Renderer:
    """Turns stored records into the JSON that readers of one stream see.

    view    one of VIEW_TYPES
    region  the stream's region
    source_arn  None for GetRecords; the stream's ARN for a handler's event, whose records carry
                it, write the time as a float and spell userIdentity's members in lower case
    """

    __slots__ = ("_close", "_decimal", "_identity", "_names", "_new", "_old")

    def __init__(self, view: str, region: str, source_arn: str | None = None) -> None:
        self._new = view in ("NEW_IMAGE", "NEW_AND_OLD_IMAGES")
        self._old = view in ("OLD_IMAGE", "NEW_AND_OLD_IMAGES")
        middle = (
            f'","eventVersion":"1.1","eventSource":"aws:dynamodb","awsRegion":"{region}"'
            ',"dynamodb":{"ApproximateCreationDateTime":'
        )
        self._names = 2 * tuple(f'","eventName":"{name}{middle}' for name in EVENT_NAMES)
        tail = f',"StreamViewType":"{view}"}}'
        self._decimal = ""
        self._identity: bytes | None = None
        if source_arn is not None:
            tail += f',"eventSourceARN":"{source_arn}"'
            self._decimal = ".0"
            self._identity = _EVENT_IDENTITY
        self._close = tail

    def render(self, log: int, sequence: int, stored: bytes) -> bytes:
        """The JSON object of one record."""
        kind, created_ms, keys_size, new_size, old_size, keys_len, new_len, old_len = (
            _HEADER.unpack_from(stored)
        )
        new_at = _HEADER_BYTES + keys_len
        old_at = new_at + new_len
        end = old_at + old_len
        identity_at = end if kind < _STAMPED else end + _REGION_AT + 1 + stored[end + _REGION_AT]
        size = keys_size
        head = (
            f'{{"eventID":"{_EVENT_ID.pack(log, sequence).hex()}{self._names[kind]}'
            f'{created_ms // 1000}{self._decimal},"Keys":'
        )
        parts = [head.encode(), stored[_HEADER_BYTES:new_at]]
        if self._new and new_len:
            parts += (b',"NewImage":', stored[new_at:old_at])
            size += new_size
        if self._old and old_len:
            parts += (b',"OldImage":', stored[old_at:end])
            size += old_size
        tail = f',"SequenceNumber":"{to_wire(sequence)}","SizeBytes":{size}{self._close}'
        if identity_at < len(stored):
            identity = self._identity or stored[identity_at:]
            parts += (tail.encode(), b',"userIdentity":', identity, b"}")
        else:
            parts.append((tail + "}").encode())
        return b"".join(parts)
