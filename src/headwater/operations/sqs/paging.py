"""Pages of queue URLs: MaxResults and NextToken of the operations that list."""

import binascii
from base64 import b64decode, b64encode
from typing import Any

from headwater.errors import InvalidParameterValue
from headwater.limits import LIST_QUEUES_MAX
from headwater.operations.call import Call
from headwater.queues.document import Queue
from headwater.queues.names import queue_url


def page_start(params: dict[str, Any]) -> tuple[str, int]:
    """The name after which the page begins, "" for the first, and how many queues it holds.

    Raises InvalidParameterValue.
    """
    limit = params.get("MaxResults", LIST_QUEUES_MAX)
    if not 1 <= limit <= LIST_QUEUES_MAX:
        raise InvalidParameterValue(
            f"Value {limit} for parameter MaxResults is invalid. Reason: MaxResults must be an "
            f"integer between 1 and {LIST_QUEUES_MAX}."
        )
    token = params.get("NextToken")
    if not token:
        return "", limit
    try:
        return b64decode(token, validate=True).decode(), limit
    except (binascii.Error, ValueError):
        raise InvalidParameterValue("Invalid or expired next token.") from None


def page_answer(call: Call, member: str, found: list[Queue], limit: int) -> dict[str, Any]:
    """The answer that lists `found`, of which there is one too many if there is another page."""
    node_url = call.node.url
    urls = [queue_url(node_url, call.scope, queue.name) for queue in found[:limit]]
    answer: dict[str, Any] = {member: urls}
    # AWS shows a caller that does not page the first 1000, and no token.
    if len(found) > limit and "MaxResults" in call.params:
        answer["NextToken"] = b64encode(found[limit - 1].name.encode()).decode()
    return answer
