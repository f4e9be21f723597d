"""UpdateTimeToLive: turn the deletion of expired items on or off."""

from dataclasses import replace
from typing import Any, Final

from headwater.errors import Validation
from headwater.operations.call import Call
from headwater.operations.dynamodb.table_params import table_of
from headwater.tables.definition import change
from headwater.tables.schema import Table
from headwater.tables.ttl import turn_ttl_off, turn_ttl_on

_REST_MS: Final = 60 * 60 * 1000  # API reference: "during this one hour duration"
_CHANGED: Final = "TimeToLiveChangedMs"


def update_time_to_live(call: Call) -> dict[str, Any]:
    """Raises Validation, ResourceNotFound.

    It takes effect at once. AWS refuses a second change within an hour; here nothing is gained by
    that, so only a node with --strict-limits does.
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
        table = _rested(call, table)
        turn_ttl_on(call.tx, call.node.catalog, table, name)
    else:
        if current is None:
            raise Validation("TimeToLive is already disabled")
        if current != name:
            raise Validation(_other(current))
        table = _rested(call, table)
        turn_ttl_off(call.tx, call.node.catalog, table)
    if table.replicated:
        call.node.regions.note_changes(call.tx, table)
    return {"TimeToLiveSpecification": {"Enabled": wanted["Enabled"], "AttributeName": name}}


def _rested(call: Call, table: Table) -> Table:
    """The table, with the moment of this change; refuses one that comes too soon after another."""
    if not call.node.settings.strict_limits:
        return table
    now_ms = call.node.clock.now_ms()
    settings = table.schema.settings
    if now_ms < settings.get(_CHANGED, now_ms - _REST_MS) + _REST_MS:
        raise Validation("Time to live has been modified multiple times within a fixed interval")
    schema = replace(table.schema, settings={**settings, _CHANGED: now_ms})
    return change(call.tx, call.node.catalog, table, schema)


def _other(current: str) -> str:
    return f"TimeToLive is active on a different AttributeName: current AttributeName is {current}"
