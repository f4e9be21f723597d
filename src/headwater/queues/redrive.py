"""Where messages go that nobody manages to work off: a queue's RedrivePolicy, and who may use a
queue as such a place: its RedriveAllowPolicy.

    {"deadLetterTargetArn": "arn:aws:sqs:us-east-1:000000000000:dead", "maxReceiveCount": 3}
    {"redrivePermission": "byQueue", "sourceQueueArns": ["arn:aws:sqs:..."]}

Pure: whether the target exists is asked elsewhere. Source: SQS API reference, CreateQueue.
"""

from typing import Any, Final, NamedTuple

import orjson

from headwater.errors import InvalidParameterValue

RECEIVES_MAX: Final = 1000
SOURCES_MAX: Final = 10
_PERMISSIONS: Final = ("allowAll", "denyAll", "byQueue")


class Redrive(NamedTuple):
    """After so many receives a message goes to another queue."""

    target_arn: str
    receives_max: int


def read_redrive(text: str | None) -> Redrive | None:
    """A policy that `normal_redrive` made."""
    if not text:
        return None
    policy = orjson.loads(text)
    return Redrive(policy["deadLetterTargetArn"], policy["maxReceiveCount"])


def normal_redrive(text: str) -> str:
    """A RedrivePolicy as it is kept and shown: its two members, the count as a number.

    Raises InvalidParameterValue in AWS's words.
    """
    policy = _object("RedrivePolicy", text, "Redrive policy is not a valid JSON map.")
    for member in ("deadLetterTargetArn", "maxReceiveCount"):
        if member not in policy:
            missing = f"Redrive policy does not contain mandatory attribute: {member}."
            raise _invalid("RedrivePolicy", text, missing)
    count = policy["maxReceiveCount"]
    whole = int(count) if str(count).isascii() and str(count).isdigit() else 0
    if not 1 <= whole <= RECEIVES_MAX:
        reason = f"Invalid value for maxReceiveCount: {count}, valid values are from 1 to "
        raise _invalid("RedrivePolicy", text, f"{reason}{RECEIVES_MAX} both inclusive.")
    target = policy["deadLetterTargetArn"]
    if not isinstance(target, str) or not target.startswith("arn:"):
        raise _invalid("RedrivePolicy", text, "Invalid value for deadLetterTargetArn.")
    shown = {"deadLetterTargetArn": target, "maxReceiveCount": whole}
    return orjson.dumps(shown).decode()


def normal_allowance(text: str) -> str:
    """A RedriveAllowPolicy as it is kept and shown. Raises InvalidParameterValue."""
    name = "RedriveAllowPolicy"
    policy = _object(name, text, "Redrive allow policy is not a valid JSON map.")
    permission = policy.get("redrivePermission")
    if permission not in _PERMISSIONS:
        raise _invalid(name, text, f"redrivePermission must be one of {', '.join(_PERMISSIONS)}.")
    sources = policy.get("sourceQueueArns")
    if (permission == "byQueue") != (sources is not None):
        raise _invalid(name, text, "sourceQueueArns goes with the permission byQueue, and must.")
    if sources is not None and (not isinstance(sources, list) or len(sources) > SOURCES_MAX):
        raise _invalid(name, text, f"sourceQueueArns is a list of up to {SOURCES_MAX} ARNs.")
    return orjson.dumps(policy).decode()


def allows(allowance: str | None, source_arn: str) -> bool:
    """Whether a queue with this RedriveAllowPolicy takes what `source_arn` could not deliver."""
    if not allowance:
        return True
    policy = orjson.loads(allowance)
    permission = policy["redrivePermission"]
    return permission == "allowAll" or (
        permission == "byQueue" and source_arn in policy["sourceQueueArns"]
    )


def refused_target(text: str, reason: str) -> InvalidParameterValue:
    """The error of a RedrivePolicy whose target cannot be used."""
    return _invalid("RedrivePolicy", text, reason)


def _object(name: str, text: str, reason: str) -> dict[str, Any]:
    try:
        policy = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise _invalid(name, text, reason) from None
    if not isinstance(policy, dict):
        raise _invalid(name, text, reason)
    return policy


def _invalid(name: str, text: str, reason: str) -> InvalidParameterValue:
    return InvalidParameterValue(f"Value {text} for parameter {name} is invalid. Reason: {reason}")
