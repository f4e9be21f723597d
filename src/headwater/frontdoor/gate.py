"""What the door lets in: how many, how large, how slow.

Every bound of the front door stands here. Bodies are counted from the moment their length is
announced until their reply is made, replies until their client has taken them, so that many large
ones at once are turned away before they fill the memory. This file counts; the connection does the
turning away.
"""

import resource
from dataclasses import dataclass
from typing import Final

from headwater.limits import KIB, LAMBDA_REQUEST_BYTES_MAX, MIB, REQUEST_BYTES_MAX

# Files the node needs for itself: the store, the functions' pipes, the listener.
_FILES_KEPT: Final = 256
_CONNECTIONS_MIN: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The door's bounds; the defaults are what a node uses."""

    head_bytes_max: int = 64 * KIB  # request line and headers of one request
    body_bytes_max: int = REQUEST_BYTES_MAX  # of one request to a JSON-RPC service
    rest_body_bytes_max: int = LAMBDA_REQUEST_BYTES_MAX  # of one request to a REST path
    held_bytes_max: int = 1024 * MIB  # of all bodies and untaken replies that are held at once
    connections_max: int = 10_000
    queued_requests_max: int = 8  # begun and unanswered on one connection; then the next one waits
    owed_bytes_max: int = 8 * MIB  # of replies that wait for an earlier one; then likewise
    receive_ms_max: int = 30_000  # for a request to arrive, plus 1 ms for each body byte
    idle_ms_max: int = 15 * 60_000  # between two requests of a connection
    stuck_ms_max: int = 60_000  # for a client to take what it asked for
    linger_ms_max: int = 10_000  # for a refused client to read why
    compressed_bytes_min: int = 1400  # smaller replies fit a packet as they are


class Gate:
    """The counts behind the bounds."""

    __slots__ = ("connections", "connections_max", "held_bytes", "limits", "owed_bytes")

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.connections = 0
        self.held_bytes = 0
        self.owed_bytes = 0
        files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        affordable = max(_CONNECTIONS_MIN, files - _FILES_KEPT)
        self.connections_max = min(limits.connections_max, affordable)

    def admit(self) -> bool:
        """Count a new connection; False: there are too many. Ends with `leave` either way."""
        self.connections += 1
        return self.connections <= self.connections_max

    def leave(self) -> None:
        self.connections -= 1

    def body_bytes_max(self, url: bytes) -> int:
        """What the body of a request to `url` may measure. Which service is asked is not known
        yet when the head has arrived, but only REST services have paths."""
        if url == b"/" or url.startswith(b"/?"):
            return self.limits.body_bytes_max
        return self.limits.rest_body_bytes_max

    def hold(self, count: int) -> bool:
        """Count bytes of a body; False: it does not fit, and they are not counted."""
        if self.held_bytes + self.owed_bytes + count > self.limits.held_bytes_max:
            return False
        self.held_bytes += count
        return True

    def release(self, count: int) -> None:
        self.held_bytes -= count

    def owe(self, count: int) -> None:
        """Count bytes of replies that wait for their client; a negative count takes away."""
        self.owed_bytes += count
