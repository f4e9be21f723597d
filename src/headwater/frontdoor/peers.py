"""Who may ask as another region's node: whoever signs with a key that nodes share.

Signature Version 4, as any other request's; the signing name is "headwater". A node without such
keys takes what reaches it, as it does with requests of clients.
"""

from headwater.auth.keys import Keys
from headwater.auth.sigv4 import identify
from headwater.auth.verify import Signed, verify
from headwater.clock import Clock
from headwater.frontdoor.admin import Guard
from headwater.frontdoor.exchange import Exchange
from headwater.outbound.peer import SERVICE


def peer_guard(keys: Keys | None, real_clock: Clock) -> Guard:
    """keys: of --peer-credentials; None: anybody's. Clocks of nodes may be moved, real time not."""

    def guard(exchange: Exchange) -> None:
        if keys is None:
            return
        identify(exchange.headers)
        method, url = exchange.method.decode("latin-1"), exchange.url.decode("latin-1")
        signed = Signed(method, url, exchange.headers, exchange.body, SERVICE)
        verify(signed, keys, real_clock.now_ms())

    return guard
