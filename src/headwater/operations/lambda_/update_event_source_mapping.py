"""UpdateEventSourceMapping: change a mapping; its position stays."""

from typing import Any

from headwater.operations.call import Call
from headwater.operations.lambda_.mapped import mappings_of


def update_event_source_mapping(call: Call) -> dict[str, Any]:
    return mappings_of(call).update(call.tx, call.scope, call.params["UUID"], call.params)
