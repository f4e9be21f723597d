"""DeleteTable: drop a table with all its items. Its stream stays readable for 24 hours."""

from typing import Any

from headwater.errors import Validation
from headwater.operations.call import Call
from headwater.operations.dynamodb.table_description import describe_deleted
from headwater.operations.dynamodb.table_params import table_of
from headwater.tables.definition import drop


def delete_table(call: Call) -> dict[str, Any]:
    """Raises ResourceNotFound, Validation while the table is protected."""
    table = table_of(call)
    if table.schema.settings.get("DeletionProtectionEnabled"):
        raise Validation(
            "Resource cannot be deleted as it is currently protected against deletion. "
            "Disable deletion protection first."
        )
    now_ms = call.node.clock.now_ms()
    described = describe_deleted(call.tx, table, now_ms)
    drop(call.tx, call.node.catalog, table, now_ms)
    return {"TableDescription": described}
