"""DescribeContinuousBackups: none are taken, and the answer says so.

AWS answers ENABLED for the first status of every table. Headwater keeps nothing that a table
could be restored from, and tools look at the second status.
"""

from typing import Any

from headwater.operations.call import Call
from headwater.operations.dynamodb.table_params import table_of


def describe_continuous_backups(call: Call) -> dict[str, Any]:
    """Raises ResourceNotFound."""
    table_of(call)
    return {
        "ContinuousBackupsDescription": {
            "ContinuousBackupsStatus": "DISABLED",
            "PointInTimeRecoveryDescription": {"PointInTimeRecoveryStatus": "DISABLED"},
        }
    }
