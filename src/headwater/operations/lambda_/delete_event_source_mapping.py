"""DeleteEventSourceMapping: end a mapping and forget its position."""

from typing import Any

from headwater.operations.call import Call
from headwater.operations.lambda_.mapped import mappings_of


def delete_event_source_mapping(call: Call) -> dict[str, Any]:
    return mappings_of(call).delete(call.tx, call.scope, call.params["UUID"])
