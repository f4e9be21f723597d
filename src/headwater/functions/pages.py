"""Pages of the node about functions: their code, their layers, and what they have written.

The links that GetFunction and GetLayerVersion answer lead here. AWS's are presigned S3 links that
hold for ten minutes; these hold as long as the code does.
"""

from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Protocol
from urllib.parse import urlencode

from headwater.arns import DEFAULT_ACCOUNT, DEFAULT_REGION, Scope
from headwater.errors import Validation
from headwater.functions.functions import Functions
from headwater.functions.logs.lines import Event
from headwater.functions.logs.store import Search
from headwater.limits import MIB
from headwater.wire.reply import Reply

CODE = "function-code"
LAYER = "layer-code"
LOG = "function-log"

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
    scope, name = _named(query)
    package = await functions.registry.package(scope, name, query.get("version"))
    return Reply(package, headers=_ZIP)


async def layer_page(functions: Functions, query: Mapping[str, str]) -> Reply:
    """GET layer-code?name=l&version=1: the zip. Raises Validation, ResourceNotFound."""
    scope, name = _named(query)
    version = query.get("version", "")
    if not version.isdigit():
        raise Validation("which version of the layer? Add &version=NUMBER.")
    return Reply(await functions.layers.package(scope, name, int(version)), headers=_ZIP)


async def log_page(functions: Functions, query: Mapping[str, str]) -> Reply:
    """GET function-log?name=f: the end of what it has written, the lines that Lambda adds among
    it. With &after=POSITION (or &since_ms=EPOCH_MS): JSON, the events from there on, and the
    position behind them. Raises Validation, ResourceNotFound."""
    scope, name = _named(query)
    document = await functions.registry.get(scope, name)
    group = document["configuration"]["LoggingConfig"]["LogGroup"]
    if "after" not in query and "since_ms" not in query:
        text = await functions.logs.tail(scope, group, MIB)
        return Reply(text.encode(), headers={"Content-Type": "text/plain; charset=utf-8"})
    search = Search(start=_number(query, "after"), start_ms=_number(query, "since_ms"))
    found = await functions.logs.search(scope, group, search)
    return Reply({"events": [_shown(event) for event in found.events], "after": found.next})


def _shown(event: Event) -> dict[str, Any]:
    return {"at_ms": event.at_ms, "stream": event.stream, "message": event.message}


def _number(query: Mapping[str, str], name: str) -> int:
    text = query.get(name, "0")
    if not text.isdigit() or len(text) > 18:
        raise Validation(f"{name} is {text!r}: give a whole number.")
    return int(text)


def _named(query: Mapping[str, str]) -> tuple[Scope, str]:
    """account and region may be left out where they are the usual ones."""
    if "name" not in query:
        raise Validation("which function? Add ?name=NAME, and &account= and &region= if needed.")
    account = query.get("account", DEFAULT_ACCOUNT)
    return Scope(account, query.get("region", DEFAULT_REGION)), query["name"]


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
    }
