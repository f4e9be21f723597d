"""Receipt handles: what a receiver shows to say which receive of which message it means.

A handle names the queue, the message and the how-manieth receive it was; nothing is stored for
it. It is opaque to callers, and its check tells a damaged one from an old one.
"""

import binascii
import struct
from base64 import b64decode, b64encode
from hashlib import blake2b
from typing import Final, NamedTuple

from headwater.errors import ReceiptHandleIsInvalid

_FORM: Final = struct.Struct(">IQI")
_CHECK_BYTES: Final = 8


class Receipt(NamedTuple):
    """One receive of one message."""

    queue: int
    sequence: int
    receive: int  # the first is 1, counted over all queues the message was in


def to_handle(receipt: Receipt) -> str:
    packed = _FORM.pack(*receipt)
    return b64encode(packed + _check(packed)).decode()


def from_handle(handle: str, queue: int) -> Receipt:
    """Raises ReceiptHandleIsInvalid for what this node did not make, or made for another queue."""
    try:
        data = b64decode(handle, validate=True)
    except (binascii.Error, ValueError):
        data = b""
    packed, check = data[: _FORM.size], data[_FORM.size :]
    if len(packed) == _FORM.size and check == _check(packed):
        receipt = Receipt(*_FORM.unpack(packed))
        if receipt.queue == queue:
            return receipt
    raise ReceiptHandleIsInvalid(
        f'The input receipt handle "{handle}" is not a valid receipt handle.'
    )


def _check(packed: bytes) -> bytes:
    return blake2b(packed, digest_size=_CHECK_BYTES, person=b"receipt").digest()
