"""What errors are called in AWS's older query protocol.

SQS spoke that protocol before it spoke JSON, and many programs still know its errors by the old
names. So it sends them along in a header, and clients show those.

    x-amzn-query-error: AWS.SimpleQueueService.NonExistentQueue;Sender

Source: SQS API reference, "Common errors" and the errors of each operation; recorded answers.
"""

from typing import Final

HEADER: Final = "x-amzn-query-error"

QUERY_PROTOCOL_BODY: Final = (
    b'<?xml version="1.0"?>\n'
    b'<ErrorResponse xmlns="http://queue.amazonaws.com/doc/2012-11-05/"><Error>'
    b"<Type>Sender</Type><Code>UnsupportedProtocol</Code><Message>Headwater speaks SQS's JSON "
    b"protocol and not the older query protocol. Use an SDK or a command line that does, too: "
    b"https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-json-faqs.html"
    b"</Message>"
    b"</Error></ErrorResponse>\n"
)
"""Sent with 400 to a request in the older protocol."""

_NAMESPACE = "AWS.SimpleQueueService."
_CODES: Final = {
    "QueueDoesNotExist": _NAMESPACE + "NonExistentQueue",
    "QueueNameExists": "QueueAlreadyExists",
    "InvalidParameterValueException": "InvalidParameterValue",
    "PurgeQueueInProgress": _NAMESPACE + "PurgeQueueInProgress",
    "EmptyBatchRequest": _NAMESPACE + "EmptyBatchRequest",
    "TooManyEntriesInBatchRequest": _NAMESPACE + "TooManyEntriesInBatchRequest",
    "BatchEntryIdsNotDistinct": _NAMESPACE + "BatchEntryIdsNotDistinct",
    "InvalidBatchEntryId": _NAMESPACE + "InvalidBatchEntryId",
    "BatchRequestTooLong": _NAMESPACE + "BatchRequestTooLong",
}


def query_code(code: str) -> str:
    """The old name of an error; most have kept theirs."""
    return _CODES.get(code, code)


def query_error(code: str, status: int) -> str:
    """The header's value. code: the old name"""
    return f"{code};{'Sender' if status < 500 else 'Receiver'}"
