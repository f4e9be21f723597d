"""UntagQueue: take tags away; those that are not there are fine."""

from dataclasses import replace
from typing import Any

from headwater.operations.call import Call
from headwater.operations.sqs.queue_params import asked_queue


def untag_queue(call: Call) -> dict[str, Any]:
    queue = asked_queue(call)
    gone = frozenset(call.params["TagKeys"])
    tags = {key: value for key, value in queue.tags.items() if key not in gone}
    call.node.queues.save(call.tx, replace(queue, tags=tags))
    return {}
