"""DynamoDB Streams' operations, one file each."""

from typing import Any

OPERATIONS: dict[str, Any] = {}
