"""CBOR, as far as Smithy's RPC v2 protocol needs it.

A moment (tag 1) is read as its number of seconds; to be written as one it has to be a `Moment`.
Source: RFC 8949; https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html
"""

import struct
from collections.abc import Callable
from typing import Any, Final

from headwater.errors import Serialization

_DEPTH_MAX: Final = 100
_BREAK: Final = object()
_INDEFINITE: Final = 31
_MOMENT_TAG: Final = 1
_HALF, _SINGLE, _DOUBLE = struct.Struct(">e"), struct.Struct(">f"), struct.Struct(">d")
_FLOATS: Final = {25: _HALF, 26: _SINGLE, 27: _DOUBLE}


class Moment(float):
    """Seconds since the epoch, to be written with their tag."""


def decode_cbor(data: bytes) -> Any:
    """The value of a request's body; {} if it is empty. Raises Serialization."""
    if not data:
        return {}
    reader = _Reader(data)
    try:
        value = reader.value(0)
    except (IndexError, struct.error, UnicodeDecodeError, TypeError):
        raise Serialization from None
    if reader.at != len(data) or value is _BREAK:
        raise Serialization
    return value


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self.at = 0

    def value(self, depth: int) -> Any:
        if depth > _DEPTH_MAX:
            raise Serialization
        first = self._data[self.at]
        self.at += 1
        major, short = first >> 5, first & 31
        if major == 7:
            return self._simple(short)
        size = self._size(short)
        if major == 0:
            return size
        if major == 1:
            return -1 - self._finite(size)
        if major == 6:
            # A moment is its number; no other tag changes what is behind it here.
            return self.value(depth + 1)
        return self._compound(major, size, depth)

    def _compound(self, major: int, size: int | None, depth: int) -> Any:
        if major in (2, 3):
            data = b"".join(self._chunks(major, depth)) if size is None else self._take(size)
            return data if major == 2 else data.decode()
        if major == 4:
            return self._several(size, lambda: self.value(depth + 1))
        pairs = self._several(size, lambda: self._pair(depth + 1))
        return dict(pairs)

    def _pair(self, depth: int) -> Any:
        key = self.value(depth)
        return key if key is _BREAK else (key, self.value(depth))

    def _several(self, size: int | None, read: Callable[[], Any]) -> list[Any]:
        found: list[Any] = []
        while size is None or len(found) < size:
            value = read()
            if value is _BREAK:
                if size is not None:
                    raise Serialization
                break
            found.append(value)
        return found

    def _chunks(self, major: int, depth: int) -> list[bytes]:
        chunks = self._several(None, lambda: self.value(depth + 1))
        return [chunk.encode() if major == 3 else chunk for chunk in chunks]

    def _size(self, short: int) -> int | None:
        if short < 24:
            return short
        if short == _INDEFINITE:
            return None
        if short > 27:
            raise Serialization
        return int.from_bytes(self._take(1 << (short - 24)), "big")

    @staticmethod
    def _finite(size: int | None) -> int:
        if size is None:
            raise Serialization
        return size

    def _simple(self, short: int) -> Any:
        if short in (20, 21):
            return short == 21
        if short in (22, 23):
            return None
        form = _FLOATS.get(short)
        if form is not None:
            return form.unpack(self._take(form.size))[0]
        if short == _INDEFINITE:
            return _BREAK
        raise Serialization

    def _take(self, size: int) -> bytes:
        end = self.at + size
        if end > len(self._data):
            raise Serialization
        data = self._data[self.at : end]
        self.at = end
        return data


def encode_cbor(value: Any) -> bytes:
    """A value of dicts, lists, texts, bytes, numbers, booleans, None and Moments."""
    parts: list[bytes] = []
    _encode(value, parts)
    return b"".join(parts)


def _encode(value: Any, parts: list[bytes]) -> None:
    if value is None or isinstance(value, bool):
        parts.append({None: b"\xf6", True: b"\xf5", False: b"\xf4"}[value])
    elif isinstance(value, int):
        parts.append(_head(0, value) if value >= 0 else _head(1, -1 - value))
    elif isinstance(value, float):
        if isinstance(value, Moment):
            parts.append(_head(6, _MOMENT_TAG))
        parts.append(b"\xfb" + _DOUBLE.pack(value))
    elif isinstance(value, str):
        data = value.encode()
        parts += (_head(3, len(data)), data)
    elif isinstance(value, bytes):
        parts += (_head(2, len(value)), value)
    elif isinstance(value, list):
        parts.append(_head(4, len(value)))
        for one in value:
            _encode(one, parts)
    else:
        assert isinstance(value, dict), value
        parts.append(_head(5, len(value)))
        for key, one in value.items():
            _encode(key, parts)
            _encode(one, parts)


def _head(major: int, size: int) -> bytes:
    if size < 24:
        return bytes((major << 5 | size,))
    for short, width in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if size < 1 << (8 * width):
            return bytes((major << 5 | short,)) + size.to_bytes(width, "big")
    raise AssertionError(f"too large for CBOR: {size}")
