"""UpdateFunctionConfiguration: replace each setting that is given."""

from typing import Any

from headwater.functions.document import updated
from headwater.operations.call import Call
from headwater.operations.lambda_.named import functions_of, unqualified_name


async def update_function_configuration(call: Call) -> dict[str, Any]:
    name = unqualified_name(call)
    return updated(await functions_of(call).update_configuration(call.scope, name, call.params))
