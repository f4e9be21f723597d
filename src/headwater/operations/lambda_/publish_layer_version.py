"""PublishLayerVersion: keep a package that functions can share."""

from typing import Any

from headwater.operations.call import Call
from headwater.operations.lambda_.layered import layer_name, layer_version_answer
from headwater.operations.lambda_.named import functions_of, with_package


async def publish_layer_version(call: Call) -> dict[str, Any]:
    params = call.params | {"Content": with_package(call.params["Content"])}
    document = await functions_of(call).layers.publish(call.scope, layer_name(call), params)
    return layer_version_answer(call, document)
