"""Why an operation that AWS has is refused here: the reason its error and docs/operations.md give.

An operation without a line here and without a handler is refused with the reason of its service.
"""

from typing import Final

_OLD_GLOBAL_TABLES = (
    "global tables of version 2017.11.29 are AWS's legacy, which makes none any more; replicate "
    "a table with ReplicaUpdates of UpdateTable"
)
_BULK = "bulk operations are AWS's newest and not open to every account; use BatchWriteItem"
_AUTO_SCALING = "there is no auto scaling: one node serves what its machine can"
_FUNCTION_URLS = "functions are invoked through Invoke, mappings and events; there are no URLs"
_PROVISIONED = "processes start in a fraction of a second and stay warm; none are kept in reserve"
_SIGNING = "code is taken from whoever reaches the node; signatures are not checked"
_LAYER_POLICY = "layers are used within their own account alone"
_CAPACITY = "functions run on the node's own machine"
_DURABLE = "durable executions are not built yet"

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
    **{
        ("lambda", f"{verb}FunctionUrlConfig{plural}"): _FUNCTION_URLS
        for verb, plural in (
            ("Create", ""),
            ("Delete", ""),
            ("Get", ""),
            ("Update", ""),
            ("List", "s"),
        )
    },
    ("lambda", "DeleteProvisionedConcurrencyConfig"): _PROVISIONED,
    ("lambda", "GetProvisionedConcurrencyConfig"): _PROVISIONED,
    ("lambda", "ListProvisionedConcurrencyConfigs"): _PROVISIONED,
    ("lambda", "PutProvisionedConcurrencyConfig"): _PROVISIONED,
    ("lambda", "CreateCodeSigningConfig"): _SIGNING,
    ("lambda", "DeleteCodeSigningConfig"): _SIGNING,
    ("lambda", "DeleteFunctionCodeSigningConfig"): _SIGNING,
    ("lambda", "GetCodeSigningConfig"): _SIGNING,
    ("lambda", "GetFunctionCodeSigningConfig"): _SIGNING,
    ("lambda", "ListCodeSigningConfigs"): _SIGNING,
    ("lambda", "ListFunctionsByCodeSigningConfig"): _SIGNING,
    ("lambda", "PutFunctionCodeSigningConfig"): _SIGNING,
    ("lambda", "UpdateCodeSigningConfig"): _SIGNING,
    ("lambda", "AddLayerVersionPermission"): _LAYER_POLICY,
    ("lambda", "GetLayerVersionPolicy"): _LAYER_POLICY,
    ("lambda", "RemoveLayerVersionPermission"): _LAYER_POLICY,
    ("lambda", "InvokeAsync"): "it is AWS's legacy; use Invoke with InvocationType Event",
    ("lambda", "InvokeWithResponseStream"): "answers are not streamed; use Invoke",
    ("lambda", "CreateCapacityProvider"): _CAPACITY,
    ("lambda", "DeleteCapacityProvider"): _CAPACITY,
    ("lambda", "GetCapacityProvider"): _CAPACITY,
    ("lambda", "ListCapacityProviders"): _CAPACITY,
    ("lambda", "ListFunctionVersionsByCapacityProvider"): _CAPACITY,
    ("lambda", "UpdateCapacityProvider"): _CAPACITY,
    ("lambda", "CheckpointDurableExecution"): _DURABLE,
    ("lambda", "DeleteDurableExecution"): _DURABLE,
    ("lambda", "GetDurableExecution"): _DURABLE,
    ("lambda", "GetDurableExecutionHistory"): _DURABLE,
    ("lambda", "GetDurableExecutionState"): _DURABLE,
    ("lambda", "ListDurableExecutionsByFunction"): _DURABLE,
    ("lambda", "PauseDurableExecution"): _DURABLE,
    ("lambda", "ResumeDurableExecution"): _DURABLE,
    ("lambda", "SendDurableExecutionCallbackFailure"): _DURABLE,
    ("lambda", "SendDurableExecutionCallbackHeartbeat"): _DURABLE,
    ("lambda", "SendDurableExecutionCallbackSuccess"): _DURABLE,
    ("lambda", "StopDurableExecution"): _DURABLE,
}

SERVICE_REASONS: Final[dict[str, str]] = {
    "dynamodb": "it is not built yet",
    "streams": "it is not built yet",
    "lambda": "it is not built yet",
    "sqs": "of SQS Headwater has standard queues, made to receive what a function could not handle",
    "monitoring": "of CloudWatch Headwater has metrics and alarms on them",
    "logs": "of CloudWatch Logs Headwater has what reading the output of functions needs",
    "sts": "of STS Headwater has what tells programs their account; keys are in --credentials",
}


def reason(service: str, operation: str) -> str:
    """Why `operation` is refused; a clause without a full stop."""
    return REASONS.get((service, operation), SERVICE_REASONS[service])
