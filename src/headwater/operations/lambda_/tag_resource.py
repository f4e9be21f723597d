"""TagResource: set tags of a function."""

from headwater.functions.attached import add_tags, tagged_function
from headwater.operations.call import Call
from headwater.wire.reply import Reply


def tag_resource(call: Call) -> Reply:
    name = tagged_function(call.scope, call.params["Resource"])
    add_tags(call.tx, call.scope, name, call.params["Tags"])
    return Reply(status=204)
