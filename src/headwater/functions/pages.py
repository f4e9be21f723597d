"""Pages of the node about functions: how they fare, their code, layers, and what they have written.

The links that GetFunction and GetLayerVersion answer lead here. AWS's are presigned S3 links that
hold for ten minutes; these hold as long as the code does.
"""

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from typing import Any, Protocol
from urllib.parse import urlencode

from headwater.arns import DEFAULT_ACCOUNT, Scope
from headwater.errors import Validation
from headwater.functions.functions import Functions
from headwater.functions.logs.lines import Event
from headwater.functions.logs.patterns import compile_pattern
from headwater.functions.logs.store import Search
from headwater.limits import MIB
from headwater.moments import duration_ms, iso, moment_ms
from headwater.wire.reply import Reply

CODE = "function-code"
LAYER = "layer-code"
LOG = "function-log"
STANDING = "functions"

_WAIT_MS_MAX = 5000  # a node that is told to end waits for its answers
_ZIP = {"Content-Type": "application/zip"}


def package_url(endpoint: str, scope: Scope, name: str, version: str = "") -> str:
    """endpoint: the node's URL

    >>> package_url("http://127.0.0.1:8000", Scope("000000000000", "us-east-1"), "f")
    'http://127.0.0.1:8000/_headwater/function-code?account=000000000000&region=us-east-1&name=f'
    """
    return _url(endpoint, CODE, scope, name, version)


def layer_url(endpoint: str, scope: Scope, layer: str, version: int) -> str:
    return _url(endpoint, LAYER, scope, layer, str(version))


def _url(endpoint: str, page: str, scope: Scope, name: str, version: str) -> str:
    query = {"account": scope.account, "region": scope.region, "name": name}
    if version:
        query["version"] = version
    return f"{endpoint}/_headwater/{page}?{urlencode(query)}"


async def code_page(functions: Functions, query: Mapping[str, str]) -> Reply:
    """GET function-code?name=f&version=1: the zip. Raises Validation, ResourceNotFound."""
    scope, name = _named(functions, query)
    package = await functions.registry.package(scope, name, query.get("version"))
    return Reply(package, headers=_ZIP)


async def layer_page(functions: Functions, query: Mapping[str, str]) -> Reply:
    """GET layer-code?name=l&version=1: the zip. Raises Validation, ResourceNotFound."""
    scope, name = _named(functions, query)
    version = query.get("version", "")
    if not version.isdigit():
        raise Validation("which version of the layer? Add &version=NUMBER.")
    return Reply(await functions.layers.package(scope, name, int(version)), headers=_ZIP)


async def log_page(functions: Functions, query: Mapping[str, str]) -> Reply:
    """GET function-log?name=f: the end of what it has written, the lines that Lambda adds among
    it, as text. Raises Validation, ResourceNotFound.

    With any of these the answer is JSON, {"events": [...], "after": <position>}:
    since    10m, 2026-03-04T05:06:07Z      only later events
    after    the position of the last answer
    filter   a pattern, as in FilterLogEvents
    wait_ms  how long to wait, in real time, where there is nothing yet
    """
    scope, name = _named(functions, query)
    document = await functions.registry.get(scope, name)
    group = document["configuration"]["LoggingConfig"]["LogGroup"]
    if not query.keys() & {"after", "since", "filter", "wait_ms"}:
        text = await functions.logs.tail(scope, group, MIB)
        return Reply(text.encode(), headers={"Content-Type": "text/plain; charset=utf-8"})
    search = Search(
        start=_number(query, "after"),
        start_ms=_since_ms(query, functions.clock.now_ms()),
        matches=compile_pattern(query.get("filter", "")),
    )
    found = await functions.logs.search(scope, group, search)
    wait_ms = min(_number(query, "wait_ms"), _WAIT_MS_MAX)
    if wait_ms and not found.events and not found.more:
        await functions.logs.written(scope, group, wait_ms / 1000)
        found = await functions.logs.search(scope, group, replace(search, start=found.next))
    return Reply({"events": [_shown(event) for event in found.events], "after": found.next})


async def standing_page(functions: Functions) -> Reply:
    """GET functions: {"functions": [...], "now_ms": ...}, each as Functions.standing tells it."""
    told = await functions.standing()
    return Reply({"functions": told, "now_ms": functions.clock.now_ms()})


def _since_ms(query: Mapping[str, str], now_ms: int) -> int:
    text = query.get("since", "0")
    span_ms = duration_ms(text)
    moment = now_ms - span_ms if span_ms is not None else moment_ms(text)
    if moment is None:
        raise Validation(f"since is {text!r}: give 10m, or 2026-03-04T05:06:07Z.")
    return moment


def _shown(event: Event) -> dict[str, Any]:
    return {"at": iso(event.at_ms), "stream": event.stream, "message": event.message}


def _number(query: Mapping[str, str], name: str) -> int:
    text = query.get(name, "0")
    if not text.isdigit() or len(text) > 18:
        raise Validation(f"{name} is {text!r}: give a whole number.")
    return int(text)


def _named(functions: Functions, query: Mapping[str, str]) -> tuple[Scope, str]:
    """account and region may be left out where they are the node's usual ones."""
    if "name" not in query:
        raise Validation("which function? Add ?name=NAME, and &account= and &region= if needed.")
    account = query.get("account", DEFAULT_ACCOUNT)
    return Scope(account, query.get("region", functions.settings.region)), query["name"]


class _Request(Protocol):
    """What the front door hands to a page."""

    @property
    def query(self) -> dict[str, str]: ...


def pages(functions: Functions) -> dict[str, Callable[[_Request], Coroutine[Any, Any, Reply]]]:
    """Path under /_headwater/ -> what answers a GET of it."""
    return {
        CODE: lambda request: code_page(functions, request.query),
        LAYER: lambda request: layer_page(functions, request.query),
        LOG: lambda request: log_page(functions, request.query),
        STANDING: lambda request: standing_page(functions),
    }
