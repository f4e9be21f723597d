"""UpdateFunctionCode: replace a function's code."""

from typing import Any

from headwater.functions.document import updated
from headwater.operations.call import Call
from headwater.operations.lambda_.named import functions_of, unqualified_name, with_package


async def update_function_code(call: Call) -> dict[str, Any]:
    name = unqualified_name(call)
    params = with_package(call.params)
    return updated(await functions_of(call).registry.update_code(call.scope, name, params))
