"""DeleteFunctionConcurrency: let only the node's own bound hold for a function."""

from headwater.functions.attached import reserve
from headwater.operations.call import Call
from headwater.operations.lambda_.named import unqualified_name
from headwater.wire.reply import Reply


def delete_function_concurrency(call: Call) -> Reply:
    reserve(call.tx, call.scope, unqualified_name(call), None)
    return Reply(status=204)
