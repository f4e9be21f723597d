"""RestoreTableFromBackup: a new table of a backup."""

from typing import Any

from headwater.arns import table_arn
from headwater.backups.document import CREATING
from headwater.backups.restoring import begin_from_backup
from headwater.errors import BackupInUse
from headwater.operations.call import Call
from headwater.operations.dynamodb.backup_params import backup_of
from headwater.operations.dynamodb.restore_params import restored_table
from headwater.operations.dynamodb.table_description import describe


def restore_table_from_backup(call: Call) -> dict[str, Any]:
    """Raises BackupNotFound, BackupInUse, TableAlreadyExists, Validation, NotSupported."""
    node = call.node
    backup = backup_of(call)
    if backup.status == CREATING:
        raise BackupInUse(f"Backup is being created: {backup.arn}")
    summary = {
        "SourceBackupArn": backup.arn,
        "SourceTableArn": table_arn(backup.scope, backup.table),
        "RestoreDateTime": backup.created_ms / 1000,
    }
    target = restored_table(call, backup.source, summary)
    now_ms = node.clock.now_ms()
    job = begin_from_backup(call.tx, node.ids, now_ms, backup, target)
    call.tx.after_commit(lambda: node.backups.restore(job))
    return {"TableDescription": describe(call.tx, target, now_ms)}
