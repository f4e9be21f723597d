"""SendMessageBatch: up to ten messages, of up to 1 MiB together."""

from typing import Any

from headwater.errors import BatchRequestTooLong
from headwater.limits import MESSAGE_BYTES_MAX
from headwater.operations.call import Call
from headwater.operations.sqs.batching import answer_each, checked_entries
from headwater.operations.sqs.queue_params import asked_queue
from headwater.operations.sqs.sending import send_one
from headwater.queues.contents import check_attributes, size_bytes


def send_message_batch(call: Call) -> dict[str, Any]:
    queue = asked_queue(call)
    entries = checked_entries(call.params["Entries"], "SendMessageBatchRequestEntry")
    size = sum(_size_bytes(entry) for entry in entries)
    if size > MESSAGE_BYTES_MAX:
        raise BatchRequestTooLong(
            f"Batch requests cannot be longer than {MESSAGE_BYTES_MAX} bytes. "
            f"You have sent {size} bytes."
        )
    return answer_each(entries, lambda entry: send_one(call, queue, entry))


def _size_bytes(entry: dict[str, Any]) -> int:
    attributes = entry.get("MessageAttributes") or {}
    # Only what is well-formed can be measured, and one bad message spoils the whole batch.
    check_attributes(attributes)
    return size_bytes(entry["MessageBody"], attributes)
