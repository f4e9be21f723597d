"""How a function's asynchronous events are dealt with: tries, age, and where outcomes go.

Everything here happens inside the caller's transaction; a `Checker` says whether a destination can
be reached at all. Source: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async.html
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from headwater.arns import Scope, function_arn
from headwater.errors import InvalidParameterValue, ResourceNotFound
from headwater.functions.dead_letters import dead_letter_target
from headwater.functions.document import Document
from headwater.functions.invocation import LATEST
from headwater.functions.stored import read_function, read_version, write_function
from headwater.storage.engine import Transaction

RETRIES_MAX = 2
AGE_S_MAX = 6 * 60 * 60
_CONDITIONS = ("OnSuccess", "OnFailure")
_MEMBERS = ("MaximumRetryAttempts", "MaximumEventAgeInSeconds", "DestinationConfig")

Checker = Callable[[Transaction, str], None]
"""(tx, ARN of a destination): raises InvalidParameterValue if nothing can be sent there."""


class InvokeConfig(NamedTuple):
    """What holds for an event; destinations are ARNs, "" for none."""

    retries: int = RETRIES_MAX
    age_s: int = AGE_S_MAX
    on_success: str = ""
    on_failure: str = ""
    dead_letter: str = ""


def put_invoke_config(
    tx: Transaction,
    scope: Scope,
    name: str,
    qualifier: str | None,
    params: dict[str, Any],
    *,
    now_ms: int,
    check: Checker,
    is_update: bool,
) -> dict[str, Any]:
    """Set what is given; what is not becomes the default, or with is_update stays.

    Raises ResourceNotFound, InvalidParameterValue.
    """
    function, _ = read_version(tx, scope, name, qualifier)
    old = _configs(function).get(qualifier or LATEST, {}) if is_update else {}
    if is_update and not old:
        raise _none(scope, name, qualifier)
    given = {member: params[member] for member in _MEMBERS if member in params}
    if not given:
        raise InvalidParameterValue(
            "You must specify at least one of error handling or destination setting."
        )
    config = old | given
    if "DestinationConfig" in given:
        old_targets = old.get("DestinationConfig", {})
        targets = {**old_targets, **given["DestinationConfig"]}
        for condition in _CONDITIONS:
            arn = targets.get(condition, {}).get("Destination")
            if arn:
                check(tx, arn)
        config["DestinationConfig"] = targets
    config["LastModified"] = now_ms / 1000
    configs = _configs(function) | {qualifier or LATEST: config}
    write_function(tx, scope, function | {"invoke_configs": configs})
    return _answer(scope, name, qualifier or LATEST, config)


def get_invoke_config(
    tx: Transaction, scope: Scope, name: str, qualifier: str | None
) -> dict[str, Any]:
    """Raises ResourceNotFound."""
    config = _configs(read_function(tx, scope, name)).get(qualifier or LATEST)
    if config is None:
        raise _none(scope, name, qualifier)
    return _answer(scope, name, qualifier or LATEST, config)


def delete_invoke_config(tx: Transaction, scope: Scope, name: str, qualifier: str | None) -> None:
    """Raises ResourceNotFound."""
    document = read_function(tx, scope, name)
    configs = dict(_configs(document))
    if configs.pop(qualifier or LATEST, None) is None:
        raise _none(scope, name, qualifier)
    write_function(tx, scope, document | {"invoke_configs": configs})


def list_invoke_configs(tx: Transaction, scope: Scope, name: str) -> list[dict[str, Any]]:
    """Raises ResourceNotFound."""
    configs = _configs(read_function(tx, scope, name))
    return [_answer(scope, name, key, config) for key, config in sorted(configs.items())]


def effective_config(document: Document, qualifier: str | None) -> InvokeConfig:
    """What holds for events of a function that were sent to `qualifier`."""
    config = _configs(document).get(qualifier or LATEST, {})
    targets = config.get("DestinationConfig", {})
    on_success, on_failure = (
        targets.get(condition, {}).get("Destination", "") for condition in _CONDITIONS
    )
    retries = config.get("MaximumRetryAttempts", RETRIES_MAX)
    age_s = config.get("MaximumEventAgeInSeconds", AGE_S_MAX)
    return InvokeConfig(retries, age_s, on_success, on_failure, dead_letter_target(document))


def _configs(document: Document) -> dict[str, dict[str, Any]]:
    configs: dict[str, dict[str, Any]] = document.get("invoke_configs", {})
    return configs


def _answer(scope: Scope, name: str, qualifier: str, config: dict[str, Any]) -> dict[str, Any]:
    targets = {condition: {} for condition in _CONDITIONS} | config.get("DestinationConfig", {})
    arn = function_arn(scope, name, qualifier)
    return config | {"FunctionArn": arn, "DestinationConfig": targets}


def _none(scope: Scope, name: str, qualifier: str | None) -> ResourceNotFound:
    arn = function_arn(scope, name, qualifier or LATEST)
    return ResourceNotFound(f"The function {arn} doesn't have an EventInvokeConfig")
