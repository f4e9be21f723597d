"""DeleteTable: drop a table with all its items. Its stream stays readable for 24 hours."""

from typing import Any

from headwater.backups.point_in_time import is_busy
from headwater.errors import ResourceInUse, Validation
from headwater.operations.call import Call
from headwater.operations.dynamodb.replica_updates import SOURCE, protected
from headwater.operations.dynamodb.statuses import delay_ms, hold, require_settled
from headwater.operations.dynamodb.table_description import describe_deleted
from headwater.operations.dynamodb.table_params import table_of
from headwater.tables.definition import drop
from headwater.tables.schema import DELETING, Table
from headwater.tables.shared import has_sourced


def delete_table(call: Call) -> dict[str, Any]:
    """Raises ResourceNotFound, Validation while the table is protected, ResourceInUse while
    it is being made, or something is being made of it."""
    table = table_of(call)
    now_ms = call.node.clock.now_ms()
    if table.schema.status == DELETING:
        # AWS, API reference: "If table is already in the DELETING state, no error is returned."
        return {"TableDescription": describe_deleted(call.tx, table, now_ms)}
    require_settled(table)
    if table.replicated:
        _check_replica(call, table, now_ms)
    if table.schema.settings.get("DeletionProtectionEnabled"):
        raise Validation(
            "Resource cannot be deleted as it is currently protected against deletion. "
            "Disable deletion protection first."
        )
    if is_busy(table.schema):
        raise ResourceInUse(
            "Attempt to change a resource which is still in use: Table is being backed up, "
            f"restored from or exported: {table.name}"
        )
    described = describe_deleted(call.tx, table, now_ms)
    if delay_ms(call):
        hold(call, table, DELETING)
    else:
        drop(call.tx, call.node.catalog, table, now_ms)
    return {"TableDescription": described}


def _check_replica(call: Call, table: Table, now_ms: int) -> None:
    """What holds for a replica alone, which goes without the others. Raises Validation."""
    if table.schema.settings.get("DeletionProtectionEnabled"):
        raise protected(table.name, call.scope.region)
    if has_sourced(table.schema, call.scope.region, now_ms):
        raise Validation(SOURCE)
