"""AddPermission: keep a statement of who may invoke a function. It decides nothing here."""

from typing import Any

import orjson

from headwater.functions import policies
from headwater.operations.call import Call
from headwater.operations.lambda_.named import named


def add_permission(call: Call) -> dict[str, Any]:
    name, qualifier = named(call)
    statement = policies.add_permission(
        call.tx, call.scope, name, qualifier, call.params, call.node.ids
    )
    return {"Statement": orjson.dumps(statement).decode()}
