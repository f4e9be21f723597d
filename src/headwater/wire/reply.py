"""What a handler may answer with, when a plain dict is not enough.

This file knows the three parts of an answer. It does not know protocols: a header given here is
sent as it is, a body that is not bytes is encoded by the protocol of the request.
"""

from collections.abc import Mapping
from typing import Any

_NO_HEADERS: Mapping[str, str] = {}


class Reply:
    """An answer with a status or headers of its own.

    status   None: the one that the service's model gives the operation (200 if it gives none)
    headers  sent besides the protocol's own; a Content-Type here replaces the protocol's
    body     a JSON-ready dict, bytes that are sent as they are, or None for no body
    """

    __slots__ = ("body", "headers", "status")

    def __init__(
        self,
        body: dict[str, Any] | bytes | None = None,
        *,
        status: int | None = None,
        headers: Mapping[str, str] = _NO_HEADERS,
    ) -> None:
        self.status = status
        self.headers = headers
        self.body = body


Answer = dict[str, Any] | bytes | Reply
"""A JSON-ready dict, JSON that is already encoded, or a Reply."""
