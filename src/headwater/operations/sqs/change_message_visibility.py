"""ChangeMessageVisibility: a receiver needs longer, or gives a message back."""

from typing import Any

from headwater.operations.call import Call
from headwater.operations.sqs.queue_params import asked_box
from headwater.queues.delivery import change_visibility


def change_message_visibility(call: Call) -> dict[str, Any]:
    params = call.params
    now_ms = call.node.clock.now_ms()
    change_visibility(asked_box(call), params["ReceiptHandle"], now_ms, params["VisibilityTimeout"])
    return {}
