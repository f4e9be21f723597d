"""UpdateKinesisStreamingDestination: change how precise the times in delivered records are."""

from typing import Any

from headwater.operations.call import Call
from headwater.operations.dynamodb.table_params import table_of


def update_kinesis_streaming_destination(call: Call) -> dict[str, Any]:
    """Raises Validation, ResourceNotFound."""
    table = table_of(call)
    configuration = call.params.get("UpdateKinesisStreamingConfiguration", {})
    precision = configuration.get("ApproximateCreationDateTimePrecision")
    updated = call.node.kinesis.update(call.tx, table, call.params["StreamArn"], precision)
    return {
        "TableName": table.name,
        "StreamArn": updated.arn,
        "DestinationStatus": updated.status,
        "UpdateKinesisStreamingConfiguration": configuration,
    }
