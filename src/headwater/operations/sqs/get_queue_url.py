"""GetQueueUrl: where a queue is found."""

from typing import Any

from headwater.errors import QueueDoesNotExist
from headwater.operations.call import Call
from headwater.queues.names import queue_url


def get_queue_url(call: Call) -> dict[str, Any]:
    """Another account's queues are as good as not there."""
    if call.params.get("QueueOwnerAWSAccountId", call.scope.account) != call.scope.account:
        raise QueueDoesNotExist
    queue = call.node.queues.get(call.tx, call.scope, call.params["QueueName"])
    return {"QueueUrl": queue_url(call.node.url, call.scope, queue.name)}
