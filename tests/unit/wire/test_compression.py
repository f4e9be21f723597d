"""Compressed bodies, and what a small one may become."""

import gzip
import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.errors import NotSupported, RequestTooLarge, Serialization
from headwater.wire.compression import choose_encoding, deflate, inflate


@given(st.binary(max_size=3000), st.sampled_from([b"gzip", b"deflate"]))
def test_what_was_deflated_inflates_to_the_same(data, encoding):
    assert inflate(encoding, deflate(encoding, data), 3000) == data


def test_the_bound_is_on_what_comes_out():
    packed = gzip.compress(b"x" * 1000)
    assert inflate(b"gzip", packed, 1000) == b"x" * 1000
    with pytest.raises(RequestTooLarge):
        inflate(b"gzip", packed, 999)


def test_a_bomb_costs_no_more_memory_than_the_bound():
    bomb = gzip.compress(b"\0" * 50_000_000)
    tracemalloc.start()
    try:
        with pytest.raises(RequestTooLarge):
            inflate(b"gzip", bomb, 100_000)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("body", [b"", b"nonsense", gzip.compress(b"abc", mtime=0)[:-1]])
def test_broken_bytes_are_a_serialization_error(body):
    with pytest.raises(Serialization):
        inflate(b"gzip", body, 1000)


def test_deflate_is_taken_with_and_without_zlib_s_head():
    """RFC 9110 section 8.4.1.2 means zlib's format and notes that some send the bare stream."""
    for bits in (15, -15):
        assert inflate(b"deflate", zlib.compress(b"abc", wbits=bits), 10) == b"abc"


def test_other_encodings_are_refused_by_name():
    with pytest.raises(NotSupported, match="'br'"):
        inflate(b"br", b"", 10)


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        (b"gzip", b"gzip"),
        (b"deflate", b"deflate"),
        (b"deflate, GZIP;q=0.5", b"gzip"),
        (b"gzip;q=0, deflate", b"deflate"),
        (b"gzip; q=0.0", None),
        (b"*", b"gzip"),
        (b"identity", None),
        (b"br, zstd", None),
        (b"", None),
    ],
)
def test_the_encoding_of_an_answer_is_one_the_client_takes(accept, chosen):
    """Source: RFC 9110 section 12.5.3."""
    assert choose_encoding(accept) == chosen
