"""What a function's dead-letter queue or topic gets: the event itself, and why as attributes.

Source: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
"""

from typing import Any, Final

import orjson

from headwater.functions.document import Document
from headwater.functions.invocation import Invocation

_MESSAGE_BYTES_MAX: Final = 1024


def dead_letter_target(document: Document) -> str:
    """The ARN of a function's queue or topic; "" if it has none."""
    target: str = document["configuration"].get("DeadLetterConfig", {}).get("TargetArn", "")
    return target


def attributes_of(request_id: str, answer: Invocation | None) -> dict[str, Any]:
    """RequestID, and of an invocation that was made ErrorCode and ErrorMessage."""
    attributes = {"RequestID": {"DataType": "String", "StringValue": request_id}}
    if answer is None:
        return attributes
    message = _message(answer.payload)
    return attributes | {
        # The status of the invocation's answer, which is well although the function is not.
        "ErrorCode": {"DataType": "Number", "StringValue": "200"},
        "ErrorMessage": {"DataType": "String", "StringValue": message},
    }


def _message(payload: bytes) -> str:
    """The first kilobyte of an error's text."""
    try:
        said = orjson.loads(payload)
    except orjson.JSONDecodeError:
        said = None
    text = said.get("errorMessage") if isinstance(said, dict) else None
    whole = text if isinstance(text, str) and text else payload.decode("utf-8", "replace")
    return whole.encode()[:_MESSAGE_BYTES_MAX].decode("utf-8", "ignore") or "unknown"
