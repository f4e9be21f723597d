"""SizeBytes: the keys and the images shown, each by the rules of an item's size.

A name counts its UTF-8 bytes. A string counts its UTF-8 bytes, a binary its bytes, BOOL and NULL
one; a number one byte for two digits, and one; a list or map three, one for each element, and the
elements; a set the sum of its elements.
"""

import pytest

from kit.cases import GUIDE_SIZES, RECORDED, STREAM_RECORD, complete, core, strict
from kit.endpoint import Json
from kit.tables import VIEWS, Table, Tables

SUM = f"{STREAM_RECORD}: SizeBytes; {RECORDED} (12 for an INSERT of {{id: Fred}})"


def key_size(key: Json) -> int:
    """Of a key of strings."""
    return sum([len(name) + len(value["S"].encode()) for name, value in key.items()])


def size(record: Json) -> int:
    """What the record says."""
    said: int = record["dynamodb"]["SizeBytes"]
    return said


@core(SUM)
def test_an_insert_counts_keys_and_new_image(table: Table, key: Json) -> None:
    table.put(key)
    (record,) = table.changes(key)
    assert size(record) == 2 * key_size(key)


@core(SUM)
def test_a_sort_key_counts_too(sorted_table: Table, key: Json) -> None:
    whole = {**key, "sk": {"S": "seven"}}
    sorted_table.put(whole)
    (record,) = sorted_table.changes(whole)
    assert size(record) == 2 * (key_size(key) + len("sk") + len("seven"))


@core(SUM)
def test_a_change_counts_keys_and_both_images(table: Table, key: Json) -> None:
    table.put({**key, "name": {"S": "short"}})
    table.put({**key, "name": {"S": "rather long"}})
    images = 2 * key_size(key) + 4 + len("short") + 4 + len("rather long")
    assert size(table.changes(key)[1]) == key_size(key) + images


@core(SUM)
def test_a_removal_counts_keys_and_old_image(table: Table, key: Json) -> None:
    table.put({**key, "name": {"S": "short"}})
    table.delete(key)
    assert size(table.changes(key)[1]) == 2 * key_size(key) + 4 + len("short")


@core(SUM)
@pytest.mark.parametrize("view", VIEWS)
def test_only_what_is_shown_counts(tables: Tables, view: str, key: Json) -> None:
    table = tables.shared(view)
    table.put({**key, "a": {"S": "1"}})
    table.put({**key, "a": {"S": "2222"}})
    table.delete(key)
    keys = key_size(key)
    first, second = keys + 1 + 1, keys + 1 + 4
    new, old = [first, second, 0], [0, first, second]
    expected = [keys + ("NEW" in view and new[n]) + ("OLD" in view and old[n]) for n in range(3)]
    assert [size(record) for record in table.reader.wait_for(key, 3)] == expected


def insert_size(table: Table, key: Json, name: str, value: Json) -> int:
    """What one more attribute adds to the SizeBytes of an INSERT."""
    table.put({**key, name: value})
    (record,) = table.changes(key)
    return size(record) - 2 * key_size(key)


@core(GUIDE_SIZES)
@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("text", {"S": "hello"}, 4 + 5),
        ("größe", {"S": "x"}, 7 + 1),
        ("text", {"S": "日本"}, 4 + 6),
        ("text", {"S": "😀"}, 4 + 4),
        ("data", {"B": b"\x00\x01\x02"}, 4 + 3),
        ("flag", {"BOOL": True}, 4 + 1),
        ("flag", {"BOOL": False}, 4 + 1),
        ("none", {"NULL": True}, 4 + 1),
    ],
    ids=["S", "name", "S-3-bytes", "S-4-bytes", "B", "BOOL-true", "BOOL-false", "NULL"],
)
def test_simple_values_count(
    table: Table, key: Json, name: str, value: Json, expected: int
) -> None:
    assert insert_size(table, key, name, value) == expected


@complete(GUIDE_SIZES)
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"S": ""}, 0),
        ({"B": b""}, 0),
        ({"SS": ["a", "bcd"]}, 1 + 3),
        ({"BS": [b"a", b"bcd"]}, 1 + 3),
        ({"NS": ["1", "22", "4444"]}, 2 + 2 + 3),
        ({"L": []}, 3),
        ({"M": {}}, 3),
        ({"L": [{"S": "a"}, {"S": "bcd"}]}, 3 + 2 + 1 + 3),
        ({"M": {"k": {"S": "abc"}}}, 3 + 1 + 1 + 3),
        ({"L": [{"L": [{"BOOL": True}]}]}, 3 + 1 + 3 + 1 + 1),
        ({"M": {"k": {"M": {"kk": {"S": "a"}}}}}, 3 + 1 + 1 + 3 + 1 + 2 + 1),
    ],
    ids=["S", "B", "SS", "BS", "NS", "L-empty", "M-empty", "L", "M", "L-in-L", "M-in-M"],
)
def test_empty_values_and_collections_count(
    table: Table, key: Json, value: Json, expected: int
) -> None:
    assert insert_size(table, key, "attribute", value) == len("attribute") + expected


@complete(f"{GUIDE_SIZES}: one byte per two significant digits, plus one")
@pytest.mark.parametrize(
    ("number", "expected"), [("1", 2), ("12", 2), ("123", 3), ("1234", 3), ("9" * 38, 20)]
)
def test_numbers_count_by_their_digits(table: Table, key: Json, number: str, expected: int) -> None:
    assert insert_size(table, key, "n", {"N": number}) == 1 + expected


@strict(f"{GUIDE_SIZES}: zeros at the ends are trimmed; signs and fractions measured on AWS")
@pytest.mark.parametrize(
    ("number", "expected"),
    [("-27", 3), ("12.34", 3), ("1.5", 3), ("10000", 2), ("0.0012", 2), ("1e3", 2)],
)
def test_signs_fractions_and_zeros_count(
    table: Table, key: Json, number: str, expected: int
) -> None:
    assert insert_size(table, key, "n", {"N": number}) == 1 + expected
