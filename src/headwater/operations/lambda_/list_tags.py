"""ListTags: the tags of a function or of an event source mapping."""

from typing import Any

from headwater.consumers.mappings import tags as mapping_tags
from headwater.functions.attached import get_tags, tagged_function
from headwater.operations.call import Call


def list_tags(call: Call) -> dict[str, Any]:
    arn = call.params["Resource"]
    if mapping_tags.is_mapping_arn(arn):
        return {"Tags": mapping_tags.get_tags(call.tx, call.scope, arn)}
    name = tagged_function(call.scope, arn)
    return {"Tags": get_tags(call.tx, call.scope, name)}
