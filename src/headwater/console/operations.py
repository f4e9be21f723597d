"""The AWS operations that pages may ask for: how each is sent, and whether it writes.

What is not here is not forwarded. A read-only console forwards only what does not write; reading a
queue hides its messages from others for a while, so it counts as writing.
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple


class Rpc(NamedTuple):
    """A service whose operations are named in a header and take JSON."""

    target: str
    signing_name: str
    json_version: str
    reads: frozenset[str]
    writes: frozenset[str]


class Rest(NamedTuple):
    """An operation of Lambda. What is neither in the path nor in `query` goes into the body."""

    method: str
    path: str
    query: tuple[str, ...] = ()
    writes: bool = False


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


RPC: Final[Mapping[str, Rpc]] = {
    "dynamodb": Rpc(
        "DynamoDB_20120810",
        "dynamodb",
        "1.0",
        _names(
            "ListTables DescribeTable GetItem BatchGetItem Query Scan DescribeTimeToLive "
            "DescribeContinuousBackups DescribeKinesisStreamingDestination ListTagsOfResource"
        ),
        _names(
            "PutItem UpdateItem DeleteItem ExecuteStatement CreateTable UpdateTable DeleteTable "
            "UpdateTimeToLive"
        ),
    ),
    "streams": Rpc(
        "DynamoDBStreams_20120810",
        "dynamodb",
        "1.0",
        frozenset(("ListStreams", "DescribeStream", "GetShardIterator", "GetRecords")),
        frozenset(),
    ),
    "cloudwatch": Rpc(
        "GraniteServiceVersion20100801",
        "monitoring",
        "1.0",
        _names("ListMetrics GetMetricData GetMetricStatistics DescribeAlarms DescribeAlarmHistory"),
        frozenset(("PutMetricAlarm", "DeleteAlarms", "SetAlarmState")),
    ),
    "logs": Rpc(
        "Logs_20140328",
        "logs",
        "1.1",
        frozenset(("DescribeLogGroups", "DescribeLogStreams", "GetLogEvents", "FilterLogEvents")),
        frozenset(),
    ),
    "sqs": Rpc(
        "AmazonSQS",
        "sqs",
        "1.0",
        frozenset(("ListQueues", "GetQueueUrl", "GetQueueAttributes")),
        frozenset(("ReceiveMessage", "DeleteMessage", "ChangeMessageVisibility", "PurgeQueue")),
    ),
}

_FUNCTIONS: Final = "/2015-03-31/functions"
_MAPPINGS: Final = "/2015-03-31/event-source-mappings"

LAMBDA: Final[Mapping[str, Rest]] = {
    "ListFunctions": Rest("GET", _FUNCTIONS, ("Marker", "MaxItems")),
    "GetFunction": Rest("GET", _FUNCTIONS + "/{FunctionName}", ("Qualifier",)),
    "GetFunctionConcurrency": Rest("GET", "/2019-09-30/functions/{FunctionName}/concurrency"),
    "ListAliases": Rest("GET", _FUNCTIONS + "/{FunctionName}/aliases", ("Marker", "MaxItems")),
    "ListVersionsByFunction": Rest(
        "GET", _FUNCTIONS + "/{FunctionName}/versions", ("Marker", "MaxItems")
    ),
    "Invoke": Rest("POST", _FUNCTIONS + "/{FunctionName}/invocations", ("Qualifier",), writes=True),
    "ListEventSourceMappings": Rest(
        "GET", _MAPPINGS, ("EventSourceArn", "FunctionName", "Marker", "MaxItems")
    ),
    "GetEventSourceMapping": Rest("GET", _MAPPINGS + "/{UUID}"),
    "UpdateEventSourceMapping": Rest("PUT", _MAPPINGS + "/{UUID}", writes=True),
    "DeleteEventSourceMapping": Rest("DELETE", _MAPPINGS + "/{UUID}", writes=True),
}


def is_known(service: str, operation: str) -> bool:
    """Whether an operation is forwarded at all.

    >>> is_known("dynamodb", "Scan"), is_known("dynamodb", "CreateBackup"), is_known("s3", "Get")
    (True, False, False)
    """
    if service == "lambda":
        return operation in LAMBDA
    rpc = RPC.get(service)
    return rpc is not None and operation in rpc.reads | rpc.writes


def writes(service: str, operation: str, params: Mapping[str, Any]) -> bool:
    """Whether a known operation may change something.

    >>> writes("dynamodb", "Scan", {}), writes("lambda", "Invoke", {})
    (False, True)
    >>> writes("dynamodb", "ExecuteStatement", {"Statement": " select * from Orders"})
    False
    >>> writes("dynamodb", "ExecuteStatement", {"Statement": 'DELETE FROM "Orders"'})
    True
    """
    if service == "lambda":
        return LAMBDA[operation].writes
    if operation == "ExecuteStatement":
        words = str(params.get("Statement", "")).split(None, 1)
        return not words or words[0].upper() != "SELECT"
    return operation in RPC[service].writes
