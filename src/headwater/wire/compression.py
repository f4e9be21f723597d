"""gzip and deflate in both directions, with a bound on what a small body may grow to.

This file knows encodings by their HTTP names. Which bodies are worth compressing is decided by
the caller.
"""

import zlib
from typing import Final

from headwater.errors import NotSupported, RequestTooLarge, Serialization

_GZIP_BITS: Final = 31
_ZLIB_BITS: Final = 15
_RAW_BITS: Final = -15
# Replies are compressed while every other request waits: the fastest level, not the smallest.
_LEVEL: Final = 1


def inflate(encoding: bytes, body: bytes, bytes_max: int) -> bytes:
    """The content of a request's body that came with Content-Encoding `encoding`.

    Raises RequestTooLarge as soon as the content passes `bytes_max` (so a small bomb costs no
    memory), Serialization if the bytes are broken, NotSupported for other encodings.
    """
    name = encoding.strip().lower()
    if name in (b"", b"identity"):
        return body
    if name in (b"gzip", b"x-gzip"):
        return _inflate(body, _GZIP_BITS, bytes_max)
    if name == b"deflate":
        # HTTP means zlib's format; some senders mean the bare stream. The first byte tells.
        bits = _ZLIB_BITS if body[:1] and body[0] & 0x0F == 8 else _RAW_BITS
        return _inflate(body, bits, bytes_max)
    shown = name.decode("latin-1")
    raise NotSupported(f"Content-Encoding '{shown}' is not supported: send gzip, deflate or none")


def _inflate(body: bytes, bits: int, bytes_max: int) -> bytes:
    inflater = zlib.decompressobj(bits)
    try:
        content = inflater.decompress(body, bytes_max + 1)
    except zlib.error:
        raise Serialization from None
    if len(content) > bytes_max:
        raise RequestTooLarge
    if not inflater.eof:
        raise Serialization
    return content


def choose_encoding(accept_encoding: bytes) -> bytes | None:
    """The encoding to answer an Accept-Encoding header with; None: send the body as it is.

    >>> choose_encoding(b"gzip, deflate"), choose_encoding(b"gzip;q=0"), choose_encoding(b"br")
    (b'gzip', None, None)
    """
    accepted = set()
    for entry in accept_encoding.lower().split(b","):
        name, _, parameters = entry.partition(b";")
        quality = parameters.replace(b" ", b"")
        if not (quality.startswith(b"q=") and quality[2:].strip(b"0.") == b""):
            accepted.add(name.strip())
    for encoding in (b"gzip", b"deflate"):
        if encoding in accepted or b"*" in accepted:
            return encoding
    return None


def deflate(encoding: bytes, body: bytes) -> bytes:
    """`body` in one of the encodings that `choose_encoding` returns."""
    bits = _GZIP_BITS if encoding == b"gzip" else _ZLIB_BITS
    deflater = zlib.compressobj(_LEVEL, zlib.DEFLATED, bits)
    return deflater.compress(body) + deflater.flush()
