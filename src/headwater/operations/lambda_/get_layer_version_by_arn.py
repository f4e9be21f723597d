"""GetLayerVersionByArn: what a version of a layer is, and where its package can be fetched."""

from typing import Any

from headwater.errors import ResourceNotFound
from headwater.functions.layers import MISSING, read_layer
from headwater.operations.call import Call
from headwater.operations.lambda_.layered import layer_version_answer


def get_layer_version_by_arn(call: Call) -> dict[str, Any]:
    # The service model has checked its form: arn:aws:lambda:REGION:ACCOUNT:layer:NAME:VERSION
    parts = call.params["Arn"].split(":")
    if (parts[4], parts[3]) != tuple(call.scope):
        raise ResourceNotFound(MISSING)
    return layer_version_answer(call, read_layer(call.tx, call.scope, parts[6], int(parts[7])))
