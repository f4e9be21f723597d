"""CBOR by the examples of RFC 8949, appendix A, and by botocore's own reading and writing."""

import math

import pytest
from botocore.parsers import RpcV2CBORParser
from hypothesis import given
from hypothesis import strategies as st

from headwater.errors import Serialization
from headwater.wire.cbor import Moment, decode_cbor, encode_cbor

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(1 << 64), (1 << 64) - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@pytest.mark.parametrize(
    ("data", "value"),
    [
        ("00", 0),
        ("1903e8", 1000),
        ("1bffffffffffffffff", 18446744073709551615),
        ("3903e7", -1000),
        ("f93c00", 1.0),
        ("fa47c35000", 100000.0),
        ("fb3ff199999999999a", 1.1),
        ("f97c00", math.inf),
        ("f5", True),
        ("f6", None),
        ("f7", None),
        ("c11a514b67b0", 1363896240),
        ("4401020304", b"\x01\x02\x03\x04"),
        ("6449455446", "IETF"),
        ("83010203", [1, 2, 3]),
        ("a26161016162820203", {"a": 1, "b": [2, 3]}),
        ("7f657374726561646d696e67ff", "streaming"),
        ("9f018202039f0405ffff", [1, [2, 3], [4, 5]]),
        ("bf61610161629f0203ffff", {"a": 1, "b": [2, 3]}),
        ("", {}),
    ],
)
def test_the_examples_of_the_standard_are_read(data, value):
    assert decode_cbor(bytes.fromhex(data)) == value


@pytest.mark.parametrize(
    "data",
    [
        "ff",
        "1c",
        "83",
        "61",
        "8301",
        "a1",
        "0000",
        "f8",
        "81ff",
        "a16161",
        "81" * 200,
        "3f",
    ],
)
def test_what_is_no_cbor_is_refused(data):
    with pytest.raises(Serialization):
        decode_cbor(bytes.fromhex(data))


@given(value=VALUES)
def test_what_is_written_is_read_again(value):
    assert decode_cbor(encode_cbor(value)) == value


@given(data=st.binary(max_size=40))
def test_no_bytes_do_more_than_be_refused(data):
    try:
        decode_cbor(data)
    except Serialization:
        pass


def test_a_moment_is_read_by_botocore_as_one():
    parser = RpcV2CBORParser()
    found = parser.parse_data_item(parser.get_peekable_stream_from_bytes(encode_cbor(Moment(1.5))))
    assert found.timestamp() == 1.5
