"""GET /api/tail: a WebSocket that brings a stream's changes as they commit.

    stream_arn, since, filter     as the node's /_headwater/tail takes them

Each message is {"records": [...], "shards": [...], "now_ms": N} or {"trouble": {...}}. A node is
asked by long poll, which a commit ends; other endpoints are polled (`polling.py`). A slow browser
slows only itself: the next page is fetched when the last one has left.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Final

import orjson
from aiohttp import WSMsgType, web

from headwater.console.api import Api
from headwater.console.endpoint import Endpoint
from headwater.console.identity import Identity
from headwater.console.polling import polled
from headwater.console.troubles import Refused, Trouble

_WAIT_MS: Final = 25_000
_AGAIN_S: Final = 0.5
_PAGE: Final = 300


class Tail:
    """Answers the WebSocket."""

    def __init__(self, endpoint: Endpoint, api: Api) -> None:
        self._endpoint = endpoint
        self._api = api

    async def watch(self, request: web.Request) -> web.WebSocketResponse:
        """Push until the browser leaves."""
        socket = web.WebSocketResponse(heartbeat=30, compress=False)
        await socket.prepare(request)
        identity = self._api.identity(request)
        names = ("stream_arn", "since", "filter")
        query = {name: request.query[name] for name in names if request.query.get(name)}
        pushing = asyncio.create_task(self._push(socket, identity, query))
        try:
            async for message in socket:
                if message.type == WSMsgType.ERROR:
                    break
        finally:
            pushing.cancel()
            with contextlib.suppress(asyncio.CancelledError, ConnectionError):
                await pushing
        return socket

    async def _push(
        self, socket: web.WebSocketResponse, identity: Identity, query: dict[str, str]
    ) -> None:
        try:
            is_ours = bool((await self._endpoint.facts()).version)
            pages = self._told if is_ours else self._polled
            async for page in pages(identity, query):
                await socket.send_str(page.decode())
        except Refused as refused:
            await self._tell(socket, refused.trouble)
            await socket.close()

    async def _told(self, identity: Identity, query: dict[str, str]) -> AsyncIterator[bytes]:
        """Pages of a node; while it is away, its trouble, and then what came in between."""
        asked = {**query, "limit": str(_PAGE), "wait_ms": "0"}
        while True:
            try:
                status, raw = await self._endpoint.admin(identity.key, "GET", "tail", asked)
            except Refused as refused:
                if refused.trouble.status != 503:
                    raise
                yield orjson.dumps({"trouble": refused.trouble.shown()})
                await asyncio.sleep(_AGAIN_S)
                continue
            page = orjson.loads(raw)
            if status != 200:
                why = str(page.get("error", f"HTTP {status}"))
                raise Refused(Trouble(status, "the stream cannot be followed", why, ""))
            asked = {"cursor": page["cursor"], "limit": str(_PAGE), "wait_ms": str(_WAIT_MS)}
            if "filter" in query:
                asked["filter"] = query["filter"]
            yield raw

    def _polled(self, identity: Identity, query: dict[str, str]) -> AsyncIterator[bytes]:
        return polled(self._endpoint, identity, query["stream_arn"], query.get("since"))

    async def _tell(self, socket: web.WebSocketResponse, trouble: Trouble) -> None:
        with contextlib.suppress(ConnectionError):
            await socket.send_str(orjson.dumps({"trouble": trouble.shown()}).decode())
