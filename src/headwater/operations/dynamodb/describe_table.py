"""DescribeTable: what a table is, and how much is in it now."""

from typing import Any

from headwater.operations.call import Call
from headwater.operations.dynamodb.table_description import describe
from headwater.operations.dynamodb.table_params import table_of


def describe_table(call: Call) -> dict[str, Any]:
    """Raises ResourceNotFound."""
    return {"Table": describe(call.tx, table_of(call), call.node.clock.now_ms())}
