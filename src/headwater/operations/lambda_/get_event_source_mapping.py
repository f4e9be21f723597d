"""GetEventSourceMapping: how a mapping is set up, and how it is doing."""

from typing import Any

from headwater.operations.call import Call
from headwater.operations.lambda_.mapped import mappings_of


def get_event_source_mapping(call: Call) -> dict[str, Any]:
    return mappings_of(call).get(call.tx, call.scope, call.params["UUID"])
