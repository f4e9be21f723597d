"""Key values as bytes that sort as DynamoDB sorts them: numbers by value, S and B by bytes.

Every encoding ends itself: no encoding is a prefix of another, so encodings can be put one behind
the other, and the order of the joined bytes is the order of the values from left to right.

    type   first byte   then
    N      10           sign: 01 negative, 02 zero, 03 positive
                        positive: exponent + 80 (hex), base-100 digits + 1 each, 00
                        negative: the same bytes, each subtracted from FF
                        zero: nothing more
    S      20           UTF-8 bytes with 00 written as 00 FF, then 00 01
    B      30           raw bytes with 00 written as 00 FF, then 00 01

The magnitude of a number is 0.d1d2d3... * 100 ** exponent with base-100 digits d1..dn, d1 and dn
not zero; exponents run from -64 (1E-130) to 63 (9.9E+125), that is bytes 40 to BF.

    {"N": "0"}      10 02
    {"N": "1"}      10 03 81 02 00
    {"N": "-1"}     10 01 7E FD FF
    {"N": "12.5"}   10 03 81 0D 33 00
    {"S": ""}       20 00 01
    {"S": "a"}      20 61 00 01
    {"S": "\\0"}     20 00 FF 00 01
    {"B": "AP8="}   30 00 FF FF 00 01

This file knows bytes of single values. It does not know tables or where keys are put.
"""

from binascii import a2b_base64

from headwater.values.number import hundreds
from headwater.values.size import Value

NUMBER_CODE = b"\x10"
STRING_CODE = b"\x20"
BINARY_CODE = b"\x30"

_NEGATIVE = b"\x10\x01"
_ZERO = b"\x10\x02"
_POSITIVE = b"\x10\x03"
_EXPONENT_BIAS = 0x80
_END = b"\x00\x01"
_INVERTED = bytes(255 - byte for byte in range(256))
_DIGIT = {f"{pair:02d}": pair + 1 for pair in range(100)}


def encode_key(value: Value) -> bytes:
    """The ordered, self-terminating bytes of a canonical S, N or B value.

    >>> encode_key({"S": "a"}).hex(" "), encode_key({"N": "-1"}).hex(" ")
    ('20 61 00 01', '10 01 7e fd ff')
    """
    for kind, content in value.items():
        if kind == "S":
            return STRING_CODE + _escaped(content.encode()) + _END
        if kind == "N":
            return _encode_number(content)
        if kind == "B":
            return BINARY_CODE + _escaped(a2b_base64(content)) + _END
    raise AssertionError(f"not a key value: {value}")


def encode_prefix(value: Value) -> bytes:
    """The bytes with which the encodings of all S (or B) values that begin with value begin.

    The range of such keys is encode_prefix(value) .. after_prefix(encode_prefix(value)).
    """
    for kind, content in value.items():
        if kind == "S":
            return STRING_CODE + _escaped(content.encode())
        if kind == "B":
            return BINARY_CODE + _escaped(a2b_base64(content))
    raise AssertionError(f"not a value with prefixes: {value}")


def after_prefix(prefix: bytes) -> bytes:
    """The smallest bytes larger than everything that begins with prefix.

    prefix   not empty and not of FF bytes only (encodings never are)

    >>> after_prefix(b"a\\xff").hex()
    '62'
    """
    stem = prefix.rstrip(b"\xff")
    assert stem, prefix
    return stem[:-1] + bytes((stem[-1] + 1,))


def _escaped(raw: bytes) -> bytes:
    return raw.replace(b"\x00", b"\x00\xff") if b"\x00" in raw else raw


def _encode_number(text: str) -> bytes:
    pairs, exponent = hundreds(text)
    if not pairs:
        return _ZERO
    body = bytearray((exponent + _EXPONENT_BIAS,))
    for start in range(0, len(pairs), 2):
        body.append(_DIGIT[pairs[start : start + 2]])
    body.append(0)
    if text[0] == "-":
        return _NEGATIVE + bytes(body).translate(_INVERTED)
    return _POSITIVE + bytes(body)
