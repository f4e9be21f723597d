"""DescribeKinesisStreamingDestination: where a table's changes are delivered, and how that goes."""

from typing import Any

from headwater.operations.call import Call
from headwater.operations.dynamodb.table_params import table_of


def describe_kinesis_streaming_destination(call: Call) -> dict[str, Any]:
    """Raises ResourceNotFound."""
    table = table_of(call)
    return {
        "TableName": table.name,
        "KinesisDataStreamDestinations": call.node.kinesis.describe(call.tx, table),
    }
