"""ChangeMessageVisibilityBatch: the same for up to ten messages."""

from typing import Any

from headwater.operations.call import Call
from headwater.operations.sqs.batching import answer_each, checked_entries
from headwater.operations.sqs.queue_params import asked_box
from headwater.queues.delivery import change_visibility


def change_message_visibility_batch(call: Call) -> dict[str, Any]:
    """An entry without VisibilityTimeout gives its message back."""
    box = asked_box(call)
    now_ms = call.node.clock.now_ms()
    entries = checked_entries(call.params["Entries"], "ChangeMessageVisibilityBatchRequestEntry")

    def work(entry: dict[str, Any]) -> dict[str, Any]:
        seconds = entry.get("VisibilityTimeout", 0)
        change_visibility(box, entry["ReceiptHandle"], now_ms, seconds)
        return {}

    return answer_each(entries, work)
