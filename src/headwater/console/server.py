"""The console's own web server: static files, the API, and what every answer carries."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from aiohttp import web

from headwater.console.api import Api
from headwater.console.endpoint import Endpoint
from headwater.console.figures import Sampler
from headwater.console.guard import HEADERS, is_own_name, is_own_origin
from headwater.console.identity import Sessions
from headwater.console.options import Options
from headwater.console.tail import Tail
from headwater.console.troubles import Refused, bad_request
from headwater.console.watch import Watch

STATIC: Final = Path(__file__).parent / "static"
_BODY_BYTES_MAX: Final = 8 * 1024 * 1024

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def make_app(options: Options) -> web.Application:
    """The application; it ends its connections to the endpoint when it is cleaned up."""

    @web.middleware
    async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not options.allow_anonymous and not is_own_name(request.host):
            return _refused(request, f"the console does not answer to the name {request.host}")
        if not is_own_origin(request.headers.get("Origin"), request.host):
            return _refused(request, "the request came from a page of another origin")
        try:
            return await handler(request)
        except Refused as refused:
            return refused.trouble.response()

    async def on_prepare(request: web.Request, response: web.StreamResponse) -> None:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)

    endpoint = Endpoint(options.endpoint, options.ca_file)
    api = Api(options, endpoint, Sessions())

    sampler = Sampler(endpoint, api)

    async def ended(app: web.Application) -> None:
        await sampler.close()
        await endpoint.close()

    app = web.Application(middlewares=[guarded], client_max_size=_BODY_BYTES_MAX)
    app.on_response_prepare.append(on_prepare)
    app.on_cleanup.append(ended)
    app.add_routes(api.routes())
    app.add_routes([web.get("/api/tail", Tail(endpoint, api).watch)])
    app.add_routes([web.get("/api/watch", Watch(endpoint, api).serve)])
    app.add_routes([web.get("/api/figures", sampler.answer)])
    app.router.add_route("*", "/api/{rest:.*}", _nothing)
    app.router.add_static("/static", STATIC)
    # Every other address is a page, and the browser knows which.
    app.router.add_get("/{page:.*}", _index)
    return app


async def _index(request: web.Request) -> web.FileResponse:
    return web.FileResponse(STATIC / "index.html")


async def _nothing(request: web.Request) -> web.Response:
    raise Refused(bad_request(f"there is no {request.path}"))


def _refused(request: web.Request, why: str) -> web.Response:
    response = bad_request(why).response()
    response.set_status(403)
    return response
