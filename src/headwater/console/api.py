"""What pages ask of the console: who they are, AWS operations, admin pages.

    GET  /api/session                       what there is to look at, and as whom
    POST /api/login   {access, secret}      POST /api/logout
    POST /api/aws/{service}/{operation}     its parameters; its answer
    any  /api/admin/{page}                  the node's page, as it is

X-Region and X-Account say where; the key is the browser's own. Troubles are answered as
{"error": {"what", "why", "now", "code"}}.
"""

from typing import Any, Final

import orjson
from aiohttp import web

from headwater.console.endpoint import Endpoint
from headwater.console.identity import COOKIE, Identity, Key, Sessions, anybody
from headwater.console.operations import is_known, writes
from headwater.console.options import Options
from headwater.console.troubles import Refused, Trouble, bad_request, read_only

_SESSION_S: Final = 12 * 60 * 60


class Api:
    """Answers what is under /api/, but for the tail and the figures."""

    def __init__(self, options: Options, endpoint: Endpoint, sessions: Sessions) -> None:
        self._options = options
        self._endpoint = endpoint
        self._sessions = sessions

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/api/session", self._session),
            web.post("/api/login", self._login),
            web.post("/api/logout", self._logout),
            web.post("/api/aws/{service}/{operation}", self._aws),
            web.route("*", "/api/admin/{page:.+}", self._admin),
        ]

    def identity(self, request: web.Request) -> Identity:
        """As whom a request of a browser is to be sent on. A WebSocket has no headers of ours."""
        region = request.headers.get("X-Region") or request.query.get("region")
        account = request.headers.get("X-Account") or request.query.get("account", "")
        key = self._sessions.find(request.cookies.get(COOKIE))
        return Identity(key or anybody(account), region or self._options.region)

    async def _session(self, request: web.Request) -> web.Response:
        key = self._sessions.find(request.cookies.get(COOKIE))
        facts = await self._endpoint.facts()
        clock: dict[str, Any] = {}
        if facts.version and (key is not None or not facts.wants_login):
            _, raw = await self._endpoint.admin(key or anybody(""), "GET", "clock", {})
            clock = orjson.loads(raw)
        return _json(
            {
                "endpoint": self._endpoint.url,
                "version": facts.version,
                "admin": bool(facts.version),
                "virtual": clock.get("clock") == "virtual",
                "region": self._options.region,
                "readOnly": self._options.read_only,
                "wantsLogin": facts.wants_login and key is None,
                "user": "" if key is None else key.access,
            }
        )

    async def _login(self, request: web.Request) -> web.Response:
        given = await _object(request)
        key = Key(
            str(given.get("access", "")).strip(),
            str(given.get("secret", "")).strip(),
            str(given.get("token", "")).strip(),
        )
        if not key.access or not key.secret:
            raise Refused(bad_request("an access key and its secret are both needed"))
        region = self.identity(request).region
        await self._endpoint.aws(Identity(key, region), "dynamodb", "ListTables", {"Limit": 1})
        response = _json({"user": key.access})
        response.set_cookie(
            COOKIE,
            self._sessions.open(key),
            httponly=True,
            samesite="Strict",
            max_age=_SESSION_S,
            secure=request.secure,
        )
        return response

    async def _logout(self, request: web.Request) -> web.Response:
        self._sessions.close(request.cookies.get(COOKIE))
        response = _json({})
        response.del_cookie(COOKIE)
        return response

    async def _aws(self, request: web.Request) -> web.Response:
        service, operation = request.match_info["service"], request.match_info["operation"]
        if not is_known(service, operation):
            raise Refused(bad_request(f"{service} {operation} is not forwarded"))
        params = await _object(request)
        if self._options.read_only and writes(service, operation, params):
            raise Refused(read_only(operation))
        raw = await self._endpoint.aws(self.identity(request), service, operation, params)
        return web.Response(body=raw, content_type="application/json")

    async def _admin(self, request: web.Request) -> web.Response:
        page = request.match_info["page"]
        if self._options.read_only and request.method != "GET":
            raise Refused(read_only(f"{request.method} {page}"))
        status, raw = await self._endpoint.admin(
            self.identity(request).key,
            request.method,
            page,
            dict(request.query),
            await request.read(),
        )
        # 409 is an answer: what is still on its way.
        if status >= 300 and status != 409:
            raise Refused(_of_admin(page, status, raw))
        return web.Response(body=raw, content_type="application/json")


def _of_admin(page: str, status: int, raw: bytes) -> Trouble:
    try:
        told = str(orjson.loads(raw).get("error", ""))
    except (orjson.JSONDecodeError, AttributeError):
        told = raw.decode("utf-8", "replace").strip()[:300]
    # The node's own texts say what to do in their last sentence.
    why, dot, now = told.rstrip(".").rpartition(". ")
    return Trouble(
        status if status < 500 else 502,
        f"the node refused {page}",
        why + "." if dot else told or f"HTTP {status}",
        now + "." if dot else "",
        "NotFound" if status == 404 else "",
    )


async def _object(request: web.Request) -> dict[str, Any]:
    try:
        found = orjson.loads(await request.read() or b"{}")
    except orjson.JSONDecodeError:
        found = None
    if not isinstance(found, dict):
        raise Refused(bad_request("the body is no JSON object"))
    return found


def _json(value: Any) -> web.Response:
    return web.Response(body=orjson.dumps(value), content_type="application/json")
