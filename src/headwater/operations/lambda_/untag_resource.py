"""UntagResource: remove tags of a function."""

from headwater.functions.attached import remove_tags, tagged_function
from headwater.operations.call import Call
from headwater.wire.reply import Reply


def untag_resource(call: Call) -> Reply:
    name = tagged_function(call.scope, call.params["Resource"])
    remove_tags(call.tx, call.scope, name, call.params["TagKeys"])
    return Reply(status=204)
