"""Requests that create or change a mapping: what they ask for, and what is refused.

Form and ranges have been checked against the service model before. Here stand the rules between
members, and the options that AWS has and Headwater has not: they are refused by name when they
ask for anything but their default. Texts that AWS is not known to use are ours.

Source: the Lambda service model, CreateEventSourceMapping; error texts recorded.
"""

from typing import Any

from headwater.arns import Scope, parse_arn, parse_stream_arn
from headwater.consumers.mappings.destination import UNSUPPORTED, target_of
from headwater.consumers.mappings.document import Mapping
from headwater.consumers.mappings.filters import compile_filters
from headwater.errors import InvalidParameterValue, NotSupported
from headwater.functions.configuration import check_tags
from headwater.functions.names import FunctionName, parse_function_name

STARTING_POSITIONS = ("TRIM_HORIZON", "LATEST")

# Options that AWS has for a DynamoDB mapping and Headwater has not, with what asks for nothing.
_NOT_YET: dict[str, tuple[Any, ...]] = {
    "KMSKeyArn": ("",),
    "LoggingConfig": ({},),
}
# Members that become fields of a Mapping as they are.
_PLAIN = {
    "Enabled": "enabled",
    "BatchSize": "batch_size",
    "MaximumBatchingWindowInSeconds": "window_s",
    "ParallelizationFactor": "parallelization",
    "MaximumRecordAgeInSeconds": "record_age_s_max",
    "MaximumRetryAttempts": "retries_max",
    "BisectBatchOnFunctionError": "bisect",
    "TumblingWindowInSeconds": "tumbling_window_s",
}
RECORD_AGE_S_MIN = 60  # below it only -1, endless, is taken
METRICS = ("EventCount",)  # ErrorCount and KafkaMetrics are of other sources
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

    Raises NotSupported for an option that is not there, InvalidParameterValue for one of another
    kind of event source, for a destination that a stream cannot have, for a record age that is
    out of range and for a filter that is not in the language.
    """
    refuse_options(params)
    given = {field: params[member] for member, field in _PLAIN.items() if member in params}
    age_s = given.get("record_age_s_max", -1)
    if age_s != -1 and age_s < RECORD_AGE_S_MIN:
        raise InvalidParameterValue(
            "Invalid MaximumRecordAgeInSeconds. It must be -1, or between 60 and 604800."
        )
    if "FunctionResponseTypes" in params:
        given["response_types"] = tuple(params["FunctionResponseTypes"])
    if "DestinationConfig" in params:
        given["on_failure"] = _destination(params["DestinationConfig"])
    if "MetricsConfig" in params:
        given["metrics"] = _metrics(params["MetricsConfig"])
    if "FilterCriteria" in params:
        given["filters"] = _filters(params["FilterCriteria"])
    return given


def tags_param(params: dict[str, Any]) -> dict[str, str]:
    """The tags of a mapping that is created."""
    tags: dict[str, str] = params.get("Tags") or {}
    check_tags(tags)
    return tags


def check_together(mapping: Mapping) -> None:
    """Raise InvalidParameterValue for options that exclude each other."""
    if mapping.tumbling_window_s and mapping.parallelization > 1:
        raise InvalidParameterValue(
            "TumblingWindowInSeconds is only supported with a ParallelizationFactor of 1: the "
            "state of a window belongs to a whole shard."
        )


def refuse_options(params: dict[str, Any]) -> None:
    """Raise for the first option that asks for what there is not."""
    for name, nothing in _NOT_YET.items():
        if name in params and params[name] not in nothing:
            raise NotSupported(f"{name} of an event source mapping is not supported yet.")
    for name in _OF_OTHER_SOURCES:
        if params.get(name):
            raise InvalidParameterValue(
                f"Unsupported {name} parameter for given event source mapping type."
            )


def _destination(config: dict[str, Any]) -> str | None:
    """The ARN of OnFailure; nothing in its place clears it."""
    if config.get("OnSuccess", {}).get("Destination"):
        raise InvalidParameterValue(UNSUPPORTED)
    arn = config.get("OnFailure", {}).get("Destination")
    if not arn:
        return None
    return target_of(arn).arn


def _metrics(config: dict[str, Any]) -> tuple[str, ...]:
    metrics = tuple(config.get("Metrics", ()))
    for name in metrics:
        if name not in METRICS:
            raise InvalidParameterValue(
                f"Unsupported metric {name} for given event source mapping type."
            )
    return metrics


def _filters(criteria: dict[str, Any]) -> tuple[str, ...]:
    """The patterns of FilterCriteria; an empty one clears them."""
    patterns = tuple(entry.get("Pattern", "") for entry in criteria.get("Filters", ()))
    compile_filters(patterns)
    return patterns
