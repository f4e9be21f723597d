"""The attributes of a queue that a caller may set: their bounds, defaults and normal form.

What SQS has and Headwater does not (FIFO, encryption, access policies) is refused by name. Pure.
Source: SQS API reference, CreateQueue and SetQueueAttributes; the service model of 2026.
"""

from collections.abc import Mapping
from typing import Final

import orjson

from headwater.errors import InvalidAttributeName, InvalidAttributeValue, NotSupported
from headwater.limits import (
    DELAY_S_MAX,
    MESSAGE_BYTES_MAX,
    RECEIVE_WAIT_S_MAX,
    VISIBILITY_S_MAX,
)
from headwater.queues.redrive import normal_allowance, normal_redrive

_BOUNDS: Final = {
    "VisibilityTimeout": (0, VISIBILITY_S_MAX),
    "DelaySeconds": (0, DELAY_S_MAX),
    "MaximumMessageSize": (1024, MESSAGE_BYTES_MAX),
    "MessageRetentionPeriod": (60, 1_209_600),
    "ReceiveMessageWaitTimeSeconds": (0, RECEIVE_WAIT_S_MAX),
}

DEFAULTS: Final = {
    "VisibilityTimeout": "30",
    "DelaySeconds": "0",
    "MaximumMessageSize": str(MESSAGE_BYTES_MAX),
    "MessageRetentionPeriod": "345600",
    "ReceiveMessageWaitTimeSeconds": "0",
}

_POLICIES: Final = {
    "RedrivePolicy": normal_redrive,
    "RedriveAllowPolicy": normal_allowance,
}

_REFUSED: Final = {
    "Policy": "access policies: every caller of an account may use its queues",
    "KmsMasterKeyId": "encryption of queues",
    "KmsDataKeyReusePeriodSeconds": "encryption of queues",
    "SqsManagedSseEnabled": "encryption of queues",
    "FifoQueue": "FIFO queues",
    "ContentBasedDeduplication": "FIFO queues",
    "DeduplicationScope": "FIFO queues",
    "FifoThroughputLimit": "FIFO queues",
}
_OFF: Final = ("", "false")  # asks for nothing that is not there

SETTABLE: Final = frozenset((*_BOUNDS, *_POLICIES))


def normal_attributes(given: Mapping[str, str]) -> dict[str, str]:
    """`given` in the form in which attributes are kept and shown; "" takes a policy away.

    Raises InvalidAttributeName, InvalidAttributeValue, InvalidParameterValue for a policy, and
    NotSupported.
    """
    normal: dict[str, str] = {}
    for name, value in given.items():
        if name in _BOUNDS:
            normal[name] = _number(name, value)
        elif name in _POLICIES:
            normal[name] = _POLICIES[name](value) if value else ""
        elif name not in _REFUSED:
            raise InvalidAttributeName(f"Unknown Attribute {name}.")
        elif value not in _OFF:
            raise NotSupported(f"{name} is not supported: Headwater has no {_REFUSED[name]}")
    return normal


def first_difference(ours: Mapping[str, str], asked: Mapping[str, str]) -> str | None:
    """The first attribute of `asked` that `ours` has another value for; both in normal form."""
    for name, value in asked.items():
        mine = ours.get(name) or DEFAULTS.get(name, "")
        if mine == value:
            continue
        if name in _POLICIES and mine and value and orjson.loads(mine) == orjson.loads(value):
            continue
        return name
    return None


def _number(name: str, value: str) -> str:
    least, most = _BOUNDS[name]
    if not (value.isascii() and value.isdigit()) or not least <= int(value) <= most:
        raise InvalidAttributeValue(f"Invalid value for the parameter {name}.")
    return str(int(value))
