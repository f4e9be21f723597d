"""PutFunctionConcurrency: bound how many events a function has in hand at once."""

from typing import Any

from headwater.functions.attached import reserve
from headwater.operations.call import Call
from headwater.operations.lambda_.named import unqualified_name


def put_function_concurrency(call: Call) -> dict[str, Any]:
    events = call.params["ReservedConcurrentExecutions"]
    reserve(call.tx, call.scope, unqualified_name(call), events)
    return {"ReservedConcurrentExecutions": events}
