"""ListVersionsByFunction: $LATEST and the published versions, a page at a time."""

from typing import Any

from headwater.functions.document import listed
from headwater.operations.call import Call
from headwater.operations.lambda_.named import functions_of, unqualified_name
from headwater.operations.lambda_.paging import paged


async def list_versions_by_function(call: Call) -> dict[str, Any]:
    documents = await functions_of(call).registry.versions(call.scope, unqualified_name(call))
    return paged([listed(document) for document in documents], "Versions", call.params)
