"""ListQueueTags: all tags of a queue."""

from typing import Any

from headwater.operations.call import Call
from headwater.operations.sqs.queue_params import asked_queue


def list_queue_tags(call: Call) -> dict[str, Any]:
    tags = asked_queue(call).tags
    return {"Tags": tags} if tags else {}
