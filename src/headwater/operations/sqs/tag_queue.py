"""TagQueue: add tags, or give them other values."""

from dataclasses import replace
from typing import Any

from headwater.operations.call import Call
from headwater.operations.sqs.queue_params import asked_queue
from headwater.operations.sqs.tag_params import checked_tags


def tag_queue(call: Call) -> dict[str, Any]:
    queue = asked_queue(call)
    tags = checked_tags({**queue.tags, **call.params["Tags"]})
    call.node.queues.save(call.tx, replace(queue, tags=tags))
    return {}
