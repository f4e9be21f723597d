"""NextToken: a position in a SELECT that a client carries for us.

It belongs to one statement with its parameters on one table, and says so under the node's
signature, so that one that was made up is refused as invalid and one of another statement as not
matching. Limit and ConsistentRead may change from page to page. Clients must not parse it.
"""

import base64
import binascii
import struct
from collections.abc import Sequence
from hashlib import blake2b
from hmac import compare_digest

import orjson

from headwater.errors import Validation
from headwater.partiql.reading import Position
from headwater.tables.schema import Table
from headwater.values.size import Value

_HEAD = struct.Struct(">B16sB")  # version, digest of the request, number of the bounds
_VERSION = 1
_SIGNATURE_BYTES = 16


def encode_token(position: Position, request: bytes, secret: bytes) -> str:
    """The token that stands for a position. request: as request_digest gives it."""
    body = _HEAD.pack(_VERSION, request, position.bounds) + position.after
    return base64.b64encode(body + _sign(body, secret)).decode()


def decode_token(token: str, request: bytes, secret: bytes) -> Position:
    """The position a token stands for. Raises Validation for a forged or a foreign one."""
    try:
        sealed = base64.b64decode(token, validate=True)
    except (binascii.Error, ValueError):
        raise Validation("Invalid NextToken") from None
    body, signature = sealed[:-_SIGNATURE_BYTES], sealed[-_SIGNATURE_BYTES:]
    if len(body) <= _HEAD.size or not compare_digest(signature, _sign(body, secret)):
        raise Validation("Invalid NextToken")
    version, digest, bounds = _HEAD.unpack_from(body)
    if version != _VERSION:
        raise Validation("Invalid NextToken")
    if digest != request:
        raise Validation("NextToken does not match request")
    return Position(bounds, body[_HEAD.size :])


def request_digest(table: Table, text: str, parameters: Sequence[Value]) -> bytes:
    """What tells one paged statement from another, 16 bytes."""
    content = orjson.dumps([table.schema.uuid, text, list(parameters)], option=orjson.OPT_SORT_KEYS)
    return blake2b(content, digest_size=16).digest()


def _sign(body: bytes, secret: bytes) -> bytes:
    return blake2b(body, digest_size=_SIGNATURE_BYTES, key=secret, person=b"NextToken").digest()
