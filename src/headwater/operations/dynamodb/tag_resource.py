"""TagResource: give a table tags, or known ones new values."""

from dataclasses import replace

from headwater.errors import Validation
from headwater.operations.call import Call
from headwater.operations.dynamodb.tag_params import merged_tags, tagged_table, tags_param
from headwater.tables.definition import change
from headwater.wire.reply import Reply


def tag_resource(call: Call) -> Reply:
    """Raises Validation, ResourceNotFound, AccessDenied."""
    if not call.params["Tags"]:
        raise Validation("Atleast one Tag needs to be provided as Input.")
    added = tags_param(call.params["Tags"])
    table = tagged_table(call)
    settings = dict(table.schema.settings)
    settings["Tags"] = merged_tags(settings.get("Tags", {}), added)
    change(call.tx, call.node.catalog, table, replace(table.schema, settings=settings))
    return Reply()
