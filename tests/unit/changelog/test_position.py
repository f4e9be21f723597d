"""Shard iterators: what a client carries stands for a position, for 15 minutes, on this node only.

Source: AWS, API reference of DynamoDB Streams, GetShardIterator and GetRecords (errors).
"""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.changelog.position import Position, decode_position, encode_position
from headwater.changelog.record import VIEW_TYPES
from headwater.errors import ExpiredIterator, Validation

ARN = "arn:aws:dynamodb:us-east-1:000000000000:table/T/stream/2026-03-04T05:06:07.891"
SHARD = "shardId-00000001772600767891-5f0c9a1b"
NOW_MS = 1_772_600_800_000
SECRET = b"k" * 32
MINUTE_MS = 60_000
POSITION = Position(ARN, 1, "NEW_IMAGE", SHARD, 2, False)


@given(
    stream=st.integers(0, 2**32 - 1),
    view=st.sampled_from(VIEW_TYPES),
    after=st.integers(0, 2**64 - 1),
    from_horizon=st.booleans(),
    reader=st.integers(0, 2**32 - 1),
)
def test_a_position_survives_the_journey(
    stream: int, view: str, after: int, from_horizon: bool, reader: int
) -> None:
    position = Position(ARN, stream, view, SHARD, after, from_horizon, reader)
    iterator = encode_position(position, NOW_MS, SECRET)
    assert decode_position(iterator, NOW_MS + 15 * MINUTE_MS, SECRET) == position
    assert iterator.startswith(ARN + "|1|")


def test_an_iterator_expires_after_15_minutes() -> None:
    iterator = encode_position(POSITION, NOW_MS, SECRET)
    with pytest.raises(ExpiredIterator, match="exceeds the maximum age allowed"):
        decode_position(iterator, NOW_MS + 15 * MINUTE_MS + 1, SECRET)


def test_a_forged_cut_or_foreign_iterator_is_refused() -> None:
    iterator = encode_position(POSITION, NOW_MS, SECRET)
    head, _, tail = iterator.rpartition("|")
    sealed = bytearray(base64.b64decode(tail))
    sealed[8] ^= 1
    other_table = iterator.replace("table/T/", "table/U/")
    forged = f"{head}|{base64.b64encode(bytes(sealed)).decode()}"
    for text in (forged, other_table, iterator[:-8], "rubbish", "", ARN + "|1|%%%"):
        with pytest.raises(Validation):
            decode_position(text, NOW_MS, SECRET)
    with pytest.raises(Validation):
        decode_position(iterator, NOW_MS, b"x" * 32)
