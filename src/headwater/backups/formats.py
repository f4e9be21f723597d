"""Items as lines of text: DynamoDB JSON and CSV, in files that may be compressed.

Pure: bytes in, lines and items out. Source: AWS, developer guide, "Amazon S3 import formats for
DynamoDB": one item a line; in CSV the first line is the header unless one is given, and every
attribute is a string except those that are keys.
"""

import csv
import zlib
from collections.abc import Iterator, Mapping, Sequence

import orjson

from headwater.errors import Validation
from headwater.values.attribute import canonical_item
from headwater.values.size import Item

# An item has 400 KB; as JSON it is longer, with every byte of a binary as 4/3 and escapes.
LINE_BYTES_MAX = 4 * 1024 * 1024

_PIECE_BYTES = 64 * 1024
_GZIP_BITS = 16 + zlib.MAX_WBITS


class Malformed(Exception):
    """What cannot be read any further; the text says why."""


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

    def again(self, first: bytes) -> None:
        """Nothing of the first line is needed to go on in the middle of a file."""

    def read(self, line: bytes) -> tuple[Item, int] | None:
        """The item of a line and its size, None for an empty line. Raises Validation."""
        if not line.strip():
            return None
        try:
            document = orjson.loads(line)
        except orjson.JSONDecodeError as trouble:
            raise Validation(f"The line is not JSON: {trouble}") from None
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
        self._header = None if header is None else list(header)
        self._types = types

    def again(self, first: bytes) -> None:
        """The first line of a file that is gone on with further down: it may be the header."""
        if self._header is None:
            self.read(first)

    def read(self, line: bytes) -> tuple[Item, int] | None:
        """The item of a line and its size, None for the header and empty lines. Raises
        Validation."""
        try:
            text = line.decode().removesuffix("\r")
            values = next(csv.reader([text], delimiter=self._delimiter, strict=True), [])
        except (UnicodeDecodeError, csv.Error) as trouble:
            raise Validation(f"The line is not CSV: {trouble}") from None
        if not values:
            return None
        if self._header is None:
            self._header = [value.removeprefix("\ufeff") for value in values]
            return None
        if len(values) != len(self._header):
            raise Validation(f"The line has {len(values)} values, not {len(self._header)}")
        named = zip(self._header, values, strict=True)
        return canonical_item({name: {self._types.get(name, "S"): value} for name, value in named})


def reader_for(
    input_format: str, options: Mapping[str, object] | None, types: Mapping[str, str]
) -> JsonReader | CsvReader:
    """A reader of one file. options: InputFormatOptions."""
    if input_format == "DYNAMODB_JSON":
        return JsonReader()
    about = (options or {}).get("Csv") or {}
    assert isinstance(about, dict)
    return CsvReader(about.get("Delimiter", ","), about.get("HeaderList"), types)
