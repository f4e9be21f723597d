"""PutRetentionPolicy: keep the events of a group for so many days."""

from typing import Any

from headwater.errors import InvalidParameter, ResourceNotFound
from headwater.operations.call import Call
from headwater.operations.logs.grouped import NO_GROUP, group_named, logs_of

# Source: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/
# API_PutRetentionPolicy.html
_DAYS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731)
_DAYS_OF_YEARS = (1096, 1827, 2192, 2557, 2922, 3288, 3653)


async def put_retention_policy(call: Call) -> dict[str, Any]:
    days = call.params["retentionInDays"]
    if days not in _DAYS + _DAYS_OF_YEARS:
        shown = ", ".join(str(one) for one in _DAYS + _DAYS_OF_YEARS)
        raise InvalidParameter(f"retentionInDays must be one of: {shown}.")
    if not await logs_of(call).retain(call.scope, group_named(call), days):
        raise ResourceNotFound(NO_GROUP)
    return {}
