"""GetLayerVersion: what a version of a layer is, and where its package can be fetched."""

from typing import Any

from headwater.functions.layers import read_layer
from headwater.operations.call import Call
from headwater.operations.lambda_.layered import layer_name, layer_version_answer


def get_layer_version(call: Call) -> dict[str, Any]:
    version = call.params["VersionNumber"]
    return layer_version_answer(call, read_layer(call.tx, call.scope, layer_name(call), version))
