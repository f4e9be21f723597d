"""ListBackups: the backups of an account and region, or of one table, in pages.

They are in the order of their tables' names, then of time. Source: AWS, API reference, ListBackups.
"""

from typing import Any

from headwater.backups.document import Backup, backups_of, named
from headwater.errors import Validation
from headwater.operations.call import Call
from headwater.operations.dynamodb.backup_params import backup_details
from headwater.operations.dynamodb.key_params import OMP
from headwater.storage import keyspace

_PAGE_MAX = 100


def list_backups(call: Call) -> dict[str, Any]:
    """Raises Validation for an ExclusiveStartBackupArn that is none."""
    params = call.params
    after = _start(call, params.get("ExclusiveStartBackupArn"))
    table = params.get("TableName")
    if table is not None:
        table = table.rpartition("/")[2]
    lower = params.get("TimeRangeLowerBound", 0)
    upper = params.get("TimeRangeUpperBound", float("inf"))
    if lower > upper:
        raise Validation(f"{OMP}Time range lower bound must be less than or equal to upper bound")
    found: list[Backup] = []
    # Here are only backups that users asked for.
    if params.get("BackupType", "ALL") in ("USER", "ALL"):
        found = [
            backup
            for backup in backups_of(call.tx, call.scope, table, after)
            if lower <= backup.created_ms / 1000 < upper
        ]
    limit = params.get("Limit", _PAGE_MAX)
    answer: dict[str, Any] = {"BackupSummaries": [_summary(backup) for backup in found[:limit]]}
    if len(found) > limit:
        answer["LastEvaluatedBackupArn"] = found[limit - 1].arn
    return answer


def _start(call: Call, arn: str | None) -> bytes:
    if arn is None:
        return b""
    name = named(call.scope, arn, "backup")
    if name is None:
        raise Validation("Invalid Backup ARN")
    return keyspace.backup_key(call.scope, *name)


def _summary(backup: Backup) -> dict[str, Any]:
    schema = backup.source
    return {
        "TableName": schema.name,
        "TableId": schema.uuid,
        "TableArn": backup.arn.rpartition("/backup/")[0],
        **backup_details(backup),
    }
