"""GetAlias: which version a name points to."""

from typing import Any

from headwater.functions import aliases
from headwater.operations.call import Call
from headwater.operations.lambda_.named import unqualified_name


def get_alias(call: Call) -> dict[str, Any]:
    return aliases.get_alias(call.tx, call.scope, unqualified_name(call), call.params["Name"])
