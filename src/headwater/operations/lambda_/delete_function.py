"""DeleteFunction: forget a function, or one version of it. Its event source mappings stay, as they
do on AWS."""

from headwater.errors import InvalidParameterValue
from headwater.functions.invocation import LATEST
from headwater.operations.call import Call
from headwater.operations.lambda_.named import functions_of, named
from headwater.wire.reply import Reply


async def delete_function(call: Call) -> Reply:
    name, qualifier = named(call)
    registry = functions_of(call).registry
    if qualifier == LATEST:
        raise InvalidParameterValue(
            "$LATEST version cannot be deleted without deleting the function."
        )
    if qualifier is None:
        await registry.delete(call.scope, name)
    else:
        await registry.delete_version(call.scope, name, qualifier)
    return Reply(status=204)
