"""DescribeTimeToLive: whether a table's items end, and by which attribute."""

from typing import Any

from headwater.operations.call import Call
from headwater.operations.dynamodb.table_params import table_of


def describe_time_to_live(call: Call) -> dict[str, Any]:
    """Raises ResourceNotFound."""
    table = table_of(call)
    if table.ttl_name is None:
        return {"TimeToLiveDescription": {"TimeToLiveStatus": "DISABLED"}}
    # ENABLING until the items that were there before are listed: they are not deleted before.
    status = "ENABLED" if table.schema.ttl_filled else "ENABLING"
    description = {"TimeToLiveStatus": status, "AttributeName": table.ttl_name}
    return {"TimeToLiveDescription": description}
