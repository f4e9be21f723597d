"""Who asks: an access key, a region, and the browser that has logged in with it.

Secrets stay here, in memory, by the browser's cookie; pages never see them.
"""

import os
from collections import OrderedDict
from typing import Final, NamedTuple

COOKIE: Final = "headwater_console"
_SESSIONS_MAX: Final = 1000
# Where any key will do, an access key of twelve digits is the account.
_ANYBODY: Final = "console"


class Key(NamedTuple):
    """An access key and what belongs to it."""

    access: str
    secret: str
    token: str = ""


class Identity(NamedTuple):
    """As whom, and in which region, something is asked."""

    key: Key
    region: str


class Sessions:
    """The keys of browsers that have logged in; the one used longest ago makes room."""

    def __init__(self) -> None:
        self._keys: OrderedDict[str, Key] = OrderedDict()

    def open(self, key: Key) -> str:
        """The name of a new session, for the cookie."""
        name = os.urandom(32).hex()
        self._keys[name] = key
        if len(self._keys) > _SESSIONS_MAX:
            self._keys.popitem(last=False)
        return name

    def find(self, name: str | None) -> Key | None:
        if name is None or name not in self._keys:
            return None
        self._keys.move_to_end(name)
        return self._keys[name]

    def close(self, name: str | None) -> None:
        if name is not None:
            self._keys.pop(name, None)


def anybody(account: str) -> Key:
    """A key for an endpoint that takes any.

    >>> anybody("").access, anybody("123456789012").access
    ('console', '123456789012')
    """
    is_account = len(account) == 12 and account.isascii() and account.isdigit()
    return Key(account if is_account else _ANYBODY, _ANYBODY)
