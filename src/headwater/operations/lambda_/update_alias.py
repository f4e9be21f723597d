"""UpdateAlias: point a name to another version, or share its events between two."""

from typing import Any

from headwater.functions import aliases
from headwater.operations.call import Call
from headwater.operations.lambda_.named import unqualified_name


def update_alias(call: Call) -> dict[str, Any]:
    name = unqualified_name(call)
    return aliases.update_alias(call.tx, call.scope, name, call.params, call.node.ids)
