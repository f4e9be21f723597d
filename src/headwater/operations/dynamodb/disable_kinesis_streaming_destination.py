"""DisableKinesisStreamingDestination: deliver the changes there are, and then no more."""

from typing import Any

from headwater.operations.call import Call
from headwater.operations.dynamodb.table_params import table_of


def disable_kinesis_streaming_destination(call: Call) -> dict[str, Any]:
    """EnableKinesisStreamingConfiguration, which AWS's model has here, says nothing about the end
    of a delivery. Raises Validation, ResourceNotFound."""
    table = table_of(call)
    disabled = call.node.kinesis.disable(call.tx, table, call.params["StreamArn"])
    return {
        "TableName": table.name,
        "StreamArn": disabled.arn,
        "DestinationStatus": disabled.status,
        "EnableKinesisStreamingConfiguration": call.params.get(
            "EnableKinesisStreamingConfiguration", {}
        ),
    }
