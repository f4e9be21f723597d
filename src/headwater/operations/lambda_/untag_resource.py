"""UntagResource: remove tags of a function or of an event source mapping."""

from headwater.consumers.mappings import tags as mapping_tags
from headwater.functions.attached import remove_tags, tagged_function
from headwater.operations.call import Call
from headwater.wire.reply import Reply


def untag_resource(call: Call) -> Reply:
    arn, given = call.params["Resource"], call.params["TagKeys"]
    if mapping_tags.is_mapping_arn(arn):
        mapping_tags.remove_tags(call.tx, call.scope, arn, given)
    else:
        remove_tags(call.tx, call.scope, tagged_function(call.scope, arn), given)
    return Reply(status=204)
