"""The last step: body and headers become the bytes of a reply.

Compression, the checksum over what is really sent, and HEAD's missing body are done here and
nowhere else. This file does not know what an answer means.
"""

from collections.abc import Mapping
from typing import Final
from zlib import crc32

from headwater.frontdoor.exchange import Exchange
from headwater.frontdoor.heads import END, Heads, header_lines
from headwater.wire.compression import choose_encoding, deflate

# Above this a reply is written in two pieces rather than copied into one.
_JOINED_BYTES_MAX: Final = 64 * 1024
_NO_HEADERS: Final[Mapping[str, str]] = {}


class Sender:
    """Finishes exchanges."""

    def __init__(self, heads: Heads, compressed_bytes_min: int) -> None:
        self.heads = heads
        self._compressed_bytes_min = compressed_bytes_min

    def send(
        self,
        exchange: Exchange,
        status: int,
        content_type: bytes,
        body: bytes,
        request_id: str,
        *,
        with_crc32: bool = False,
        headers: Mapping[str, str] = _NO_HEADERS,
    ) -> None:
        """Finish `exchange`.

        with_crc32  whether the service's replies carry x-amz-crc32
        headers     further ones, of the answer itself
        """
        lines = exchange.extra_headers
        if headers:
            lines += header_lines(headers.items())
        accept = exchange.headers.get(b"accept-encoding")
        if accept is not None and accept != b"identity" and len(body) >= self._compressed_bytes_min:
            encoding = choose_encoding(accept)
            if encoding is not None:
                body = deflate(encoding, body)
                lines += b"Content-Encoding: %b\r\nVary: Accept-Encoding\r\n" % encoding
        head = self.heads.head(
            status,
            content_type,
            len(body),
            request_id.encode("ascii"),
            close=exchange.close,
            crc32=crc32(body) if with_crc32 else None,
        )
        if exchange.method == b"HEAD":
            body = b""
        if len(body) > _JOINED_BYTES_MAX:
            exchange.finish(b"".join((head, lines, END)), body)
        elif lines:
            exchange.finish(b"".join((head, lines, END, body)))
        else:
            exchange.finish(b"".join((head, END, body)))
