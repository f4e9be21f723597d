"""GetFunctionEventInvokeConfig: how a function's asynchronous events are dealt with."""

from typing import Any

from headwater.functions.invoke_configs import get_invoke_config
from headwater.operations.call import Call
from headwater.operations.lambda_.named import named


def get_function_event_invoke_config(call: Call) -> dict[str, Any]:
    return get_invoke_config(call.tx, call.scope, *named(call))
