"""Another headwater node, asked over HTTP/1.1 by coroutines: connections kept, requests signed.

A request is a POST of bytes, its answer a status and bytes. Several may be under way at once, each
on a connection of its own. This file does not know what is asked, and it does not ask again.
"""

import asyncio
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Final

from headwater.auth.keys import AccessKey
from headwater.auth.sign import signed_headers
from headwater.config.rules import is_loopback
from headwater.errors import StartupError
from headwater.outbound.failure import UNREACHABLE, CallFailed
from headwater.urls import parts_of

CONNECT_TIMEOUT_S: Final = 5.0
ANSWER_TIMEOUT_S: Final = 20.0
_IDLE_MAX: Final = 8
_HEAD_BYTES_MAX: Final = 64 * 1024
SERVICE: Final = "headwater"  # the signing name

_Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Peer:
    """One node. All methods are called on the loop.

    url     http://host:port or https://host:port
    region  of the signature
    key     signs every request; None: they go unsigned
    tls     checks the certificate of an https:// one; None: as the machine does
    """

    def __init__(
        self,
        url: str,
        region: str,
        key: AccessKey | None,
        now_ms: Callable[[], int],
        tls: ssl.SSLContext | None = None,
    ) -> None:
        parts = parts_of(url)
        self.url = url.rstrip("/")
        self._host = parts.hostname or ""
        secured = parts.scheme == "https"
        self._tls = (tls or ssl.create_default_context()) if secured else None
        self._port = parts.port or (443 if self._tls else 80)
        self._netloc = parts.netloc
        self._region = region
        self._key = key
        self._now_ms = now_ms
        self._idle: list[_Stream] = []
        self.is_near = is_loopback(self._host)

    async def post(self, path: str, body: bytes) -> tuple[int, bytes]:
        """The answer. Raises CallFailed if there is none; it may have had its effect then."""
        request = self._request(path, body)
        try:
            while self._idle:
                # One that was kept may have been closed by a node that was started anew.
                reader, writer = self._idle.pop()
                if reader.at_eof() or writer.is_closing():
                    writer.close()
                    continue
                try:
                    return await self._exchange((reader, writer), request)
                except (ConnectionError, asyncio.IncompleteReadError):
                    self._drop_idle()
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                stream = await asyncio.open_connection(
                    self._host, self._port, ssl=self._tls, limit=_HEAD_BYTES_MAX
                )
            return await self._exchange(stream, request)
        except (OSError, TimeoutError, EOFError, ValueError) as trouble:
            why = str(trouble) or type(trouble).__name__
            raise CallFailed(
                UNREACHABLE,
                f"the node at {self.url} did not answer: {why}. Check that it runs and that this "
                "node can reach it.",
            ) from trouble

    def close(self) -> None:
        """Close what is idle."""
        self._drop_idle()

    def _drop_idle(self) -> None:
        idle, self._idle = self._idle, []
        for _, writer in idle:
            writer.close()

    def _request(self, path: str, body: bytes) -> bytes:
        headers = {"host": self._netloc, "content-type": "application/octet-stream"}
        if self._key is not None:
            headers = signed_headers(
                "POST", path, headers, body, self._key, self._region, SERVICE, self._now_ms()
            )
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        head = f"POST {path} HTTP/1.1\r\n{lines}content-length: {len(body)}\r\n\r\n"
        return head.encode("latin-1") + body

    async def _exchange(self, stream: _Stream, request: bytes) -> tuple[int, bytes]:
        reader, writer = stream
        is_kept = False
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT_S):
                writer.write(request)
                await writer.drain()
                status, length, closes = _head_of(await reader.readuntil(b"\r\n\r\n"))
                body = await reader.readexactly(length)
            is_kept = not closes and len(self._idle) < _IDLE_MAX
        finally:
            if is_kept:
                self._idle.append(stream)
            else:
                writer.close()
        return status, body


def peer_context(ca: Path | None) -> ssl.SSLContext | None:
    """What checks the certificates of peers against those in a file; None: as the machine does.

    Raises StartupError.
    """
    if ca is None:
        return None
    try:
        return ssl.create_default_context(cafile=str(ca))
    except (OSError, ssl.SSLError) as trouble:
        raise StartupError(
            f"cannot take certificates of peers from {ca}: {trouble.strerror or trouble}. Give "
            "--peer-ca a file with them in PEM format."
        ) from None


def _head_of(head: bytes) -> tuple[int, int, bool]:
    """Status, length of the body, and whether the connection ends with it. Raises ValueError."""
    first, *lines = head.decode("latin-1").split("\r\n")
    _, status, *_ = first.split(" ")
    headers = {
        name.strip().lower(): value.strip()
        for name, colon, value in (line.partition(":") for line in lines)
        if colon
    }
    length = int(headers["content-length"]) if "content-length" in headers else -1
    if length < 0:
        raise ValueError("its answer has no length")
    return int(status), length, headers.get("connection", "").lower() == "close"
