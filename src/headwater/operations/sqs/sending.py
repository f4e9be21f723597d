"""One message of SendMessage or SendMessageBatch."""

from typing import Any

from headwater.errors import InvalidParameterValue, NotSupported
from headwater.limits import DELAY_S_MAX
from headwater.operations.call import Call
from headwater.queues.contents import attributes_digest, body_digest
from headwater.queues.document import Queue
from headwater.queues.message import TRACE


def send_one(call: Call, queue: Queue, params: dict[str, Any]) -> dict[str, Any]:
    """Send what `params`, a request or an entry of a batch, holds. Raises what `post` raises."""
    _refuse_fifo(params)
    delay_s = params.get("DelaySeconds")
    if delay_s is not None and not 0 <= delay_s <= DELAY_S_MAX:
        raise InvalidParameterValue(
            f"Value {delay_s} for parameter DelaySeconds is invalid. Reason: DelaySeconds must "
            f"be >= 0 and <= {DELAY_S_MAX}."
        )
    attributes = params.get("MessageAttributes") or {}
    system = params.get("MessageSystemAttributes") or {}
    body = params["MessageBody"]
    message = call.node.queues.post(
        call.tx, queue, body, attributes=attributes, trace=_trace(system), delay_s=delay_s
    )
    answer = {"MessageId": message.id, "MD5OfMessageBody": body_digest(body)}
    if attributes:
        answer["MD5OfMessageAttributes"] = attributes_digest(attributes)
    if system:
        answer["MD5OfMessageSystemAttributes"] = attributes_digest(system)
    return answer


def _refuse_fifo(params: dict[str, Any]) -> None:
    if "MessageGroupId" in params:
        raise NotSupported(
            "MessageGroupId is not supported: Headwater has neither FIFO queues nor fair queues"
        )
    if "MessageDeduplicationId" in params:
        raise InvalidParameterValue(
            f"Value {params['MessageDeduplicationId']} for parameter MessageDeduplicationId is "
            "invalid. Reason: The request include parameter that is not valid for this queue type."
        )


def _trace(system: dict[str, Any]) -> str:
    """The AWSTraceHeader, the one system attribute a sender may give."""
    for name, attribute in system.items():
        if name != TRACE:
            raise InvalidParameterValue(f"Message system attribute name '{name}' is invalid.")
        if attribute["DataType"] != "String" or not attribute.get("StringValue"):
            raise InvalidParameterValue(
                f"Message (system) attribute '{name}' must contain a non-empty value of type "
                "'String'."
            )
    return str(system[TRACE]["StringValue"]) if system else ""
