"""Items as lines of text: DynamoDB JSON and CSV, in files that may be compressed.

Pure: bytes in, records and items out. Source: AWS, developer guide, "Amazon S3 import formats for
DynamoDB": one item a line; in CSV the first line is the header unless one is given, every attribute
is a string except those that are keys, and quotes are escaped by doubling them. What AWS makes of a
line's end within quotes is not on record; here it is part of the value, as everywhere in CSV.
"""

import csv
import zlib
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import orjson

from headwater.errors import Validation
from headwater.values.attribute import canonical_item
from headwater.values.size import Item

# An item has 400 KB; as JSON it is longer, with every byte of a binary as 4/3 and escapes.
LINE_BYTES_MAX = 4 * 1024 * 1024

_PIECE_BYTES = 64 * 1024
_GZIP_BITS = 16 + zlib.MAX_WBITS


# The module's own limit is 128 KB for a value.
csv.field_size_limit(LINE_BYTES_MAX)


class Malformed(Exception):
    """What cannot be read any further; the text says why."""


class Record(NamedTuple):
    """The text of one item, and the numbers of the first and last line that it stands on."""

    first: int
    last: int
    text: bytes


class Lines:
    """Cuts what is fed into lines, unpacking it first if it is compressed.

    Raises Malformed for what is not gzip, and for a line that is too long to be an item.
    """

    def __init__(self, compression: str) -> None:
        self._unpacker = zlib.decompressobj(_GZIP_BITS) if compression == "GZIP" else None
        self._rest = b""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The lines that `data` completes, without their ends."""
        for at in range(0, len(data), _PIECE_BYTES):
            for piece in self._unpacked(data[at : at + _PIECE_BYTES]):
                *lines, self._rest = (self._rest + piece).split(b"\n")
                yield from lines
                if len(self._rest) > LINE_BYTES_MAX:
                    raise Malformed(f"a line has more than {LINE_BYTES_MAX} bytes")

    def end(self) -> Iterator[bytes]:
        """The last line, if it has no end."""
        if self._unpacker is not None and not self._unpacker.eof:
            raise Malformed("the object ends in the middle of its compressed data")
        if self._rest:
            yield self._rest

    def _unpacked(self, data: bytes) -> Iterator[bytes]:
        if self._unpacker is None:
            yield data
            return
        try:
            while data:
                if self._unpacker.eof:  # files may be chained
                    self._unpacker = zlib.decompressobj(_GZIP_BITS)
                yield self._unpacker.decompress(data, LINE_BYTES_MAX)
                data = self._unpacker.unconsumed_tail or self._unpacker.unused_data
        except zlib.error as trouble:
            raise Malformed(f"the object is not gzip: {trouble}") from None


class JsonReader:
    """Lines `{"Item": {...}}`."""

    def goes_on(self, line: bytes, in_quotes: bool) -> bool:
        """Whether what a line begins ends on a later one: never."""
        return False

    def again(self, passed: bytes) -> None:
        """Nothing of the lines before is needed to go on in the middle of a file."""

    def read(self, line: bytes) -> tuple[Item, int] | None:
        """The item of a line and its size, None for an empty line.

        Raises Malformed for what is not JSON, Validation for what is no item.
        """
        if not line.strip():
            return None
        try:
            document = orjson.loads(line)
        except orjson.JSONDecodeError as trouble:
            raise Malformed(f"The line is not JSON: {trouble}") from None
        if not isinstance(document, dict) or not isinstance(document.get("Item"), dict):
            raise Validation('The line is not an object with an "Item"')
        return canonical_item(document["Item"])


class CsvReader:
    """Lines of one CSV file.

    header  names of the columns; None: the first line has them
    types   name -> S, N or B, of the attributes that are keys
    """

    def __init__(
        self, delimiter: str, header: Sequence[str] | None, types: Mapping[str, str]
    ) -> None:
        self._delimiter = delimiter
        self._opening = delimiter.encode() + b'"'
        self._header = None if header is None else list(header)
        self._types = types

    def goes_on(self, line: bytes, in_quotes: bool) -> bool:
        """Whether what a line begins, or goes on with, ends on a later one: it ends in quotes.

        in_quotes  whether it begins in quotes
        """
        at = 0
        if not in_quotes:
            if not line.startswith(b'"'):
                at = line.find(self._opening) + 1
                if not at:
                    return False
            at += 1
        while True:
            end = line.find(b'"', at)
            if end < 0:
                return True
            if line.startswith(b'"', end + 1):  # escaped
                at = end + 2
                continue
            at = line.find(self._opening, end + 1) + 2
            if at < 2:
                return False

    def again(self, passed: bytes) -> None:
        """A record above where a file is gone on with: the first that is not empty is the header,
        unless one is given."""
        if self._header is None:
            self.read(passed)

    def read(self, line: bytes) -> tuple[Item, int] | None:
        """The item of a record and its size, None for the header and empty lines.

        Raises Malformed for what is not CSV and for a header that has a name twice, Validation
        for what is no item.
        """
        try:
            text = line.decode().removesuffix("\r")
            values = next(csv.reader([text], delimiter=self._delimiter, strict=True), [])
        except (UnicodeDecodeError, csv.Error) as trouble:
            raise Malformed(f"The line is not CSV: {trouble}") from None
        if not values:
            return None
        if self._header is None:
            self._header = [value.removeprefix("\ufeff") for value in values]
            if len(set(self._header)) < len(self._header):
                raise Malformed("The header has a name twice")
            return None
        if len(values) != len(self._header):
            raise Validation(f"The line has {len(values)} values, not {len(self._header)}")
        named = zip(self._header, values, strict=True)
        return canonical_item({name: {self._types.get(name, "S"): value} for name, value in named})


Reader = JsonReader | CsvReader


class Records:
    """Joins lines into records, for what values go over several lines.

    Raises Malformed for one that is too long to be an item.
    """

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._parts: list[bytes] = []
        self._bytes = 0
        self._number = 0

    def feed(self, line: bytes) -> Iterator[Record]:
        """The record that `line` completes, if it does."""
        self._number += 1
        goes_on = self._reader.goes_on(line, bool(self._parts))
        self._parts.append(line)
        self._bytes += len(line) + 1
        if not goes_on:
            yield from self.end()
        elif self._bytes > LINE_BYTES_MAX:
            raise Malformed(f"the value that begins here has more than {LINE_BYTES_MAX} bytes")

    def end(self) -> Iterator[Record]:
        """What is left where the file ends."""
        if self._parts:
            first = self._number - len(self._parts) + 1
            yield Record(first, self._number, b"\n".join(self._parts))
        self._parts, self._bytes = [], 0


def reader_for(
    input_format: str, options: Mapping[str, object] | None, types: Mapping[str, str]
) -> Reader:
    """A reader of one file. options: InputFormatOptions."""
    if input_format == "DYNAMODB_JSON":
        return JsonReader()
    about = (options or {}).get("Csv") or {}
    assert isinstance(about, dict)
    return CsvReader(about.get("Delimiter", ","), about.get("HeaderList"), types)
