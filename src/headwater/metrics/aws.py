"""AWS's metrics that a node has: names, units and dimensions, one function each.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html,
https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
"""

from typing import Final

from headwater.arns import Scope
from headwater.metrics.recorder import Dimensions, Recorder, Series

DYNAMODB: Final = "AWS/DynamoDB"
LAMBDA: Final = "AWS/Lambda"
OWN: Final = "Headwater"  # what AWS has no name for
COUNT: Final = "Count"
BYTES: Final = "Bytes"
MILLISECONDS: Final = "Milliseconds"
PERCENT: Final = "Percent"
# AWS says what it means, and no recorded answer shows how it is spelt.
DELEGATED: Final = "ChangeDataCaptureForKinesisDataStreams"

_UNITS: Final = {
    "SuccessfulRequestLatency": MILLISECONDS,
    "ReturnedBytes": BYTES,
    "AgeOfOldestUnreplicatedRecord": MILLISECONDS,
    "ReplicationLatency": MILLISECONDS,
    "Duration": MILLISECONDS,
    "IteratorAge": MILLISECONDS,
    "AsyncEventAge": MILLISECONDS,
    "AccountProvisionedReadCapacityUtilization": PERCENT,
    "AccountProvisionedWriteCapacityUtilization": PERCENT,
    "MaxProvisionedTableReadCapacityUtilization": PERCENT,
    "MaxProvisionedTableWriteCapacityUtilization": PERCENT,
    "OnlineIndexPercentageProgress": PERCENT,
    "ReaderLag": MILLISECONDS,
    "SyncTime": MILLISECONDS,
}


def unit_of(name: str) -> str:
    """Of one of AWS's metrics here."""
    return _UNITS.get(name, COUNT)


def account_series(scope: Scope, name: str) -> Series:
    """DynamoDB's metrics without dimensions."""
    return Series(scope, DYNAMODB, name, unit_of(name), ())


def table_series(scope: Scope, name: str, table: str) -> Series:
    return Series(scope, DYNAMODB, name, unit_of(name), (("TableName", table),))


def index_series(scope: Scope, name: str, table: str, index: str) -> Series:
    """index: a global one; local ones are counted with their table"""
    dimensions = (("GlobalSecondaryIndexName", index), ("TableName", table))
    return Series(scope, DYNAMODB, name, unit_of(name), dimensions)


def operation_series(scope: Scope, name: str, table: str, operation: str) -> Series:
    dimensions = (("Operation", operation), ("TableName", table))
    return Series(scope, DYNAMODB, name, unit_of(name), dimensions)


def stream_series(scope: Scope, name: str, table: str, label: str) -> Series:
    """label: of the stream"""
    dimensions = (("Operation", "GetRecords"), ("StreamLabel", label), ("TableName", table))
    return Series(scope, DYNAMODB, name, unit_of(name), dimensions)


def delegated_series(scope: Scope, name: str, table: str) -> Series:
    """Of a table's Kinesis destinations."""
    dimensions = (("DelegatedOperation", DELEGATED), ("TableName", table))
    return Series(scope, DYNAMODB, name, unit_of(name), dimensions)


def own_series(scope: Scope, name: str, **dimensions: str) -> Series:
    """Of what AWS has no metric for."""
    return Series(scope, OWN, name, unit_of(name), tuple(sorted(dimensions.items())))


def replication_series(scope: Scope, table: str, region: str) -> Series:
    """How old a table's writes are when they have arrived in another region."""
    name, dimensions = "ReplicationLatency", (("ReceivingRegion", region), ("TableName", table))
    return Series(scope, DYNAMODB, name, unit_of(name), dimensions)


def mapping_series(scope: Scope, name: str, uuid: str) -> Series:
    """The EventCount metrics of an event source mapping."""
    return Series(scope, LAMBDA, name, COUNT, (("EventSourceMappingUUID", uuid),))


def add_for_function(
    recorder: Recorder,
    scope: Scope,
    name: str,
    value: float,
    function: str,
    *,
    qualifier: str | None = None,
    version: str | None = None,
) -> None:
    """Count one of Lambda's metrics in, in each set of dimensions that AWS gives it.

    qualifier  version or alias that was invoked
    version    that ran, if that was an alias's
    """
    everywhere: list[Dimensions] = [(), (("FunctionName", function),)]
    if qualifier is not None:
        resource = ("Resource", f"{function}:{qualifier}")
        everywhere.append((("FunctionName", function), resource))
        if version is not None and version != qualifier:
            ran = ("ExecutedVersion", version)
            everywhere.append((ran, ("FunctionName", function), resource))
    unit = unit_of(name)
    for dimensions in everywhere:
        recorder.add(Series(scope, LAMBDA, name, unit, dimensions), value)
