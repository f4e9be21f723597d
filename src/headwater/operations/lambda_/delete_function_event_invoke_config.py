"""DeleteFunctionEventInvokeConfig: back to two retries within six hours, and no destinations."""

from headwater.functions.invoke_configs import delete_invoke_config
from headwater.operations.call import Call
from headwater.operations.lambda_.named import named
from headwater.wire.reply import Reply


def delete_function_event_invoke_config(call: Call) -> Reply:
    delete_invoke_config(call.tx, call.scope, *named(call))
    return Reply(status=204)
