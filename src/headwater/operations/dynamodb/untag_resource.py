"""UntagResource: take tags from a table. Keys it does not have are fine."""

from dataclasses import replace

from headwater.operations.call import Call
from headwater.operations.dynamodb.tag_params import tag_keys_param, tagged_table
from headwater.tables.definition import change
from headwater.wire.reply import Reply


def untag_resource(call: Call) -> Reply:
    """Raises Validation, ResourceNotFound, AccessDenied."""
    gone = tag_keys_param(call.params["TagKeys"])
    table = tagged_table(call)
    settings = dict(table.schema.settings)
    settings["Tags"] = {
        key: value for key, value in settings.get("Tags", {}).items() if key not in gone
    }
    change(call.tx, call.node.catalog, table, replace(table.schema, settings=settings))
    return Reply()
