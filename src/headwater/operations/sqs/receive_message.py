"""ReceiveMessage: up to ten messages, hidden from other receivers for a while."""

from typing import Any

from headwater.errors import InvalidAttributeName, InvalidParameterValue
from headwater.limits import RECEIVE_MAX, RECEIVE_WAIT_S_MAX, VISIBILITY_S_MAX
from headwater.operations.call import Call
from headwater.queues.message import SYSTEM_ATTRIBUTES
from headwater.queues.waiting import Request


async def receive_message(call: Call) -> dict[str, Any]:
    """ReceiveRequestAttemptId is for FIFO queues; with others AWS takes no notice of it either."""
    params = call.params
    system = [*params.get("AttributeNames", ()), *params.get("MessageSystemAttributeNames", ())]
    for name in system:
        if name not in SYSTEM_ATTRIBUTES:
            raise InvalidAttributeName(f"Unknown Attribute {name}.")
    request = Request(
        scope=call.scope,
        url=params["QueueUrl"],
        messages_max=_count(params.get("MaxNumberOfMessages", 1)),
        visibility_s=_seconds(params, "VisibilityTimeout", VISIBILITY_S_MAX),
        wait_s=_seconds(params, "WaitTimeSeconds", RECEIVE_WAIT_S_MAX),
        has_left=call.has_left,
    )
    deliveries = await call.node.receivers.receive(request)
    names = params.get("MessageAttributeNames", ())
    if not deliveries:
        return {}
    return {"Messages": [delivery.shown(system, names) for delivery in deliveries]}


def _count(count: int) -> int:
    if not 1 <= count <= RECEIVE_MAX:
        raise InvalidParameterValue(
            f"Value {count} for parameter MaxNumberOfMessages is invalid. Reason: Must be "
            f"between 1 and {RECEIVE_MAX}, if provided."
        )
    return count


def _seconds(params: dict[str, Any], name: str, most: int) -> int | None:
    value: int | None = params.get(name)
    if value is not None and not 0 <= value <= most:
        raise InvalidParameterValue(
            f"Value {value} for parameter {name} is invalid. Reason: Must be >= 0 and <= {most}, "
            "if provided."
        )
    return value
