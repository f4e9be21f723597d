"""ListTagsOfResource: the tags of a table. All of them fit one page, so no page has a token."""

from typing import Any

from headwater.operations.call import Call
from headwater.operations.dynamodb.tag_params import tagged_table


def list_tags_of_resource(call: Call) -> dict[str, Any]:
    """Whatever NextToken is given is ignored (recorded, October 2026). Raises Validation,
    ResourceNotFound, AccessDenied."""
    tags = tagged_table(call).schema.settings.get("Tags", {})
    return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}
