"""UpdateTimeToLive: turn the deletion of expired items on or off."""

from typing import Any

from headwater.errors import Validation
from headwater.operations.call import Call
from headwater.operations.dynamodb.table_params import table_of
from headwater.tables.ttl import turn_ttl_off, turn_ttl_on


def update_time_to_live(call: Call) -> dict[str, Any]:
    """Raises Validation, ResourceNotFound.

    It takes effect at once. AWS refuses a second change within about an hour ("modified multiple
    times within a fixed interval"); here nothing is gained by that, so it is allowed.
    """
    wanted = call.params["TimeToLiveSpecification"]
    name: str = wanted["AttributeName"]
    table = table_of(call)
    current = table.ttl_name
    if wanted["Enabled"]:
        if current == name:
            raise Validation("TimeToLive is already enabled")
        if current is not None:
            raise Validation(_other(current))
        turn_ttl_on(call.tx, call.node.catalog, table, name)
    else:
        if current is None:
            raise Validation("TimeToLive is already disabled")
        if current != name:
            raise Validation(_other(current))
        turn_ttl_off(call.tx, call.node.catalog, table)
    if table.replicated:
        call.node.regions.note_changes(call.tx, table)
    return {"TimeToLiveSpecification": {"Enabled": wanted["Enabled"], "AttributeName": name}}


def _other(current: str) -> str:
    return f"TimeToLive is active on a different AttributeName: current AttributeName is {current}"
