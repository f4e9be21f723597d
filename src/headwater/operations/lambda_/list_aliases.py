"""ListAliases: the names of a function's versions, a page at a time."""

from typing import Any

from headwater.functions import aliases
from headwater.operations.call import Call
from headwater.operations.lambda_.named import unqualified_name
from headwater.operations.lambda_.paging import paged


def list_aliases(call: Call) -> dict[str, Any]:
    version = call.params.get("FunctionVersion")
    found = aliases.list_aliases(call.tx, call.scope, unqualified_name(call), version)
    return paged(found, "Aliases", call.params)
