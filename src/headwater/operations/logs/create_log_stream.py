"""CreateLogStream: make a stream before anything is written to it."""

from typing import Any

from headwater.errors import ResourceAlreadyExists
from headwater.operations.call import Call
from headwater.operations.logs.grouped import existing_group, logs_of


async def create_log_stream(call: Call) -> dict[str, Any]:
    group, stream = await existing_group(call), call.params["logStreamName"]
    if stream in await logs_of(call).streams(call.scope, group):
        raise ResourceAlreadyExists("The specified log stream already exists")
    await logs_of(call).make_stream(call.scope, group, stream)
    return {}
