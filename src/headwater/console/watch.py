"""GET /api/watch: a WebSocket that brings what views have come to, whenever that is something else.

    {"id": "1", "page": "views/revenue", "query": {"limit": "8"}}   watch it from now on
    {"id": "1"}                                                     no more

Each message is {"id": "1", "answer": {...}} or {"id": "1", "trouble": {...}}. One connection of the
browser serves any number of views: it has only six to a host, and each question here waits. A view
that changes all the time is told of five times a second at most.
"""

import asyncio
import contextlib
from typing import Any, Final

import orjson
from aiohttp import WSMsgType, web

from headwater.console.api import Api
from headwater.console.endpoint import Endpoint
from headwater.console.identity import Identity
from headwater.console.troubles import Refused, Trouble

WATCHED: Final = "views/"
_WAIT_MS: Final = 2_000  # a node that is told to end waits for its answers
_PAUSE_S: Final = 0.2
_AGAIN_S: Final = 1.0
_AT_ONCE: Final = 100


class Watch:
    """Answers the WebSocket."""

    def __init__(self, endpoint: Endpoint, api: Api) -> None:
        self._endpoint = endpoint
        self._api = api

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """Push until the browser leaves."""
        socket = web.WebSocketResponse(heartbeat=30, compress=False, max_msg_size=64 * 1024)
        await socket.prepare(request)
        identity = self._api.identity(request)
        asking: dict[str, asyncio.Task[None]] = {}
        try:
            async for message in socket:
                if message.type != WSMsgType.TEXT:
                    break
                wanted = _wanted(message.data)
                if wanted is None:
                    break
                name, page, query = wanted
                if name in asking:
                    asking.pop(name).cancel()
                if page and len(asking) < _AT_ONCE:
                    work = self._push(socket, identity, name, page, query)
                    asking[name] = asyncio.create_task(work)
        finally:
            for task in asking.values():
                task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.gather(*asking.values(), return_exceptions=True)
        return socket

    async def _push(
        self,
        socket: web.WebSocketResponse,
        identity: Identity,
        name: str,
        page: str,
        query: dict[str, str],
    ) -> None:
        asked = dict(query)
        while not socket.closed:
            try:
                answer = await self._ask(identity, page, asked)
            except Refused as refused:
                trouble = refused.trouble
                await _tell(socket, {"id": name, "trouble": trouble.shown()})
                if trouble.status == 401:
                    return
                asked = dict(query)
                await asyncio.sleep(_AGAIN_S)
                continue
            await _tell(socket, {"id": name, "answer": answer})
            asked = {**query, "version": str(answer["version"]), "wait_ms": str(_WAIT_MS)}
            await asyncio.sleep(_PAUSE_S)

    async def _ask(self, identity: Identity, page: str, query: dict[str, str]) -> dict[str, Any]:
        """Raises Refused."""
        status, raw = await self._endpoint.admin(identity.key, "GET", page, query)
        found: dict[str, Any] = orjson.loads(raw)
        if status != 200:
            why = str(found.get("error", f"HTTP {status}"))
            raise Refused(Trouble(status, "the view cannot be shown", why, ""))
        return found


def _wanted(text: str) -> tuple[str, str, dict[str, str]] | None:
    """Id, page ("": no more) and query of a message; None if it is none of ours.

    >>> _wanted('{"id": "1", "page": "views/a", "query": {"limit": 8}}')
    ('1', 'views/a', {'limit': '8'})
    >>> _wanted('{"id": "1"}'), _wanted('{"id": "1", "page": "reset"}'), _wanted("[")
    (('1', '', {}), None, None)
    """
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(found, dict):
        return None
    page, query = str(found.get("page", "")), found.get("query", {})
    if (page and not page.startswith(WATCHED)) or not isinstance(query, dict):
        return None
    return str(found.get("id", "")), page, {name: str(value) for name, value in query.items()}


async def _tell(socket: web.WebSocketResponse, message: dict[str, Any]) -> None:
    with contextlib.suppress(ConnectionError):
        await socket.send_str(orjson.dumps(message).decode())
