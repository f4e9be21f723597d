"""GetPolicy: the statements of who may invoke a function."""

from typing import Any

from headwater.functions import policies
from headwater.operations.call import Call
from headwater.operations.lambda_.named import named


def get_policy(call: Call) -> dict[str, Any]:
    text, revision = policies.get_policy(call.tx, call.scope, *named(call))
    return {"Policy": text, "RevisionId": revision}
