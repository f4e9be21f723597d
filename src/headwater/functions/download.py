"""Where the code of a function can be fetched: the link that GetFunction answers.

AWS answers a presigned S3 link that holds for ten minutes. This one leads to the node's own pages
and holds as long as the function does.
"""

from collections.abc import Mapping
from urllib.parse import urlencode

from headwater.arns import Scope
from headwater.errors import Validation
from headwater.functions.functions import Functions
from headwater.wire.reply import Reply

PAGE = "function-code"
"""Path of the page under /_headwater/."""


def package_url(endpoint: str, scope: Scope, name: str) -> str:
    """endpoint: the node's URL

    >>> package_url("http://127.0.0.1:8000", Scope("000000000000", "us-east-1"), "f")
    'http://127.0.0.1:8000/_headwater/function-code?account=000000000000&region=us-east-1&name=f'
    """
    query = urlencode({"account": scope.account, "region": scope.region, "name": name})
    return f"{endpoint}/_headwater/{PAGE}?{query}"


async def package_page(functions: Functions, query: Mapping[str, str]) -> Reply:
    """Answer the link. Raises Validation for a link that is not ours, ResourceNotFound."""
    try:
        scope = Scope(query["account"], query["region"])
        name = query["name"]
    except KeyError as missing:
        raise Validation(f"the link lacks {missing}: use the one that GetFunction gives") from None
    package = await functions.package(scope, name)
    return Reply(package, headers={"Content-Type": "application/zip"})
