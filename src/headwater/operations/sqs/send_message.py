"""SendMessage: one message, durable when it is answered."""

from typing import Any

from headwater.operations.call import Call
from headwater.operations.sqs.queue_params import asked_queue
from headwater.operations.sqs.sending import send_one


def send_message(call: Call) -> dict[str, Any]:
    return send_one(call, asked_queue(call), call.params)
