"""GetFunctionConfiguration: how a function is set up."""

from typing import Any

from headwater.functions.stored import read_version
from headwater.operations.call import Call
from headwater.operations.lambda_.named import named


def get_function_configuration(call: Call) -> dict[str, Any]:
    name, qualifier = named(call)
    _, document = read_version(call.tx, call.scope, name, qualifier)
    configuration: dict[str, Any] = document["configuration"]
    return configuration
