"""DeleteQueue: a queue and all its messages, gone at once."""

from typing import Any

from headwater.operations.call import Call
from headwater.operations.sqs.queue_params import asked_queue


def delete_queue(call: Call) -> dict[str, Any]:
    call.node.queues.drop(call.tx, asked_queue(call))
    return {}
