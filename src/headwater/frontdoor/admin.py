"""/_headwater/*: what whoever runs a node can ask and tell it. No credentials are needed.

Other parts register pages of their own (`Admin.add`); this file finds the page for a request and
turns its answer, or its trouble, into a status and a JSON body.
"""

from collections.abc import Callable, Coroutine
from typing import Any, Final, NamedTuple

import orjson

from headwater.errors import AwsError, OperatorError
from headwater.frontdoor.exchange import Exchange
from headwater.wire.reply import Answer, Reply

PREFIX: Final = "/_headwater/"


class AdminRequest(NamedTuple):
    """What a page gets.

    path   behind /_headwater/, for example "clock"
    query  the last value of each name
    """

    method: str
    path: str
    query: dict[str, str]
    body: bytes

    def json(self) -> dict[str, Any]:
        """The body as a JSON object; {} if there is none. Raises OperatorError."""
        if not self.body:
            return {}
        try:
            found = orjson.loads(self.body)
        except orjson.JSONDecodeError as trouble:
            raise OperatorError(
                f"the body is not JSON: {trouble.msg}. Send a JSON object."
            ) from None
        if not isinstance(found, dict):
            raise OperatorError("the body is JSON but not an object. Send a JSON object.")
        return found


Page = Callable[[AdminRequest], Answer | Coroutine[Any, Any, Answer]]
Guard = Callable[[Exchange], None]
"""Raises an AwsError for who may not see a page."""


class Admin:
    """The pages by path and method."""

    def __init__(self) -> None:
        self._pages: dict[str, dict[str, Page]] = {}
        self._guards: dict[str, Guard] = {}

    def add(self, method: str, path: str, page: Page) -> None:
        """Answer `method` on /_headwater/<path> with `page`, a function or coroutine function.

        path  may end in /*: all that is below it and has no page of its own
        A GET page answers HEAD too.
        """
        methods = self._pages.setdefault(path, {})
        assert method not in methods, f"{method} {path} is taken"
        methods[method] = page

    def keep(self, prefix: str, guard: Guard) -> None:
        """Let `guard` say who may ask for pages whose path begins with `prefix`."""
        self._guards[prefix] = guard

    def guard_of(self, path: str) -> Guard | None:
        """Who says who may ask for a page; None: whoever may ask for any."""
        for prefix, guard in self._guards.items():
            if path.startswith(prefix):
                return guard
        return None

    def find(self, method: str, path: str) -> Page | Reply:
        """The page, or the reply that says why there is none."""
        methods = self._pages.get(path) or self._pages.get(path.partition("/")[0] + "/*")
        if methods is None:
            known = ", ".join(sorted(PREFIX + name for name in self._pages))
            return _trouble(404, f"there is no {PREFIX}{path}. There are: {known}.")
        page = methods.get("GET" if method == "HEAD" else method)
        if page is None:
            allowed = ", ".join(sorted(methods))
            reply = _trouble(405, f"{PREFIX}{path} does not take {method}. It takes: {allowed}.")
            reply.headers = {"Allow": allowed}
            return reply
        return page


def refused(trouble: AwsError | OperatorError) -> Reply:
    """The reply when a page raised one of our own errors."""
    return _trouble(400, str(trouble))


def _trouble(status: int, text: str) -> Reply:
    return Reply({"error": text}, status=status)
