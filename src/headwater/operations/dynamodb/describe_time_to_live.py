"""DescribeTimeToLive: always disabled, as it is until UpdateTimeToLive is supported."""

from typing import Any

from headwater.operations.call import Call
from headwater.operations.dynamodb.table_params import table_of


def describe_time_to_live(call: Call) -> dict[str, Any]:
    """Raises ResourceNotFound."""
    table_of(call)
    return {"TimeToLiveDescription": {"TimeToLiveStatus": "DISABLED"}}
