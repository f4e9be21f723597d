"""Pages of the node about its functions: their code, and what they have written.

The link that GetFunction answers leads to the first. AWS's is a presigned S3 link that holds for
ten minutes; this one holds as long as the function does.
"""

from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Protocol
from urllib.parse import urlencode

from headwater.arns import DEFAULT_ACCOUNT, DEFAULT_REGION, Scope
from headwater.errors import Validation
from headwater.functions.functions import Functions
from headwater.wire.reply import Reply

CODE = "function-code"
LOG = "function-log"


def package_url(endpoint: str, scope: Scope, name: str) -> str:
    """endpoint: the node's URL

    >>> package_url("http://127.0.0.1:8000", Scope("000000000000", "us-east-1"), "f")
    'http://127.0.0.1:8000/_headwater/function-code?account=000000000000&region=us-east-1&name=f'
    """
    query = urlencode({"account": scope.account, "region": scope.region, "name": name})
    return f"{endpoint}/_headwater/{CODE}?{query}"


async def code_page(functions: Functions, query: Mapping[str, str]) -> Reply:
    """GET function-code?name=f: the zip. Raises Validation, ResourceNotFound."""
    scope, name = _function(query)
    package = await functions.package(scope, name)
    return Reply(package, headers={"Content-Type": "application/zip"})


async def log_page(functions: Functions, query: Mapping[str, str]) -> Reply:
    """GET function-log?name=f: the end of what it has written since the node started, the lines
    that Lambda adds among it. Raises Validation, ResourceNotFound."""
    scope, name = _function(query)
    await functions.get(scope, name)
    log = functions.log(scope, name)
    text = "" if log is None else log.text()
    return Reply(text.encode(), headers={"Content-Type": "text/plain; charset=utf-8"})


def _function(query: Mapping[str, str]) -> tuple[Scope, str]:
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
        LOG: lambda request: log_page(functions, request.query),
    }
