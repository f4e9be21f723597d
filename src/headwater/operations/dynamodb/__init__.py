"""DynamoDB's operations, one file each; what is not in this table is not supported."""

from typing import Any

OPERATIONS: dict[str, Any] = {}
