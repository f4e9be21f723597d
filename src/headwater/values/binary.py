"""Binary values: base64 texts, as DynamoDB takes them on the wire and as they are kept.

The text a caller sends has to be canonical base64 already (padded, no blanks, no stray bits behind
the last byte); AWS refuses any other, so nothing is ever rewritten.
"""

import re
from binascii import a2b_base64

from headwater.errors import Serialization

is_base64 = re.compile(
    r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?"
).fullmatch
_STRANGER = re.compile(r"[^A-Za-z0-9+/]")


def raw_bytes(encoded: str) -> bytes:
    """The bytes behind a canonical base64 text."""
    return a2b_base64(encoded)


def check_base64(encoded: str) -> None:
    """Raise Serialization, in AWS's words, unless the text is canonical base64.

    >>> check_base64("AA==")
    """
    if is_base64(encoded):
        return
    if len(encoded) % 4:
        raise Serialization(
            f"Base64 encoded length is expected a multiple of 4 bytes but found: {len(encoded)}"
        )
    # rstrip would forgive "A===", whose third "=" is a stranger.
    body = encoded[:-2] + encoded[-2:].rstrip("=")
    stranger = _STRANGER.search(body)
    if stranger:
        raise Serialization(f"Invalid base 64 character: '{stranger[0]}'")
    raise Serialization("Invalid last non-pad base 64 character dectected")
