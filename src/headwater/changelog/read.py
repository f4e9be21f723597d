"""Reading a shard: a page of records after a sequence, and where the readable part begins.

Readers see at most the retention's length of history, on the node's clock, whether or not the
trimmer has been by: what a stream shows must not depend on when a background task last ran.
"""

from typing import NamedTuple

from headwater.limits import STREAM_RETENTION_MS
from headwater.storage import keyspace
from headwater.storage.engine import Transaction
from headwater.storage.sequence import at_ms


class Entry(NamedTuple):
    """One record of a log: record.Renderer makes it readable."""

    sequence: int
    stored: bytes


def horizon(now_ms: int, retention_ms: int = STREAM_RETENTION_MS) -> int:
    """The lowest sequence that is still readable at `now_ms`."""
    return at_ms(max(0, now_ms - retention_ms))


def read_log(
    tx: Transaction, log: int, after: int, limit: int, bytes_max: int | None = None
) -> list[Entry]:
    """Up to `limit` records above sequence `after`, in order.

    bytes_max  stop with the record with which the stored bytes reach this
    """
    found = tx.range(*keyspace.log_range(log, after + 1), limit=limit, bytes_max=bytes_max)
    sequence_of = keyspace.sequence_of
    return [Entry(sequence_of(key), stored) for key, stored in found]


def read_stored(
    tx: Transaction, log: int, after: int, limit: int, bytes_max: int
) -> tuple[list[bytes], int]:
    """As `read_log`, for who needs no sequence but the last: the records, and that."""
    found = tx.range(*keyspace.log_range(log, after + 1), limit=limit, bytes_max=bytes_max)
    last = keyspace.sequence_of(found[-1][0]) if found else after
    return [stored for _, stored in found], last
