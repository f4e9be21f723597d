"""One change as a Kinesis record: its JSON, and the partition key that places it.

A record that is sent again is the same to the byte, its eventID included, so that who receives it
can tell. Source of the form: AWS, developer guide, "Using Kinesis Data Streams to capture changes
to DynamoDB"; userIdentity of a TTL delete is spelt as there. That the microseconds of a precise
time come from the log's own clock, which counts the changes of a millisecond, is ours: AWS promises
an order by them, not what they measure.
"""

from hashlib import blake2b
from typing import NamedTuple

from headwater.changelog.record import EVENT_NAMES, unpack
from headwater.limits import MIB
from headwater.storage.sequence import COUNTER_BITS, ms_of

MILLISECOND = "MILLISECOND"
MICROSECOND = "MICROSECOND"

KEY_DIGITS = 32
RECORD_BYTES_MAX = MIB  # of data and partition key

_COUNTER_MASK = (1 << COUNTER_BITS) - 1
_TTL_IDENTITY = b'{"principalId":"dynamodb.amazonaws.com","type":"Service"}'


class Outgoing(NamedTuple):
    """A record on its way. sequence: where its change stands in the log."""

    sequence: int
    created_ms: int
    key: str
    data: bytes

    @property
    def size(self) -> int:
        """Bytes that count against Kinesis's limits."""
        return len(self.data) + KEY_DIGITS


class OutgoingRenderer:
    """Makes the records of one table's changes."""

    __slots__ = ("_close", "_head", "_middle", "_precise")

    def __init__(self, region: str, table: str, precision: str) -> None:
        self._precise = precision == MICROSECOND
        self._head = f'{{"awsRegion":"{region}","eventID":"'
        self._middle = (
            f',"recordFormat":"application/json","tableName":"{table}",'
            '"dynamodb":{"ApproximateCreationDateTime":'
        ).encode()
        precise = ',"ApproximateCreationDateTimePrecision":"MICROSECOND"' if self._precise else ""
        self._close = f'{precise}}},"eventSource":"aws:dynamodb"}}'.encode()

    def render(self, log: int, sequence: int, stored: bytes) -> Outgoing:
        """log, sequence: where the change stands; stored: as it lies there."""
        change = unpack(stored)
        head = f'{self._head}{event_uuid(log, sequence)}","eventName":"{EVENT_NAMES[change.kind]}"'
        moment = _micros(sequence) if self._precise else change.created_ms
        parts = [
            head.encode(),
            b',"userIdentity":',
            _TTL_IDENTITY if change.identity else b"null",
            self._middle,
            b'%d,"Keys":' % moment,
            change.keys,
        ]
        if change.new:
            parts += (b',"NewImage":', change.new)
        if change.old:
            parts += (b',"OldImage":', change.old)
        size = change.keys_size + change.new_size + change.old_size
        parts += (b',"SizeBytes":%d' % size, self._close)
        key = blake2b(change.keys, digest_size=KEY_DIGITS // 2).hexdigest()
        return Outgoing(sequence, change.created_ms, key, b"".join(parts))


def event_uuid(log: int, sequence: int) -> str:
    """The eventID of a change: a UUID in form, and the same each time.

    >>> event_uuid(7, 255) == event_uuid(7, 255) != event_uuid(7, 256)
    True
    """
    place = log.to_bytes(8, "big") + sequence.to_bytes(8, "big")
    digits = blake2b(place, digest_size=16).hexdigest()
    # Version 4, variant 1: what readers that look at it expect.
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-8{digits[17:20]}-{digits[20:]}"


def _micros(sequence: int) -> int:
    return ms_of(sequence) * 1000 + min(sequence & _COUNTER_MASK, 999)
