"""GetQueueAttributes: what a queue was told to be, and how many messages it has."""

from typing import Any

from headwater.errors import InvalidAttributeName
from headwater.operations.call import Call
from headwater.operations.sqs.queue_params import asked_queue
from headwater.queues.attributes import DEFAULTS, SETTABLE
from headwater.queues.delivery import settle
from headwater.queues.document import Queue

_ALL = "All"
_COUNTS = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
)
_FACTS = ("QueueArn", "CreatedTimestamp", "LastModifiedTimestamp", "SqsManagedSseEnabled")
# AWS has these, for queues of a kind that is not here, and shows them where they are set.
_ABSENT = (
    "Policy",
    "KmsMasterKeyId",
    "KmsDataKeyReusePeriodSeconds",
    "FifoQueue",
    "ContentBasedDeduplication",
    "DeduplicationScope",
    "FifoThroughputLimit",
)
_KNOWN = frozenset((_ALL, *SETTABLE, *_COUNTS, *_FACTS, *_ABSENT))


def get_queue_attributes(call: Call) -> dict[str, Any]:
    """The counts are exact unless very many messages become ready at once."""
    queue = asked_queue(call)
    names = call.params.get("AttributeNames", ())
    for name in names:
        if name not in _KNOWN:
            raise InvalidAttributeName(f"Unknown Attribute {name}.")
    if not names:
        return {}
    shown = {**_settings(queue), **_facts(queue)}
    if _ALL in names or any(name in names for name in _COUNTS):
        shown.update(_counts(call, queue))
    if _ALL not in names:
        shown = {name: value for name, value in shown.items() if name in names}
    return {"Attributes": shown} if shown else {}


def _settings(queue: Queue) -> dict[str, str]:
    settings = {**DEFAULTS, **queue.attributes}
    return {name: value for name, value in settings.items() if value}


def _facts(queue: Queue) -> dict[str, str]:
    return {
        "QueueArn": queue.arn,
        "CreatedTimestamp": str(queue.created_s),
        "LastModifiedTimestamp": str(queue.modified_s),
        "SqsManagedSseEnabled": "false",
    }


def _counts(call: Call, queue: Queue) -> dict[str, str]:
    box = call.node.queues.box(call.tx, queue)
    settle(box, queue, call.node.clock.now_ms())
    return {name: str(count) for name, count in zip(_COUNTS, box.counts(), strict=True)}
