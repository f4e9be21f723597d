"""ContinuousBackupsDescription: what a table can go back to.

AWS answers ENABLED for the first status of every table; whether there is anything to go back to
says the second. Moments are told in whole seconds within the window, because that is how clients
send them back. Source: AWS, API reference, ContinuousBackupsDescription.
"""

from typing import Any

from headwater.backups.point_in_time import days_of, window
from headwater.operations.call import Call
from headwater.tables.schema import Table


def described_backups(call: Call, table: Table) -> dict[str, Any]:
    """The answer of DescribeContinuousBackups and UpdateContinuousBackups."""
    recovery: dict[str, Any] = {"PointInTimeRecoveryStatus": "DISABLED"}
    found = window(call.tx, table, call.node.clock.now_ms())
    if found is not None:
        recovery = {
            "PointInTimeRecoveryStatus": "ENABLED",
            "RecoveryPeriodInDays": days_of(table.schema),
            "EarliestRestorableDateTime": -(-found.earliest_ms // 1000),
            "LatestRestorableDateTime": found.latest_ms // 1000,
        }
    return {
        "ContinuousBackupsDescription": {
            "ContinuousBackupsStatus": "ENABLED",
            "PointInTimeRecoveryDescription": recovery,
        }
    }
