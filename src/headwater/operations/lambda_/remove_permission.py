"""RemovePermission: forget a statement of who may invoke a function."""

from headwater.functions import policies
from headwater.operations.call import Call
from headwater.operations.lambda_.named import named
from headwater.wire.reply import Reply


def remove_permission(call: Call) -> Reply:
    name, qualifier = named(call)
    policies.remove_permission(call.tx, call.scope, name, qualifier, call.params, call.node.ids)
    return Reply(status=204)
