"""Shard iterators: a position in a shard that a client carries for us.

An iterator stands for (stream, shard, position, issue time), signed with the node's secret, so
that one that was made up, cut, or taken from another node is refused and one from before a
restart still works. Clients must not parse it. Its outer form is AWS's: <stream ARN>|1|<base64>.
It also carries what never changes about the stream, so that a page of records needs no look at
the stream's document: the document that can change, the shard's, is read with every page.

Source: AWS, API reference of DynamoDB Streams, GetShardIterator; the 15 minutes are its
"shard iterator expires 15 minutes after it is retrieved".
"""

import base64
import binascii
import struct
from hashlib import blake2b
from hmac import compare_digest
from typing import NamedTuple

from headwater.changelog.record import VIEW_TYPES
from headwater.errors import ExpiredIterator, Validation
from headwater.ids import secret_bytes
from headwater.limits import ITERATOR_AGE_MS_MAX
from headwater.storage import keyspace
from headwater.storage.engine import Transaction

_BODY = struct.Struct(">IBQBQI37s")
_SIGNATURE_BYTES = 16


class Position(NamedTuple):
    """The next record to show is the first one of the shard above `after`.

    stream_id, view  of the stream; neither ever changes
    reader           who goes on from one GetShardIterator; 0 where nobody counts readers
    """

    stream_arn: str
    stream_id: int
    view: str
    shard_id: str
    after: int
    from_horizon: bool  # the position is "the oldest there is", so trimming cannot pass it
    reader: int = 0


def encode_position(position: Position, now_ms: int, secret: bytes) -> str:
    """The iterator that stands for `position`, issued at `now_ms`."""
    body = _BODY.pack(
        position.stream_id,
        VIEW_TYPES.index(position.view),
        position.after,
        position.from_horizon,
        now_ms,
        position.reader,
        position.shard_id.encode(),
    )
    sealed = body + _sign(position.stream_arn, body, secret)
    return f"{position.stream_arn}|1|{base64.b64encode(sealed).decode()}"


def decode_position(iterator: str, now_ms: int, secret: bytes) -> Position:
    """The position `iterator` stands for.

    Raises Validation when it is not one this node issued, ExpiredIterator when it is older than
    15 minutes.
    """
    arn, _, rest = iterator.partition("|1|")
    try:
        sealed = base64.b64decode(rest, validate=True)
    except (binascii.Error, ValueError):
        raise Validation("Invalid ShardIterator") from None
    body, signature = sealed[: _BODY.size], sealed[_BODY.size :]
    if len(signature) != _SIGNATURE_BYTES or not compare_digest(
        signature, _sign(arn, body, secret)
    ):
        raise Validation("Invalid ShardIterator")
    stream_id, view, after, from_horizon, issued_ms, reader, shard = _BODY.unpack(body)
    if now_ms - issued_ms > ITERATOR_AGE_MS_MAX:
        raise ExpiredIterator
    shard_id = shard.rstrip(b"\0").decode()
    return Position(arn, stream_id, VIEW_TYPES[view], shard_id, after, bool(from_horizon), reader)


def issued_ms_of(iterator: str) -> int | None:
    """When an iterator says it was issued, whoever made it; None if it says nothing."""
    try:
        sealed = base64.b64decode(iterator.rpartition("|")[2], validate=True)
    except (binascii.Error, ValueError):
        return None
    if len(sealed) != _BODY.size + _SIGNATURE_BYTES:
        return None
    issued_ms: int = _BODY.unpack_from(sealed)[4]
    return issued_ms


def _sign(arn: str, body: bytes, secret: bytes) -> bytes:
    return blake2b(arn.encode() + body, digest_size=_SIGNATURE_BYTES, key=secret).digest()


def iterator_secret(tx: Transaction) -> bytes:
    """The node's signing key, made the first time it is asked for."""
    secret = tx.get(keyspace.ITERATOR_SECRET)
    if secret is None:
        secret = secret_bytes(32)
        tx.put(keyspace.ITERATOR_SECRET, secret)
    return secret
