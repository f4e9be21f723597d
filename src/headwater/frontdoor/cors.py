"""Which web pages may call the node from a browser.

Unless `--cors` allows an origin, a request that carries one is refused: a page somebody happens to
visit must not reach a database on this machine. Programs send no Origin header and never notice.
Source: https://fetch.spec.whatwg.org/#http-cors-protocol
"""

from typing import Final

_METHODS: Final = b"GET, HEAD, POST, PUT, DELETE, OPTIONS"
_EXPOSED: Final = (
    b"x-amzn-RequestId, x-amz-crc32, x-amzn-ErrorType, x-amz-function-error, x-amz-log-result, "
    b"x-amz-executed-version, Date"
)
_PREFLIGHT_AGE_S: Final = b"172800"


class Cors:
    """The `cors` setting: "" allows none, "*" all, else origins by commas."""

    def __init__(self, setting: str) -> None:
        origins = [origin.strip() for origin in setting.split(",") if origin.strip()]
        self._all = "*" in origins
        self._origins = frozenset(
            origin.rstrip("/").lower().encode("latin-1") for origin in origins
        )

    def lines(self, origin: bytes) -> bytes | None:
        """Header lines for a reply to a request from `origin`; None: it is not allowed."""
        if self._all:
            allowed = b"Access-Control-Allow-Origin: *\r\n"
        elif origin.lower() in self._origins:
            allowed = b"Access-Control-Allow-Origin: %b\r\nVary: Origin\r\n" % origin
        else:
            return None
        return b"%bAccess-Control-Expose-Headers: %b\r\n" % (allowed, _EXPOSED)

    def preflight_lines(self, asked_headers: bytes) -> bytes:
        """Further lines for the reply to an OPTIONS request. Any header may be sent."""
        lines = b"Access-Control-Allow-Methods: %b\r\nAccess-Control-Max-Age: %b\r\n" % (
            _METHODS,
            _PREFLIGHT_AGE_S,
        )
        if asked_headers:
            lines += b"Access-Control-Allow-Headers: %b\r\n" % asked_headers
        return lines
