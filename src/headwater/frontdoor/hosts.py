"""Which names a node is called by: a guard against pages that give this machine a name of theirs.

A web page whose owner lets its name lead to 127.0.0.1 (DNS rebinding) is, to the browser, a page
of the node itself: its GET requests carry no Origin header, and it may read the answers. But the
name stands in the Host header. So a node that only its own machine reaches, and that asks for no
credentials, answers to no name that anybody could register, unless it was told to answer
everybody. Source: RFC 9110, section 7.2.
"""

import ipaddress
from typing import Final

from headwater.urls import parts_of

# Not to be had in the public DNS (RFC 6761, RFC 6762, RFC 8375, ICANN's .internal), or AWS's own,
# which somebody may have led here.
_SAFE_ENDINGS: Final = (
    ".localhost",
    ".local",
    ".internal",
    ".home.arpa",
    ".test",
    ".example",
    ".invalid",
    ".amazonaws.com",
)
_KNOWN_MAX: Final = 256


class Hosts:
    """The names that are answered to.

    cors  the setting: pages of these origins may call the node, so their hosts may name it
    """

    def __init__(self, cors: str) -> None:
        origins = [origin.strip() for origin in cors.split(",")]
        self._all = "*" in origins
        self._named = frozenset(parts_of(origin).hostname or "" for origin in origins) - {""}
        self._known: set[bytes] = set()  # those that were found right

    def takes(self, host: bytes) -> bool:
        """Whether a request with this Host header is answered."""
        if self._all or host in self._known:
            return True
        if not self._is_safe(host.decode("latin-1").lower()):
            return False
        if len(self._known) < _KNOWN_MAX:
            self._known.add(host)
        return True

    def _is_safe(self, host: str) -> bool:
        name = host[1:].partition("]")[0] if host[:1] == "[" else host.rpartition(":")[0] or host
        name = name.rstrip(".")
        if "." not in name or name.endswith(_SAFE_ENDINGS) or name in self._named:
            return True  # one label, as of a container, is nobody's to register either
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True
