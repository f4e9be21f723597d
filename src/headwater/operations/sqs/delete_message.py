"""DeleteMessage: a receiver is done with a message."""

from typing import Any

from headwater.operations.call import Call
from headwater.operations.sqs.queue_params import asked_box
from headwater.queues.delivery import delete


def delete_message(call: Call) -> dict[str, Any]:
    delete(asked_box(call), call.params["ReceiptHandle"])
    return {}
