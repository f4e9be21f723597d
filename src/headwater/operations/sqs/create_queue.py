"""CreateQueue: a new standard queue, or the one there is if it is as asked."""

from typing import Any

from headwater.operations.call import Call
from headwater.operations.sqs.tag_params import checked_tags
from headwater.queues.names import queue_url


def create_queue(call: Call) -> dict[str, Any]:
    params = call.params
    queue = call.node.queues.create(
        call.tx,
        call.scope,
        params["QueueName"],
        params.get("Attributes") or {},
        checked_tags(params.get("tags") or {}),
    )
    return {"QueueUrl": queue_url(call.node.url, call.scope, queue.name)}
