"""ListTags: the tags of a function."""

from typing import Any

from headwater.functions.attached import get_tags, tagged_function
from headwater.operations.call import Call


def list_tags(call: Call) -> dict[str, Any]:
    name = tagged_function(call.scope, call.params["Resource"])
    return {"Tags": get_tags(call.tx, call.scope, name)}
