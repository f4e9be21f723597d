"""One POST of JSON to a URL that somebody gave. It blocks, so it is for threads."""

import urllib.error
import urllib.request
from typing import Final

from headwater.outbound.failure import UNREACHABLE, CallFailed

TIMEOUT_S: Final = 10


def post_json(url: str, body: bytes) -> None:
    """Raises CallFailed unless the answer is a success."""
    headers = {"Content-Type": "application/json", "User-Agent": "Headwater"}
    request = urllib.request.Request(url, data=body, headers=headers, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S):
            pass
    except urllib.error.HTTPError as refused:
        refused.close()
        text = f"{url} answered {refused.code}"
        raise CallFailed(str(refused.code), text, answered=True) from None
    except (OSError, ValueError) as trouble:
        raise CallFailed(UNREACHABLE, f"{url} did not answer: {trouble}") from None
