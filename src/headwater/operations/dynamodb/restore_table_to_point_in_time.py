"""RestoreTableToPointInTime: a new table of another one as it was at a moment.

Changes of that very millisecond are in it. Source: AWS, API reference,
RestoreTableToPointInTime; developer guide, "Point-in-time backups for DynamoDB"; the texts and
their order are recorded, October 2026.
"""

from typing import Any

from headwater.backups.point_in_time import window
from headwater.backups.restoring import begin_from_table
from headwater.errors import InvalidRestoreTime, PointInTimeRecoveryUnavailable, Validation
from headwater.moments import iso
from headwater.operations.call import Call
from headwater.operations.dynamodb.backup_params import ready_table
from headwater.operations.dynamodb.restore_params import restored_table
from headwater.operations.dynamodb.table_description import describe
from headwater.tables.schema import Table


def restore_table_to_point_in_time(call: Call) -> dict[str, Any]:
    """Raises TableNotFound, also for a table that was deleted (AWS keeps those for 35 days in a
    backup of its own, which is not made here), TableInUse, TableAlreadyExists,
    PointInTimeRecoveryUnavailable, InvalidRestoreTime, Validation, NotSupported."""
    node = call.node
    name = _source_name(call)
    _check_time(call)
    source = ready_table(call, name)
    moment_ms = _moment_ms(call, source)
    summary = {"SourceTableArn": source.arn, "RestoreDateTime": moment_ms / 1000}
    target = restored_table(call, source.schema, summary)
    now_ms = node.clock.now_ms()
    job = begin_from_table(call.tx, node.catalog, node.ids, now_ms, source, moment_ms, target)
    call.tx.after_commit(lambda: node.backups.restore(job))
    return {"TableDescription": describe(call.tx, target, now_ms)}


def _source_name(call: Call) -> str:
    arn, name = call.params.get("SourceTableArn"), call.params.get("SourceTableName")
    if arn is not None and name is not None:
        raise Validation("Must provide exactly one of: sourceTableArn, sourceTableName")
    if arn is None and name is None:
        raise Validation("The parameter 'TableName' is required but was not present in the request")
    return str(arn if name is None else name)


def _check_time(call: Call) -> None:
    asked = call.params.get("RestoreDateTime")
    wants_latest = call.params.get("UseLatestRestorableTime", False)
    if wants_latest and asked is not None:
        # AWS's text goes on, and how is not on record.
        raise Validation(
            "Invalid Request: Both RestoreDateTime and UseLatestRestorableTime cannot be set for "
            "point-in-time restore request. Please specify one of them."
        )
    if not wants_latest and asked is None:
        raise Validation(
            "Invalid Request: Either one of RestoreDateTime or UseLatestRestorableTime must be "
            "specified, but not both"
        )


def _moment_ms(call: Call, source: Table) -> int:
    asked = call.params.get("RestoreDateTime")
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
            f"RestoreDateTime '{_shown(moment_ms)}' must be within EarliestRestorableDateTime "
            f"'{_shown(found.earliest_ms)}' and LatestRestorableDateTime "
            f"'{_shown(found.latest_ms)}'"
        )
    return moment_ms


def _shown(moment_ms: int) -> str:
    return f"{iso(moment_ms)[:19]}Z"
