"""DeleteBackup: forget a backup with its items, at once."""

from typing import Any

from headwater.backups import backing_up
from headwater.operations.call import Call
from headwater.operations.dynamodb.backup_params import backup_description, backup_of


def delete_backup(call: Call) -> dict[str, Any]:
    """Raises BackupNotFound, BackupInUse."""
    deleted = backing_up.delete_backup(call.tx, backup_of(call))
    return {"BackupDescription": backup_description(deleted)}
