"""UpdateContinuousBackups: turn point-in-time recovery on or off, or change its period."""

from typing import Any

from headwater.backups.point_in_time import DAYS_MAX, days_of, turn_off, turn_on
from headwater.errors import ContinuousBackupsUnavailable, Validation
from headwater.operations.call import Call
from headwater.operations.dynamodb.backup_params import kept_table
from headwater.operations.dynamodb.continuous_backups import described_backups
from headwater.tables.schema import CREATING


def update_continuous_backups(call: Call) -> dict[str, Any]:
    """Raises TableNotFound, ContinuousBackupsUnavailable, Validation. It takes effect at once."""
    wanted = call.params["PointInTimeRecoverySpecification"]
    days = wanted.get("RecoveryPeriodInDays")
    if not wanted["PointInTimeRecoveryEnabled"] and days is not None:
        raise Validation(
            "Invalid Request: Cannot specify RecoveryPeriodInDays when disabling point-in-time "
            "recovery."
        )
    table = kept_table(call, call.params["TableName"])
    if table.schema.status == CREATING:
        raise ContinuousBackupsUnavailable(
            f"Backups are being enabled for the table: {table.name}. Please retry later"
        )
    node = call.node
    now_ms = node.clock.now_ms()
    if wanted["PointInTimeRecoveryEnabled"]:
        days = days or days_of(table.schema) or DAYS_MAX
        table = turn_on(call.tx, node.catalog, node.ids, now_ms, table, days)
    else:
        table = turn_off(call.tx, node.catalog, node.ids, now_ms, table)
    return described_backups(call, table)
