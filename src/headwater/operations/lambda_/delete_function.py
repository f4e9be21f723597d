"""DeleteFunction: forget a function. Its event source mappings stay, as they do on AWS."""

from headwater.errors import InvalidParameterValue
from headwater.functions.invocation import LATEST
from headwater.functions.names import parse_function_name
from headwater.operations.call import Call
from headwater.operations.lambda_.named import functions_of, unqualified_name
from headwater.wire.reply import Reply


async def delete_function(call: Call) -> Reply:
    given = call.params.get("Qualifier")
    _, qualifier = parse_function_name(call.scope, call.params["FunctionName"], given)
    if qualifier == LATEST:
        raise InvalidParameterValue(
            "$LATEST version cannot be deleted without deleting the function."
        )
    await functions_of(call).delete(call.scope, unqualified_name(call))
    return Reply(status=204)
