"""DescribeContinuousBackups: whether point-in-time recovery is on, and how far back it reaches."""

from typing import Any

from headwater.operations.call import Call
from headwater.operations.dynamodb.backup_params import kept_table
from headwater.operations.dynamodb.continuous_backups import described_backups


def describe_continuous_backups(call: Call) -> dict[str, Any]:
    """Raises TableNotFound."""
    return described_backups(call, kept_table(call, call.params["TableName"]))
