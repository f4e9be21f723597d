"""What PutFunctionEventInvokeConfig and UpdateFunctionEventInvokeConfig share."""

from typing import Any

from headwater.functions.invoke_configs import put_invoke_config
from headwater.operations.call import Call
from headwater.operations.lambda_.named import functions_of, named


def configure_events(call: Call, *, is_update: bool) -> dict[str, Any]:
    """Set how a function's asynchronous events are dealt with."""
    name, qualifier = named(call)
    destinations, scope = functions_of(call).destinations, call.scope
    return put_invoke_config(
        call.tx,
        scope,
        name,
        qualifier,
        call.params,
        now_ms=call.node.clock.now_ms(),
        check=lambda tx, arn: destinations.check(tx, scope, arn),
        is_update=is_update,
    )
