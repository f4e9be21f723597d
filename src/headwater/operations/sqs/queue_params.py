"""What SQS's operations share in reading their params: the queue that is meant."""

from headwater.operations.call import Call
from headwater.queues.document import Queue
from headwater.queues.mailbox import Mailbox


def asked_queue(call: Call) -> Queue:
    """The queue of QueueUrl. Raises QueueDoesNotExist, InvalidAddress."""
    queue: Queue = call.node.queues.at(call.tx, call.scope, call.params["QueueUrl"])
    return queue


def asked_box(call: Call) -> Mailbox:
    """The mailbox of that queue. Raises as `asked_queue`."""
    box: Mailbox = call.node.queues.box(call.tx, asked_queue(call))
    return box
