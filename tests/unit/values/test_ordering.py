"""The order of encoded keys is the order of their values, alone and joined. Source: the format
written down in headwater/values/ordering.py; the orders are Python's own of bytes and Decimal."""

from base64 import b64encode
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.values.number import canonical_number
from headwater.values.ordering import after_prefix, encode_key, encode_prefix

texts = st.text(st.characters(codec="utf-8"), max_size=12) | st.text("a\x00\x01\xff", max_size=6)
binaries = st.binary(max_size=12) | st.lists(st.sampled_from([0, 1, 254, 255])).map(bytes)
numbers = st.builds(
    lambda sign, digits, exponent: canonical_number(f"{sign}{digits}E{exponent}"),
    st.sampled_from(["", "-"]),
    st.integers(0, 10**38 - 1) | st.integers(0, 300),
    st.integers(-130, 88) | st.integers(-4, 4),
)


def string(text):
    return {"S": text}


def binary(raw):
    return {"B": b64encode(raw).decode()}


def number(text):
    return {"N": text}


@pytest.mark.parametrize(
    ("value", "encoded"),
    [
        (number("0"), "10 02"),
        (number("1"), "10 03 81 02 00"),
        (number("-1"), "10 01 7e fd ff"),
        (number("12.5"), "10 03 81 0d 33 00"),
        (number("100"), "10 03 82 02 00"),
        (number(canonical_number("1E-130")), "10 03 40 02 00"),
        (number(canonical_number("1E125")), "10 03 bf 0b 00"),
        (string(""), "20 00 01"),
        (string("a"), "20 61 00 01"),
        (string("\x00"), "20 00 ff 00 01"),
        (binary(b"\x00\xff"), "30 00 ff ff 00 01"),
    ],
)
def test_the_bytes_are_those_of_the_written_format(value, encoded):
    assert encode_key(value).hex(" ") == encoded


@given(texts, texts)
def test_strings_sort_by_their_utf8_bytes(left, right):
    one, two = encode_key(string(left)), encode_key(string(right))
    assert (one < two) == (left.encode() < right.encode())
    assert (one == two) == (left == right)


@given(binaries, binaries)
def test_binaries_sort_as_unsigned_bytes(left, right):
    one, two = encode_key(binary(left)), encode_key(binary(right))
    assert (one < two) == (left < right)
    assert (one == two) == (left == right)


@given(numbers, numbers)
def test_numbers_sort_by_value(left, right):
    one, two = encode_key(number(left)), encode_key(number(right))
    assert (one < two) == (Decimal(left) < Decimal(right))
    assert (one == two) == (left == right)


keys = st.one_of(texts.map(string), binaries.map(binary), numbers.map(number))


@given(keys, keys)
def test_no_encoding_is_the_beginning_of_another(left, right):
    one, two = encode_key(left), encode_key(right)
    assert one == two or not two.startswith(one)


@given(st.tuples(texts, numbers), st.tuples(texts, numbers))
def test_joined_encodings_sort_from_left_to_right(left, right):
    def joined(pair):
        return encode_key(string(pair[0])) + encode_key(number(pair[1]))

    def by_value(pair):
        return pair[0].encode(), Decimal(pair[1])

    assert (joined(left) < joined(right)) == (by_value(left) < by_value(right))


@given(binaries, binaries)
def test_the_range_of_a_prefix_holds_just_what_begins_with_it(prefix, raw):
    start = encode_prefix(binary(prefix))
    inside = start <= encode_key(binary(raw)) < after_prefix(start)
    assert inside == raw.startswith(prefix)


@given(texts, texts)
def test_the_range_of_a_text_prefix_holds_just_what_begins_with_it(prefix, text):
    start = encode_prefix(string(prefix))
    inside = start <= encode_key(string(text)) < after_prefix(start)
    assert inside == text.startswith(prefix)
