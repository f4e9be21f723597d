"""DeleteMessageBatch: a receiver is done with up to ten messages."""

from typing import Any

from headwater.operations.call import Call
from headwater.operations.sqs.batching import answer_each, checked_entries
from headwater.operations.sqs.queue_params import asked_box
from headwater.queues.delivery import delete


def delete_message_batch(call: Call) -> dict[str, Any]:
    box = asked_box(call)
    entries = checked_entries(call.params["Entries"], "DeleteMessageBatchRequestEntry")

    def work(entry: dict[str, Any]) -> dict[str, Any]:
        delete(box, entry["ReceiptHandle"])
        return {}

    return answer_each(entries, work)
