"""Writes on their way to another region: packed, unpacked, and the last of an item shipped."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.changelog.conflict import Stamp
from headwater.changelog.read import Entry
from headwater.changelog.record import TTL_IDENTITY, Change, pack
from headwater.consumers.replication.batch import (
    Head,
    Write,
    decode_batch,
    encode_batch,
    newest,
    write_of,
)
from headwater.errors import OperatorError

HEAD = Head("000000000000", "Orders", "g", "us-east-1", "eu-west-1")
KEYS = b'{"pk":{"S":"a"}}'
NEW = b'{"pk":{"S":"a"},"n":{"N":"2"}}'
OLD = b'{"pk":{"S":"a"},"n":{"N":"1"}}'
PARTS = st.binary(max_size=30)
STAMPS = st.builds(Stamp, st.integers(0, 2**64 - 1), st.sampled_from(["a-1", "b-2", "", "c-3"]))
WRITES = st.lists(
    st.builds(Write, PARTS, PARTS, st.integers(0, 2**32 - 1), STAMPS, st.integers(0, 2**63)),
    max_size=8,
)


@given(WRITES, st.booleans())
def test_what_is_encoded_is_decoded(writes: list[Write], packed: bool) -> None:
    assert decode_batch(encode_batch(HEAD, writes, packed=packed)) == (HEAD, writes)


@given(WRITES, st.data())
def test_what_is_cut_or_changed_is_refused_or_read_and_never_crashes(
    writes: list[Write], data: st.DataObject
) -> None:
    body = bytearray(encode_batch(HEAD, writes, packed=data.draw(st.booleans())))
    at = data.draw(st.integers(0, len(body) - 1))
    if data.draw(st.booleans()):
        body[at] ^= data.draw(st.integers(1, 255))
    else:
        del body[at:]
    try:
        decode_batch(bytes(body))
    except OperatorError as refusal:
        assert "no batch of writes" in str(refusal)


def entry(stamp: Stamp | None, identity: bytes = b"") -> Entry:
    return Entry(77, pack(Change(5, KEYS, 3, NEW, 9, OLD, 9, identity, stamp)))


def test_a_write_of_this_region_is_stamped_with_the_sequence_of_its_record() -> None:
    assert write_of(entry(None), "us-east-1") == Write(KEYS, NEW, 9, Stamp(77, "us-east-1"), 5)


def test_a_write_of_another_region_is_not_shipped_on() -> None:
    told = entry(Stamp(7, "eu-west-1"))
    assert write_of(told, "us-east-1") is None
    forwarded = write_of(told, "us-east-1", forwards=True)
    assert forwarded == Write(KEYS, NEW, 9, Stamp(7, "eu-west-1"), 5)


def test_what_ended_by_itself_here_is_shipped_with_its_own_stamp() -> None:
    ended = entry(Stamp(7, "us-east-1"), TTL_IDENTITY)
    assert write_of(ended, "us-east-1") == Write(KEYS, NEW, 9, Stamp(7, "us-east-1"), 5)


def test_of_several_writes_of_an_item_the_last_one_is_shipped() -> None:
    """Source: AWS, developer guide: quick changes of an item may be replicated as one."""
    writes = [
        Write(key, b"x", 1, Stamp(number, "a-1"), 1)
        for number, key in enumerate([b"a", b"b", b"a", b"", b"b", b""], 1)
    ]
    assert sorted(write.stamp.time for write in newest(writes)) == [3, 4, 5, 6]


@pytest.mark.parametrize("body", [b"", b"\x02\x00\x00\x00\x00\x00", b"{}", b"\x01\x01" + b"x" * 40])
def test_what_is_no_batch_is_refused(body: bytes) -> None:
    with pytest.raises(OperatorError, match="no batch of writes"):
        decode_batch(body)
