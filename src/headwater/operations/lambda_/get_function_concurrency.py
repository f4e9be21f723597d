"""GetFunctionConcurrency: how many events a function may have in hand at once."""

from typing import Any

from headwater.functions.attached import get_reserved
from headwater.operations.call import Call
from headwater.operations.lambda_.named import unqualified_name


def get_function_concurrency(call: Call) -> dict[str, Any]:
    events = get_reserved(call.tx, call.scope, unqualified_name(call))
    return {} if events is None else {"ReservedConcurrentExecutions": events}
