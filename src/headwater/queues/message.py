"""A message as it is stored, and as a receiver gets it."""

from collections.abc import Collection, Mapping
from typing import Any, Final, NamedTuple

import orjson

from headwater.queues.contents import asked_attributes, attributes_digest, body_digest

TRACE: Final = "AWSTraceHeader"
SYSTEM_ATTRIBUTES: Final = frozenset(
    (
        "All",
        "SenderId",
        "SentTimestamp",
        "ApproximateReceiveCount",
        "ApproximateFirstReceiveTimestamp",
        "SequenceNumber",
        "MessageDeduplicationId",
        "MessageGroupId",
        TRACE,
        "DeadLetterQueueSourceArn",
    )
)
"""What a receiver may ask for; a message of a standard queue does not have all of them."""


class Message(NamedTuple):
    """One message. It keeps its id and the time it was sent when it moves to another queue.

    attributes  the sender's, as on the wire
    trace       AWSTraceHeader; "": none
    source      ARN of the queue it was moved from; "": none
    """

    id: str
    body: str
    sender: str
    sent_ms: int
    attributes: Mapping[str, Any]
    trace: str = ""
    source: str = ""

    def encode(self) -> bytes:
        """Bytes for the store."""
        return orjson.dumps(tuple(self))


def decode_message(data: bytes) -> Message:
    return Message(*orjson.loads(data))


class Delivery(NamedTuple):
    """A message in a receiver's hands."""

    message: Message
    handle: str
    receives: int  # in all queues, with this one
    first_ms: int

    def shown(self, system: Collection[str], names: Collection[str]) -> dict[str, Any]:
        """As ReceiveMessage answers it.

        system  system attributes that are asked for
        names   attributes that are asked for
        """
        message = self.message
        shown: dict[str, Any] = {
            "MessageId": message.id,
            "ReceiptHandle": self.handle,
            "MD5OfBody": body_digest(message.body),
            "Body": message.body,
        }
        if system:
            known = self._system()
            everything = "All" in system
            chosen = {name: known[name] for name in known if everything or name in system}
            if chosen:
                shown["Attributes"] = chosen
        if names and message.attributes:
            asked = asked_attributes(message.attributes, names)
            if asked:
                shown["MessageAttributes"] = asked
                # Of what is sent with it: that is what clients check it against.
                shown["MD5OfMessageAttributes"] = attributes_digest(asked)
        return shown

    def _system(self) -> dict[str, str]:
        known = {
            "SenderId": self.message.sender,
            "ApproximateFirstReceiveTimestamp": str(self.first_ms),
            "ApproximateReceiveCount": str(self.receives),
            "SentTimestamp": str(self.message.sent_ms),
        }
        if self.message.trace:
            known[TRACE] = self.message.trace
        if self.message.source:
            known["DeadLetterQueueSourceArn"] = self.message.source
        return known
