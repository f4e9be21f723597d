"""DeleteLogGroup: forget a group and its events. A function that writes again makes it again."""

from typing import Any

from headwater.errors import ResourceNotFound
from headwater.operations.call import Call
from headwater.operations.logs.grouped import NO_GROUP, group_named, logs_of


async def delete_log_group(call: Call) -> dict[str, Any]:
    if not await logs_of(call).delete(call.scope, group_named(call)):
        raise ResourceNotFound(NO_GROUP)
    return {}
