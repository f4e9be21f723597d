"""Lines and items of imported files. Source: AWS, developer guide, "Amazon S3 import formats"."""

import csv
import gzip
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.backups.formats import (
    LINE_BYTES_MAX,
    CsvReader,
    JsonReader,
    Lines,
    Malformed,
    Record,
    Records,
)
from headwater.errors import Validation
from headwater.values.size import Item


def cut(data, compression, size):
    lines = Lines(compression)
    found = [line for at in range(0, len(data), size) for line in lines.feed(data[at : at + size])]
    return found + list(lines.end())


@given(
    lines=st.lists(st.binary(max_size=50).map(lambda data: data.replace(b"\n", b"")), max_size=20),
    size=st.integers(1, 100),
    split=st.integers(0, 1000),
    is_packed=st.booleans(),
)
def test_lines_are_the_same_however_they_arrive(lines, size, split, is_packed):
    data = b"".join(line + b"\n" for line in lines)
    if is_packed:  # as one file, or as two behind each other
        data = gzip.compress(data[:split]) + (gzip.compress(data[split:]) if data[split:] else b"")
    assert cut(data, "GZIP" if is_packed else "NONE", size) == lines


def test_what_cannot_be_read_says_so():
    with pytest.raises(Malformed, match="not gzip"):
        cut(b"plain", "GZIP", 100)
    with pytest.raises(Malformed, match="ends in the middle"):
        cut(gzip.compress(b"a\n" * 1000)[:-4], "GZIP", 100)
    with pytest.raises(Malformed, match="a line has more"):
        cut(b"x" * (LINE_BYTES_MAX + 1), "NONE", LINE_BYTES_MAX)


def test_a_small_file_that_unpacks_to_a_lot_is_given_up():
    with pytest.raises(Malformed, match="a line has more"):
        cut(gzip.compress(b"x" * (3 * LINE_BYTES_MAX)), "GZIP", 1 << 20)


@pytest.mark.parametrize("line", [b"[]", b'{"Item": 1}', b"{}", b'{"Item": {"a": {"X": 1}}}'])
def test_what_is_no_item_is_refused(line):
    with pytest.raises(Validation):
        JsonReader().read(line)


def item_of(reader: CsvReader, line: bytes) -> Item:
    found = reader.read(line)
    assert found is not None
    return found[0]


def test_csv_columns_are_strings_except_keys():
    reader = CsvReader(",", None, {"n": "N"})
    assert reader.read("\ufeffn,v\r".encode()) is None
    assert item_of(reader, b'1.50,"a,""b"""') == {"n": {"N": "1.5"}, "v": {"S": 'a,"b"'}}
    assert reader.read(b"") is None
    for wrong in (b"1", b"1,2,3", b"x,y"):
        with pytest.raises(Validation):
            reader.read(wrong)
    for unreadable in (b'1,"a', b"1,\xff"):
        with pytest.raises(Malformed):
            reader.read(unreadable)
    with pytest.raises(Malformed, match="not JSON"):
        JsonReader().read(b"{")
    with pytest.raises(Malformed, match="twice"):
        CsvReader(",", None, {}).read(b"a,b,a")


TEXT = st.text(st.sampled_from('a",;\n x'), max_size=8)


@given(
    rows=st.lists(st.lists(TEXT, min_size=2, max_size=2), max_size=6),
    delimiter=st.sampled_from(",;"),
)
def test_what_a_csv_writer_writes_is_read_again(rows, delimiter):
    """The writer of Python's own csv module is the judge."""
    file = io.StringIO()
    csv.writer(file, delimiter=delimiter, lineterminator="\n").writerows([["p", "v"], *rows])
    reader = CsvReader(delimiter, None, {})
    records = Records(reader)
    lines = file.getvalue().encode().removesuffix(b"\n").split(b"\n")
    found = [record for line in lines for record in records.feed(line)]
    assert not list(records.end())
    assert found[-1].last == len(lines)
    items = [item[0] for record in found if (item := reader.read(record.text)) is not None]
    assert [[item["p"]["S"], item["v"]["S"]] for item in items] == rows


def test_a_value_that_never_ends_is_the_last_record_or_given_up():
    records = Records(CsvReader(",", ["a", "b"], {}))
    lines = [b"1,2", b'3,"4', b"5,6"]
    found = [record for line in lines for record in records.feed(line)]
    assert found == [Record(1, 1, b"1,2")]
    assert list(records.end()) == [Record(2, 3, b'3,"4\n5,6')]
    assert not list(records.feed(b'7,"8'))
    with pytest.raises(Malformed, match="has more than"):
        for _ in range(1 + LINE_BYTES_MAX // 1000):
            assert not list(records.feed(b"x" * 1000))


def test_a_value_of_csv_may_be_as_long_as_an_item():
    value = "x" * 300_000
    reader = CsvReader(",", ["a", "b"], {})
    assert item_of(reader, f"1,{value}".encode())["b"] == {"S": value}


def test_csv_can_be_gone_on_with_behind_its_header():
    reader = CsvReader(",", None, {})
    reader.again(b"a,b")
    assert item_of(reader, b"1,2") == {"a": {"S": "1"}, "b": {"S": "2"}}
    given_header = CsvReader(",", ["x", "y"], {})
    given_header.again(b"a,b")
    assert item_of(given_header, b"1,2") == {"x": {"S": "1"}, "y": {"S": "2"}}
