"""DeleteRetentionPolicy: keep the events of a group as long as the node keeps any."""

from typing import Any

from headwater.errors import ResourceNotFound
from headwater.operations.call import Call
from headwater.operations.logs.grouped import NO_GROUP, group_named, logs_of


async def delete_retention_policy(call: Call) -> dict[str, Any]:
    if not await logs_of(call).retain(call.scope, group_named(call), None):
        raise ResourceNotFound(NO_GROUP)
    return {}
