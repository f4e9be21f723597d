"""GetFunctionConfiguration: how a function is set up."""

from typing import Any

from headwater.operations.call import Call
from headwater.operations.lambda_.named import functions_of, unqualified_name


async def get_function_configuration(call: Call) -> dict[str, Any]:
    document = await functions_of(call).get(call.scope, unqualified_name(call))
    configuration: dict[str, Any] = document["configuration"]
    return configuration
