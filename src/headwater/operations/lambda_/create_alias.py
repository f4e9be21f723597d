"""CreateAlias: point a name to a version of a function."""

from typing import Any

from headwater.functions import aliases
from headwater.operations.call import Call
from headwater.operations.lambda_.named import unqualified_name


def create_alias(call: Call) -> dict[str, Any]:
    name = unqualified_name(call)
    return aliases.create_alias(call.tx, call.scope, name, call.params, call.node.ids)
