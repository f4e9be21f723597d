"""DisableKinesisStreamingDestination: deliver the changes there are, and then no more."""

from typing import Any

from headwater.errors import Validation
from headwater.operations.call import Call
from headwater.operations.dynamodb.table_params import table_of


def disable_kinesis_streaming_destination(call: Call) -> dict[str, Any]:
    """Raises Validation, also for EnableKinesisStreamingConfiguration, which AWS's model has here
    and AWS refuses (recorded, October 2026); ResourceNotFound."""
    if call.params.get("EnableKinesisStreamingConfiguration"):
        raise Validation(
            "Stream cannot be disabled using EnableKinesisStreamingConfiguration parameters"
        )
    table = table_of(call)
    disabled = call.node.kinesis.disable(call.tx, table, call.params["StreamArn"])
    return {
        "TableName": table.name,
        "StreamArn": disabled.arn,
        "DestinationStatus": disabled.status,
        "EnableKinesisStreamingConfiguration": {},
    }
