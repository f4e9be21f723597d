"""ListEventSourceMappings: all mappings, or those of one function or one stream."""

from typing import Any

from headwater.operations.call import Call
from headwater.operations.lambda_.mapped import mappings_of


def list_event_source_mappings(call: Call) -> dict[str, Any]:
    return mappings_of(call).page(call.tx, call.scope, call.params)
