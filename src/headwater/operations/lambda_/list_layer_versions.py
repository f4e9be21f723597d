"""ListLayerVersions: the versions of a layer, the latest first."""

from typing import Any

from headwater.functions.layers import layer_answer, read_layer_versions
from headwater.operations.call import Call
from headwater.operations.lambda_.layered import fits, layer_name
from headwater.operations.lambda_.paging import paged


def list_layer_versions(call: Call) -> dict[str, Any]:
    versions = read_layer_versions(call.tx, call.scope, layer_name(call))
    fitting = [layer_answer(one) for one in reversed(versions) if fits(one, call.params)]
    return paged(fitting, "LayerVersions", call.params)
