"""CreateEventSourceMapping: have a function invoked with the changes of a stream."""

from typing import Any

from headwater.operations.call import Call
from headwater.operations.lambda_.mapped import mappings_of


def create_event_source_mapping(call: Call) -> dict[str, Any]:
    return mappings_of(call).create(call.tx, call.scope, call.params)
