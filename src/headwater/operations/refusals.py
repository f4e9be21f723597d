"""Why an operation that AWS has is refused here: the reason its error and docs/operations.md give.

An operation without a line here and without a handler is refused with the reason of its service.
"""

from typing import Final

_OLD_GLOBAL_TABLES = (
    "global tables of version 2017.11.29 are AWS's legacy; version 2019.11.21 is managed by "
    "UpdateTable"
)
_BULK = "bulk operations are AWS's newest and not open to every account; use BatchWriteItem"
_AUTO_SCALING = "there is no auto scaling: one node serves what its machine can"

REASONS: Final[dict[tuple[str, str], str]] = {
    ("dynamodb", "CancelBulkOperation"): _BULK,
    ("dynamodb", "DescribeBulkOperation"): _BULK,
    ("dynamodb", "ListBulkOperations"): _BULK,
    ("dynamodb", "StartBulkPutItems"): _BULK,
    ("dynamodb", "CreateGlobalTable"): _OLD_GLOBAL_TABLES,
    ("dynamodb", "DescribeGlobalTable"): _OLD_GLOBAL_TABLES,
    ("dynamodb", "DescribeGlobalTableSettings"): _OLD_GLOBAL_TABLES,
    ("dynamodb", "ListGlobalTables"): _OLD_GLOBAL_TABLES,
    ("dynamodb", "UpdateGlobalTable"): _OLD_GLOBAL_TABLES,
    ("dynamodb", "UpdateGlobalTableSettings"): _OLD_GLOBAL_TABLES,
    ("dynamodb", "DescribeTableReplicaAutoScaling"): _AUTO_SCALING,
    ("dynamodb", "UpdateTableReplicaAutoScaling"): _AUTO_SCALING,
    ("dynamodb", "SearchVectors"): "there are no vector indexes",
}

SERVICE_REASONS: Final[dict[str, str]] = {
    "dynamodb": "it is not built yet",
    "streams": "it is not built yet",
    "lambda": "of Lambda Headwater has what functions of a stream need",
    "sqs": "of SQS Headwater has standard queues, made to receive what a function could not handle",
    "logs": "of CloudWatch Logs Headwater has what reading the output of functions needs",
}


def reason(service: str, operation: str) -> str:
    """Why `operation` is refused; a clause without a full stop."""
    return REASONS.get((service, operation), SERVICE_REASONS[service])
