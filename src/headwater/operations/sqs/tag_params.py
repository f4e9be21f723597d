"""The tags of a queue, checked. They are kept and shown, and mean nothing to the node."""

from headwater.errors import InvalidParameterValue
from headwater.limits import QUEUE_TAGS_MAX

_KEY_LENGTH_MAX = 128
_VALUE_LENGTH_MAX = 256


def checked_tags(tags: dict[str, str]) -> dict[str, str]:
    """All tags a queue is to have. Raises InvalidParameterValue."""
    if len(tags) > QUEUE_TAGS_MAX:
        raise InvalidParameterValue(f"Too many tags added for queue: at most {QUEUE_TAGS_MAX}.")
    for key, value in tags.items():
        if not 1 <= len(key) <= _KEY_LENGTH_MAX or key.lower().startswith("aws:"):
            raise InvalidParameterValue(f"Tag key {key} is invalid.")
        if len(value) > _VALUE_LENGTH_MAX:
            raise InvalidParameterValue(f"The value of tag {key} is invalid.")
    return tags
