"""DeleteAlias: forget a name; the version it points to stays."""

from headwater.functions import aliases
from headwater.operations.call import Call
from headwater.operations.lambda_.named import unqualified_name
from headwater.wire.reply import Reply


def delete_alias(call: Call) -> Reply:
    aliases.delete_alias(call.tx, call.scope, unqualified_name(call), call.params["Name"])
    return Reply(status=204)
