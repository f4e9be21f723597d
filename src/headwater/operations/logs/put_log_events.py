"""PutLogEvents: write to a stream, as a program does that brings its own logs."""

from itertools import pairwise
from typing import Any

from headwater.errors import InvalidParameter, ResourceNotFound
from headwater.operations.call import Call
from headwater.operations.logs.grouped import NO_STREAM, existing_group, logs_of

_BATCH_BYTES_MAX = 1_048_576
_OVERHEAD_BYTES = 26  # of each event, as CloudWatch counts


async def put_log_events(call: Call) -> dict[str, Any]:
    group, stream = await existing_group(call), call.params["logStreamName"]
    if stream not in await logs_of(call).streams(call.scope, group):
        raise ResourceNotFound(NO_STREAM)
    events = [(event["timestamp"], event["message"]) for event in call.params["logEvents"]]
    if any(later < sooner for (sooner, _), (later, _) in pairwise(events)):
        raise InvalidParameter(
            "Log events in a single PutLogEvents request must be in chronological order."
        )
    if sum(len(text.encode()) + _OVERHEAD_BYTES for _, text in events) > _BATCH_BYTES_MAX:
        raise InvalidParameter(f"Upload too large: exceeds limit of {_BATCH_BYTES_MAX}")
    await logs_of(call).put(call.scope, group, stream, events)
    if "entity" in call.params:
        # CloudWatch's way to say that events were taken and what they are about was not.
        return {"rejectedEntityInfo": {"errorType": "UnsupportedLogGroupType"}}
    return {}
