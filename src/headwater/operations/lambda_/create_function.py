"""CreateFunction: keep a function, its code and its configuration."""

from typing import Any

from headwater.errors import InvalidParameterValue
from headwater.functions.document import created
from headwater.functions.names import parse_function_name
from headwater.operations.call import Call
from headwater.operations.lambda_.dead_letters import check_dead_letters
from headwater.operations.lambda_.named import functions_of, with_package


async def create_function(call: Call) -> dict[str, Any]:
    name, qualifier = parse_function_name(call.scope, call.params["FunctionName"])
    if qualifier is not None:
        raise InvalidParameterValue(
            f"A function is created without a version or alias: leave out ':{qualifier}'."
        )
    await check_dead_letters(call)
    params = call.params | {"Code": with_package(call.params["Code"])}
    return created(await functions_of(call).registry.create(call.scope, name, params))
