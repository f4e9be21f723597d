"""RestoreTableToPointInTime: a new table of another one as it was at a moment.

Changes of that very millisecond are in it. Source: AWS, API reference,
RestoreTableToPointInTime; developer guide, "Point-in-time backups for DynamoDB".
"""

from typing import Any

from headwater.backups.point_in_time import window
from headwater.backups.restoring import begin_from_table
from headwater.errors import InvalidRestoreTime, PointInTimeRecoveryUnavailable, Validation
from headwater.operations.call import Call
from headwater.operations.dynamodb.backup_params import ready_table
from headwater.operations.dynamodb.key_params import OMP
from headwater.operations.dynamodb.restore_params import restored_table
from headwater.operations.dynamodb.table_description import describe
from headwater.tables.schema import Table


def restore_table_to_point_in_time(call: Call) -> dict[str, Any]:
    """Raises TableNotFound, also for a table that was deleted (AWS keeps those for 35 days in a
    backup of its own, which is not made here), TableInUse, TableAlreadyExists,
    PointInTimeRecoveryUnavailable, InvalidRestoreTime, Validation, NotSupported."""
    node, params = call.node, call.params
    source = ready_table(call, _source_name(call))
    moment_ms = _moment_ms(call, source)
    summary = {"SourceTableArn": source.arn, "RestoreDateTime": moment_ms / 1000}
    if params["TargetTableName"] == source.name:
        raise Validation(f"{OMP}TargetTableName must not be the same as the source table name")
    target = restored_table(call, source.schema, summary)
    now_ms = node.clock.now_ms()
    job = begin_from_table(call.tx, node.catalog, node.ids, now_ms, source, moment_ms, target)
    call.tx.after_commit(lambda: node.backups.restore(job))
    return {"TableDescription": describe(call.tx, target, now_ms)}


def _source_name(call: Call) -> str:
    arn, name = call.params.get("SourceTableArn"), call.params.get("SourceTableName")
    if (arn is None) == (name is None):
        raise Validation(f"{OMP}Exactly one of SourceTableArn and SourceTableName is required")
    return str(arn if name is None else name)


def _moment_ms(call: Call, source: Table) -> int:
    asked = call.params.get("RestoreDateTime")
    if bool(call.params.get("UseLatestRestorableTime")) == (asked is not None):
        raise Validation(
            f"{OMP}Exactly one of RestoreDateTime and UseLatestRestorableTime is required"
        )
    found = window(call.tx, source, call.node.clock.now_ms())
    if found is None:
        raise PointInTimeRecoveryUnavailable(
            f"Point in time recovery is not enabled for table '{source.name}'"
        )
    if asked is None:
        return found.latest_ms
    moment_ms: int = round(asked * 1000)
    if not found.holds(moment_ms):
        raise InvalidRestoreTime(
            "An invalid restore time was specified. RestoreDateTime must be between "
            "EarliestRestorableDateTime and LatestRestorableDateTime."
        )
    return moment_ms
