"""SetQueueAttributes: takes effect at once, also for the messages that are there."""

from typing import Any

from headwater.operations.call import Call
from headwater.operations.sqs.queue_params import asked_queue


def set_queue_attributes(call: Call) -> dict[str, Any]:
    call.node.queues.change(call.tx, asked_queue(call), call.params["Attributes"])
    return {}
