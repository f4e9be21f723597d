"""UpdateFunctionConfiguration: replace each setting that is given."""

from typing import Any

from headwater.functions.document import updated
from headwater.operations.call import Call
from headwater.operations.lambda_.dead_letters import check_dead_letters
from headwater.operations.lambda_.named import functions_of, unqualified_name


async def update_function_configuration(call: Call) -> dict[str, Any]:
    await check_dead_letters(call)
    name, registry = unqualified_name(call), functions_of(call).registry
    return updated(await registry.update_configuration(call.scope, name, call.params))
