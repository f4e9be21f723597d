"""ListDeadLetterSourceQueues: the queues whose RedrivePolicy names this one."""

from typing import Any

from headwater.operations.call import Call
from headwater.operations.sqs.paging import page_answer, page_start
from headwater.operations.sqs.queue_params import asked_queue
from headwater.queues.document import Queue


def list_dead_letter_source_queues(call: Call) -> dict[str, Any]:
    target = asked_queue(call)
    after, limit = page_start(call.params)
    found = _sources(call, target.arn, after, limit + 1)
    return page_answer(call, "queueUrls", found, limit)


def _sources(call: Call, target_arn: str, after: str, wanted: int) -> list[Queue]:
    """Queues are few: all are looked at."""
    found: list[Queue] = []
    while len(found) < wanted:
        page = call.node.queues.page(call.tx, call.scope, "", after, wanted)
        if not page:
            break
        found += [each for each in page if each.redrive and each.redrive.target_arn == target_arn]
        after = page[-1].name
    return found[:wanted]
