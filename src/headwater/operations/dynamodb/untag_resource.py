"""UntagResource: take tags from a table. Keys it does not have are fine."""

from dataclasses import replace

from headwater.errors import Validation
from headwater.operations.call import Call
from headwater.operations.dynamodb.tag_params import tagged_table
from headwater.tables.definition import change
from headwater.wire.reply import Reply


def untag_resource(call: Call) -> Reply:
    """Raises Validation, ResourceNotFound."""
    if not call.params["TagKeys"]:
        raise Validation("Atleast one Tag Key needs to be provided as Input.")
    table = tagged_table(call)
    settings = dict(table.schema.settings)
    gone = set(call.params["TagKeys"])
    settings["Tags"] = {
        key: value for key, value in settings.get("Tags", {}).items() if key not in gone
    }
    change(call.tx, call.node.catalog, table, replace(table.schema, settings=settings))
    return Reply()
