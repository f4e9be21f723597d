"""CreateLogGroup: make a group before anything is written to it."""

from typing import Any

from headwater.errors import NotSupported, ResourceAlreadyExists
from headwater.operations.call import Call
from headwater.operations.logs.grouped import logs_of


async def create_log_group(call: Call) -> dict[str, Any]:
    for name in ("kmsKeyId", "tags", "deletionProtectionEnabled"):
        if call.params.get(name):
            raise NotSupported(f"{name} of log groups is not supported by Headwater: leave it out.")
    if call.params.get("logGroupClass", "STANDARD") != "STANDARD":
        raise NotSupported("logGroupClass other than STANDARD is not supported by Headwater.")
    if not await logs_of(call).make(call.scope, call.params["logGroupName"]):
        raise ResourceAlreadyExists("The specified log group already exists")
    return {}
