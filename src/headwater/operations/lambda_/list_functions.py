"""ListFunctions: the functions of the caller's account and region, by name, a page at a time."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

from headwater.errors import InvalidParameterValue
from headwater.functions.document import listed
from headwater.functions.registry import LIST_MAX
from headwater.operations.call import Call
from headwater.operations.lambda_.named import functions_of


async def list_functions(call: Call) -> dict[str, Any]:
    # MasterRegion asks for replicas: there are none, so every choice has the same answer.
    after = _read_marker(call.params.get("Marker", ""))
    documents, last = await functions_of(call).registry.page(
        call.scope,
        after=after,
        limit=call.params.get("MaxItems", LIST_MAX),
        all_versions=call.params.get("FunctionVersion") == "ALL",
    )
    answer: dict[str, Any] = {"Functions": [listed(document) for document in documents]}
    if last:
        answer["NextMarker"] = urlsafe_b64encode(last.encode()).decode()
    return answer


def _read_marker(marker: str) -> str:
    """The name to go on after."""
    try:
        return urlsafe_b64decode(marker.encode()).decode()
    except ValueError:
        raise InvalidParameterValue("Invalid Marker value.") from None
