"""ListQueues: the URLs of a scope's queues, by name."""

from typing import Any

from headwater.operations.call import Call
from headwater.operations.sqs.paging import page_answer, page_start


def list_queues(call: Call) -> dict[str, Any]:
    after, limit = page_start(call.params)
    prefix = call.params.get("QueueNamePrefix", "")
    found = call.node.queues.page(call.tx, call.scope, prefix, after, limit + 1)
    return page_answer(call, "QueueUrls", found, limit) if found else {}
