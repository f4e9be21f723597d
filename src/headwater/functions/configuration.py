"""What a caller may configure: each parameter of create and update, checked or refused by name.

The service model's own constraints (lengths, patterns, ranges it knows) are checked at the front
door; this file holds what the model does not say, and what Headwater does not do yet. Nothing is
accepted and ignored. Texts are recorded, or from the Lambda API reference.
"""

import platform
import re
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from headwater.arns import parse_arn
from headwater.errors import InvalidParameterValue, NotSupported, Validation
from headwater.functions.interpreters import VERSIONS
from headwater.functions.variables import RESERVED
from headwater.limits import KIB

TIMEOUT_S_MAX = 900
MEMORY_MB_MAX = 10_240
EPHEMERAL_MB = 512
ENVIRONMENT_BYTES_MAX = 4 * KIB
TAGS_MAX = 50
LAYERS_MAX = 5
LOG_LEVELS = ("ApplicationLogLevel", "SystemLogLevel")

PYTHONS = tuple(f"python{version}" for version in VERSIONS)
NODES = ("nodejs18.x", "nodejs20.x", "nodejs22.x", "nodejs24.x")
OS_ONLY = ("provided.al2", "provided.al2023")
RUNTIMES = (*NODES, *PYTHONS, *OS_ONLY)

# The runtimes AWS names, as the Lambda service model lists them, without those it has retired.
_KNOWN_RUNTIMES = (
    *NODES,
    *("java8.al2", "java11", "java17", "java21", "java25"),
    *PYTHONS,
    *("dotnet6", "dotnet8", "dotnet10", "ruby3.2", "ruby3.3", "ruby3.4"),
    *OS_ONLY,
)

_ROLE = re.compile(r"arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+", re.ASCII)
_ARCHITECTURES = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}

Check = Callable[[Any], Any]


def architecture() -> str:
    """The machine's architecture in AWS's words: what functions here run on."""
    return _ARCHITECTURES.get(platform.machine().lower(), "x86_64")


def checked(params: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration members among `params`, by their wire names, each checked.

    Layers are still ARNs, not looked up.
    Raises Validation, InvalidParameterValue or NotSupported.
    """
    refuse_unsupported(params)
    fields = {}
    for name, check in _CHECKS.items():
        if params.get(name) is not None:
            fields[name] = check(params[name])
    return fields


def refuse_unsupported(params: Mapping[str, Any]) -> None:
    """Raises NotSupported for what AWS has and this build has not."""
    for name, means_nothing in _REFUSED.items():
        value = params.get(name)
        if value is not None and not means_nothing(value):
            raise NotSupported(f"{name} is not supported by Headwater: leave it out.")


def check_tags(tags: Mapping[str, str]) -> None:
    if len(tags) > TAGS_MAX:
        raise InvalidParameterValue("Number of tags exceeds resource tag limit.")


def merged_logging(old: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    """The LoggingConfig of a function that has `old`, when `given` is asked for.

    Levels are JSON's, and INFO unless they are given. Raises InvalidParameterValue for a level of
    text.

    >>> merged_logging({"LogFormat": "Text", "LogGroup": "/g"}, {"LogFormat": "JSON"})
    {'LogFormat': 'JSON', 'LogGroup': '/g', 'ApplicationLogLevel': 'INFO', 'SystemLogLevel': 'INFO'}
    """
    merged = {**old, **given}
    if merged["LogFormat"] == "JSON":
        return merged | {name: merged.get(name) or "INFO" for name in LOG_LEVELS}
    for name in LOG_LEVELS:
        if given.get(name):
            raise InvalidParameterValue(f"{name} can only be set when the LogFormat is JSON.")
        merged.pop(name, None)
    return merged


# --- one check for each member -----------------------------------------------------------------


def _runtime(value: str) -> str:
    if value in RUNTIMES:
        return value
    if value in _KNOWN_RUNTIMES:
        raise NotSupported(
            f"Runtime {value} is not supported by Headwater. Supported: {', '.join(RUNTIMES)}. A "
            "program that speaks the Lambda Runtime API runs as provided.al2023."
        )
    raise InvalidParameterValue(
        f"Value {value} at 'runtime' failed to satisfy constraint: Member must satisfy enum value "
        f"set: [{', '.join(_KNOWN_RUNTIMES)}] or be a valid ARN"
    )


def _role(value: str) -> str:
    if _ROLE.fullmatch(value) is None:
        raise Validation(
            f"1 validation error detected: Value '{value}' at 'role' failed to satisfy constraint: "
            f"Member must satisfy regular expression pattern: {_ROLE.pattern}"
        )
    return value


def _within(name: str, least: int, most: int) -> Check:
    def check(value: int) -> int:
        if least <= value <= most:
            return value
        bound = f"less than or equal to {most}"
        if value < least:
            bound = f"greater than or equal to {least}"
        raise Validation(
            f"1 validation error detected: Value '{value}' at '{name}' failed to satisfy "
            f"constraint: Member must have value {bound}"
        )

    return check


def _environment(value: Mapping[str, Any]) -> dict[str, Any]:
    variables: dict[str, str] = value.get("Variables") or {}
    reserved = sorted(RESERVED.intersection(variables))
    if reserved:
        raise InvalidParameterValue(
            "Lambda was unable to configure your environment variables because the environment "
            "variables you have provided contains reserved keys that are currently not supported "
            f"for modification. Reserved keys used in this request: {', '.join(reserved)}"
        )
    measured = orjson.dumps(variables)
    if len(measured) > ENVIRONMENT_BYTES_MAX:
        raise InvalidParameterValue(
            "Lambda was unable to configure your environment variables because the environment "
            "variables you have provided exceeded the 4KB limit. String measured: "
            f"{measured.decode()}"
        )
    if any("\0" in text for text in variables.values()):
        raise InvalidParameterValue("Environment variables must not contain null characters.")
    return {"Variables": variables}


def _package_type(value: str) -> str:
    if value != "Zip":
        raise NotSupported(f"PackageType {value} is not supported by Headwater: use Zip.")
    return value


def _architectures(value: list[str]) -> list[str]:
    if value != [architecture()]:
        raise NotSupported(
            f"Architectures {value} cannot run here: functions run on this machine, which is "
            f"{architecture()}. Leave Architectures out, or say ['{architecture()}']."
        )
    return value


def _tracing(value: Mapping[str, str]) -> dict[str, str]:
    if value.get("Mode", "PassThrough") != "PassThrough":
        raise NotSupported("TracingConfig.Mode Active is not supported by Headwater.")
    return {"Mode": "PassThrough"}


def _ephemeral(value: Mapping[str, int]) -> dict[str, int]:
    if value.get("Size") != EPHEMERAL_MB:
        raise NotSupported(
            f"EphemeralStorage.Size other than {EPHEMERAL_MB} is not supported by Headwater: "
            "temporary files of functions are on the machine's disk, which is not bounded for them."
        )
    return {"Size": EPHEMERAL_MB}


def _snap_start(value: Mapping[str, str]) -> dict[str, str]:
    if value.get("ApplyOn", "None") != "None":
        raise NotSupported("SnapStart.ApplyOn PublishedVersions is not supported by Headwater.")
    return {"ApplyOn": "None", "OptimizationStatus": "Off"}


def _logging(value: Mapping[str, str]) -> dict[str, str]:
    """The members that are given; see `merged_logging`."""
    return dict(value)


def _dead_letter(value: Mapping[str, str]) -> dict[str, str]:
    """Without a TargetArn: there is none (any more)."""
    target = value.get("TargetArn", "")
    arn = parse_arn(target)
    if target and (arn is None or arn.service not in ("sqs", "sns")):
        raise InvalidParameterValue(
            f"The DeadLetterConfig TargetArn {target} is invalid: it is the ARN of an SQS queue or "
            "an SNS topic."
        )
    return {"TargetArn": target} if target else {}


def _layers(value: list[str]) -> list[str]:
    if len(value) > LAYERS_MAX:
        raise InvalidParameterValue(f"Cannot reference more than {LAYERS_MAX} layers.")
    return value


def _as_it_is(value: Any) -> Any:
    return value


_CHECKS: dict[str, Check] = {
    "Runtime": _runtime,
    "Role": _role,
    "Handler": _as_it_is,
    "Description": _as_it_is,
    "Timeout": _within("timeout", 1, TIMEOUT_S_MAX),
    "MemorySize": _within("memorySize", 128, MEMORY_MB_MAX),
    "Environment": _environment,
    "TracingConfig": _tracing,
    "PackageType": _package_type,
    "Architectures": _architectures,
    "EphemeralStorage": _ephemeral,
    "SnapStart": _snap_start,
    "LoggingConfig": _logging,
    "Layers": _layers,
    "DeadLetterConfig": _dead_letter,
}


def _empty(value: Any) -> bool:
    """An empty text or list; an object all of whose members are empty."""
    return not any(value.values()) if isinstance(value, dict) else not value


# Member -> does this value ask for nothing? Then it is as good as absent.
_REFUSED: dict[str, Callable[[Any], bool]] = dict.fromkeys(
    (
        "AcceleratorConfig",
        "CapacityProviderConfig",
        "CodeSigningConfigArn",
        "DurableConfig",
        "FileSystemConfigs",
        "ImageConfig",
        "KMSKeyArn",
        "PublishTo",
        "RuntimeConfig",
        "TenancyConfig",
        "VpcConfig",
    ),
    _empty,
)
