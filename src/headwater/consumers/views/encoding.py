"""Values of any type as bytes that name them, and as the plain JSON that people read.

Bytes are those of keys (values/ordering.py) where a key could have the value, so that numbers,
strings and binaries stand in DynamoDB's order; nothing stands before all, then N, S, B, then
everything else in an order of no meaning. In plain JSON a number is a JSON number with all its
digits, whose readers may round it; a string is a string, a binary its base64 text, a set a list.
"""

from functools import lru_cache
from typing import Any, Final

import orjson

from headwater.values.ordering import encode_key
from headwater.values.size import Value

NOTHING: Final = b"\x01"  # no attribute, or one that is NULL
ORDERED_END: Final = b"\x38"  # behind every value that has an order
_FALSE, _TRUE = b"\x38\x00", b"\x38\x01"
_OTHER: Final = b"\x40"
_END: Final = b"\x00\x01"
_NUMBERS_KNOWN_MAX: Final = 10_000


def encode_value(value: Value | None) -> bytes:
    """Bytes that end themselves, and are the same only for equal values.

    >>> encode_value(None) == encode_value({"NULL": True}) < encode_value({"N": "1"})
    True
    """
    if value is None:
        return NOTHING
    for kind, content in value.items():
        if kind == "N":
            return _encode_number(content)
        if kind == "S" or kind == "B":
            return encode_key(value)
        if kind == "NULL":
            return NOTHING
        if kind == "BOOL":
            return _TRUE if content else _FALSE
    data = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    return _OTHER + data.replace(b"\x00", b"\x00\xff") + _END


@lru_cache(_NUMBERS_KNOWN_MAX)
def _encode_number(text: str) -> bytes:
    """Remembered: numbers come again, and take the longest to encode."""
    return encode_key({"N": text})


def plain(value: Value | None) -> Any:
    """What orjson writes as the plain JSON of a value.

    >>> orjson.dumps(plain({"L": [{"N": "0.10"}, {"S": "a"}, {"NULL": True}]}))
    b'[0.10,"a",null]'
    """
    if value is None:
        return None
    for kind, content in value.items():
        if kind == "N":
            return number(content)
        if kind == "NULL":
            return None
        if kind == "M":
            return {name: plain(member) for name, member in content.items()}
        if kind == "L":
            return [plain(element) for element in content]
        if kind == "NS":
            return [number(text) for text in content]
        return content
    raise AssertionError("a value without a type is not canonical")


def number(text: str) -> orjson.Fragment:
    """A JSON number of exactly these digits."""
    return orjson.Fragment(text.encode())
