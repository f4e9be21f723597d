"""CreateBackup: keep a table's items as they are at this moment."""

from typing import Any

from headwater.backups.backing_up import begin_backup
from headwater.operations.call import Call
from headwater.operations.dynamodb.backup_params import backup_details, ready_table


def create_backup(call: Call) -> dict[str, Any]:
    """Raises TableNotFound, TableInUse."""
    node = call.node
    table = ready_table(call, call.params["TableName"])
    name = call.params["BackupName"]
    backup = begin_backup(call.tx, node.catalog, node.ids, node.clock.now_ms(), table, name)
    call.tx.after_commit(lambda: node.backups.copy(backup))
    return {"BackupDetails": backup_details(backup)}
