"""Pages of lists that are short enough to be read whole."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from typing import Any

from headwater.errors import InvalidParameterValue

LIST_MAX = 50  # entries of one page, whatever is asked for


def paged(entries: Sequence[Any], member: str, params: dict[str, Any]) -> dict[str, Any]:
    """The page of `entries` that Marker and MaxItems ask for. Raises InvalidParameterValue."""
    start = read_marker(params.get("Marker", ""))
    end = start + min(params.get("MaxItems", LIST_MAX), LIST_MAX)
    answer: dict[str, Any] = {member: list(entries[start:end])}
    if end < len(entries):
        answer["NextMarker"] = urlsafe_b64encode(str(end).encode()).decode()
    return answer


def read_marker(marker: str) -> int:
    """How many entries earlier pages had."""
    try:
        return int(urlsafe_b64decode(marker.encode()).decode() or "0")
    except ValueError:
        raise InvalidParameterValue("Invalid Marker value.") from None
