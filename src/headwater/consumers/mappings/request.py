"""Requests that create or change a mapping: what they ask for, and what is refused.

Form and ranges have been checked against the service model before. Here stand the rules between
members, and the options that AWS has and Headwater has not: they are refused by name when they
ask for anything but their default.

Source: the Lambda service model, CreateEventSourceMapping; error texts recorded.
"""

from typing import Any

from headwater.arns import Scope, parse_arn, parse_stream_arn
from headwater.consumers.mappings.filters import compile_filters
from headwater.errors import InvalidParameterValue, NotSupported
from headwater.functions.names import FunctionName, parse_function_name

STARTING_POSITIONS = ("TRIM_HORIZON", "LATEST")

# Options of a DynamoDB mapping that are not there yet, with what asks for nothing.
_NOT_YET: dict[str, tuple[Any, ...]] = {
    "ParallelizationFactor": (1,),
    "MaximumRecordAgeInSeconds": (-1,),
    "MaximumRetryAttempts": (-1,),
    "BisectBatchOnFunctionError": (False,),
    "TumblingWindowInSeconds": (0,),
    "FunctionResponseTypes": ([],),
    "MetricsConfig": ({}, {"Metrics": []}),
    "Tags": ({},),
    "KMSKeyArn": ("",),
    "LoggingConfig": ({},),
}
# Options of other event sources. AWS refuses them for a stream.
_OF_OTHER_SOURCES = (
    "AmazonManagedKafkaEventSourceConfig",
    "DocumentDBEventSourceConfig",
    "ProvisionedPollerConfig",
    "Queues",
    "ScalingConfig",
    "SelfManagedEventSource",
    "SelfManagedKafkaEventSourceConfig",
    "SourceAccessConfigurations",
    "StartingPositionTimestamp",
    "Topics",
)


def source_param(params: dict[str, Any]) -> str:
    """The ARN of the stream to read.

    Raises InvalidParameterValue if there is none, NotSupported for a source of another service.
    """
    arn = params.get("EventSourceArn") or ""
    if parse_stream_arn(arn) is not None:
        return str(arn)
    parsed = parse_arn(arn)
    if parsed is not None and parsed.service != "dynamodb":
        raise NotSupported(
            f"Headwater maps functions to DynamoDB streams only, not to {parsed.service} ({arn})."
        )
    raise InvalidParameterValue("Unrecognized event source.")


def starting_position_param(params: dict[str, Any]) -> str:
    """TRIM_HORIZON or LATEST."""
    position = params.get("StartingPosition")
    if position is None:
        raise InvalidParameterValue(
            "1 validation error detected: Value null at 'startingPosition' failed to satisfy "
            "constraint: Member must not be null."
        )
    if position not in STARTING_POSITIONS:
        raise InvalidParameterValue(
            f"Unsupported starting position for arn type: {params['EventSourceArn']}"
        )
    return str(position)


def function_param(scope: Scope, params: dict[str, Any]) -> FunctionName:
    """The function that FunctionName names, in any of its forms."""
    return parse_function_name(scope, params["FunctionName"])


def settings(params: dict[str, Any]) -> dict[str, Any]:
    """The fields of a Mapping that a request sets, by their names there; others stay.

    Raises NotSupported for an option that is not there yet, InvalidParameterValue for one of
    another kind of event source and for a filter that is not in the language.
    """
    refuse_options(params)
    given: dict[str, Any] = {}
    for member, field in (
        ("Enabled", "enabled"),
        ("BatchSize", "batch_size"),
        ("MaximumBatchingWindowInSeconds", "window_s"),
    ):
        if member in params:
            given[field] = params[member]
    if "FilterCriteria" in params:
        given["filters"] = _filters(params["FilterCriteria"])
    return given


def refuse_options(params: dict[str, Any]) -> None:
    """Raise for the first option that asks for what there is not."""
    for name, nothing in _NOT_YET.items():
        if name in params and params[name] not in nothing:
            raise NotSupported(f"{name} of an event source mapping is not supported yet.")
    destinations = params.get("DestinationConfig", {})
    if destinations.get("OnSuccess", {}).get("Destination"):
        raise InvalidParameterValue(
            "Unsupported DestinationConfig parameter for given event source mapping type."
        )
    if destinations.get("OnFailure", {}).get("Destination"):
        raise NotSupported("DestinationConfig of an event source mapping is not supported yet.")
    for name in _OF_OTHER_SOURCES:
        if params.get(name):
            raise InvalidParameterValue(
                f"Unsupported {name} parameter for given event source mapping type."
            )


def _filters(criteria: dict[str, Any]) -> tuple[str, ...]:
    """The patterns of FilterCriteria; an empty one clears them."""
    patterns = tuple(entry.get("Pattern", "") for entry in criteria.get("Filters", ()))
    compile_filters(patterns)
    return patterns
