"""What goes into one PutRecords, and what of it must be sent again: functions of values.

Source of the limits: AWS, API reference of Kinesis, PutRecords: up to 500 records and 5 MiB with
the partition keys; "a single record failure does not stop the processing of subsequent records".
"""

from collections.abc import Sequence
from typing import Final

from headwater.consumers.kinesis.record import Outgoing
from headwater.limits import MIB

RECORDS_MAX = 500
BATCH_BYTES_MAX = 5 * MIB
THROTTLED: Final = "ProvisionedThroughputExceededException"


def fitting(waiting: Sequence[Outgoing]) -> int:
    """How many records from the start of `waiting` go into one request; at least one if any."""
    room = BATCH_BYTES_MAX
    for count, record in enumerate(waiting[:RECORDS_MAX]):
        room -= record.size
        if room < 0 and count:
            return count
    return min(len(waiting), RECORDS_MAX)


def to_send_again(batch: Sequence[Outgoing], errors: Sequence[str | None]) -> list[Outgoing]:
    """Those that failed and what follows them of the same key, in order.

    errors  one for each record: the code it failed with, or None

    A change that arrived although an earlier one of its key failed is sent a second time, after
    that one: whoever applies the records of a key as they come is left with its newest.
    """
    failed: set[str] = set()
    again = []
    for record, error in zip(batch, errors, strict=True):
        if error is not None:
            failed.add(record.key)
        if record.key in failed:
            again.append(record)
    return again
