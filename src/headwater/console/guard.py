"""Which requests of a browser are ours: a guard against other pages in the same browser.

A page of somebody else's may send requests to this address, or lead a name of its own here. So a
request from a page must come from one of ours, and a console that only its own machine reaches
answers to no name that anybody could register. Sources: RFC 9110, section 7.2; WHATWG Fetch,
"Origin header".
"""

import ipaddress
from typing import Final

HEADERS: Final = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; "
    "frame-ancestors 'none'; form-action 'self'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}

# Not to be had in the public DNS (RFC 6761, RFC 6762, RFC 8375, ICANN's .internal).
_SAFE_ENDINGS: Final = (".localhost", ".local", ".internal", ".home.arpa", ".test", ".example")


def is_own_name(host: str) -> bool:
    """Whether a Host header names this machine and not a web page's owner's.

    >>> [is_own_name(host) for host in ("localhost:8080", "127.0.0.1:8080", "[::1]:1", "evil.com")]
    [True, True, True, False]
    """
    name = host[1:].partition("]")[0] if host[:1] == "[" else host.rpartition(":")[0] or host
    name = name.rstrip(".").lower()
    if "." not in name or name.endswith(_SAFE_ENDINGS):
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def is_own_origin(origin: str | None, host: str) -> bool:
    """Whether a request with this Origin and Host came from a page of ours, or from no page.

    >>> is_own_origin("http://localhost:8080", "localhost:8080"), is_own_origin(None, "localhost")
    (True, True)
    >>> is_own_origin("http://evil.com", "localhost:8080"), is_own_origin("null", "localhost:8080")
    (False, False)
    """
    if origin is None:
        return True
    return origin.partition("://")[2] == host
