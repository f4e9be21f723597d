"""EnableKinesisStreamingDestination: deliver a table's changes to a Kinesis stream from now on."""

from typing import Any

from headwater.operations.call import Call
from headwater.operations.dynamodb.table_params import table_of

_DEFAULT_PRECISION = "MILLISECOND"


def enable_kinesis_streaming_destination(call: Call) -> dict[str, Any]:
    """Raises Validation, ResourceNotFound, LimitExceeded, NotSupported."""
    table = table_of(call)
    configuration = call.params.get("EnableKinesisStreamingConfiguration", {})
    precision = configuration.get("ApproximateCreationDateTimePrecision", _DEFAULT_PRECISION)
    enabled = call.node.kinesis.enable(call.tx, table, call.params["StreamArn"], precision)
    return {
        "TableName": table.name,
        "StreamArn": enabled.arn,
        "DestinationStatus": enabled.status,
        "EnableKinesisStreamingConfiguration": configuration,
    }
