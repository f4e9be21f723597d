"""PublishVersion: keep what a function is now under a number."""

from typing import Any

from headwater.operations.call import Call
from headwater.operations.lambda_.named import functions_of, unqualified_name


async def publish_version(call: Call) -> dict[str, Any]:
    name = unqualified_name(call)
    document = await functions_of(call).registry.publish(call.scope, name, call.params)
    configuration: dict[str, Any] = document["configuration"]
    return configuration
