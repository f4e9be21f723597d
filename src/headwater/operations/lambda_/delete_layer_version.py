"""DeleteLayerVersion: forget a version of a layer; functions that have it keep it."""

from headwater.operations.call import Call
from headwater.operations.lambda_.layered import layer_name
from headwater.storage.function_keys import layer_key
from headwater.wire.reply import Reply


def delete_layer_version(call: Call) -> Reply:
    version = call.params["VersionNumber"]
    if 0 < version < 1 << 63:
        call.tx.delete(layer_key(call.scope, layer_name(call), version))
    return Reply(status=204)
