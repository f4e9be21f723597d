"""AWS JSON 1.0 and 1.1: one JSON document each way, the operation named by a header.

This file knows bytes and JSON. Which operation is meant is `routing.py`, whether the document is
a valid request is `shapes.py`, how an error looks is `fault.py`.
"""

from typing import Any, Final

import orjson

from headwater.errors import Serialization

JSON_1_0: Final = b"application/x-amz-json-1.0"
JSON_1_1: Final = b"application/x-amz-json-1.1"

CONTENT_TYPES: Final = {
    JSON_1_0: JSON_1_0,
    JSON_1_1: JSON_1_1,
    b"application/json": JSON_1_0,
}
"""Content type of a request, without parameters -> that of its reply."""


def decode(body: bytes) -> Any:
    """The JSON value of a request's body.

    Raises Serialization without a text, as AWS does, if it is empty, not UTF-8, not JSON, or
    nested deeper than the parser goes (1,024 levels).
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Serialization from None


def encode(answer: dict[str, Any]) -> bytes:
    return orjson.dumps(answer)


def reply_content_type(content_type: bytes) -> bytes | None:
    """The content type to answer `content_type` with, or None if the protocol does not take it.

    >>> reply_content_type(b"application/x-amz-json-1.1; charset=utf-8")
    b'application/x-amz-json-1.1'
    """
    plain = CONTENT_TYPES.get(content_type)
    if plain is not None:
        return plain
    return CONTENT_TYPES.get(content_type.partition(b";")[0].strip().lower())
