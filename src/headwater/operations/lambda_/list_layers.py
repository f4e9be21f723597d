"""ListLayers: the layers of the caller's scope, each with its latest version."""

from typing import Any

from headwater.arns import layer_arn
from headwater.functions.layers import layer_answer, read_layer_versions
from headwater.operations.call import Call
from headwater.operations.lambda_.layered import fits
from headwater.operations.lambda_.paging import paged


def list_layers(call: Call) -> dict[str, Any]:
    latest = {
        document["layer"]: layer_answer(document)
        for document in read_layer_versions(call.tx, call.scope, None)
        if fits(document, call.params)
    }
    entries = [
        {
            "LayerName": name,
            "LayerArn": layer_arn(call.scope, name),
            "LatestMatchingVersion": version,
        }
        for name, version in sorted(latest.items())
    ]
    return paged(entries, "Layers", call.params)
