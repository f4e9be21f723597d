"""PurgeQueue: forget all messages of a queue, once a minute at most, as in AWS."""

from typing import Any

from headwater.errors import PurgeQueueInProgress
from headwater.limits import PURGE_INTERVAL_MS
from headwater.operations.call import Call
from headwater.operations.sqs.queue_params import asked_queue


def purge_queue(call: Call) -> dict[str, Any]:
    queue = asked_queue(call)
    now_ms = call.node.clock.now_ms()
    if now_ms - queue.purged_ms < PURGE_INTERVAL_MS:
        raise PurgeQueueInProgress(
            f"Only one PurgeQueue operation on {queue.name} is allowed every "
            f"{PURGE_INTERVAL_MS // 1000} seconds."
        )
    call.node.queues.purge(call.tx, queue, now_ms)
    return {}
