"""DescribeBackup: a backup, and its table as it was."""

from typing import Any

from headwater.operations.call import Call
from headwater.operations.dynamodb.backup_params import backup_description, backup_of


def describe_backup(call: Call) -> dict[str, Any]:
    """Raises BackupNotFound."""
    return {"BackupDescription": backup_description(backup_of(call))}
