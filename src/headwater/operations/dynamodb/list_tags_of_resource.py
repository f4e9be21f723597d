"""ListTagsOfResource: the tags of a table. All of them fit one page, so no page has a token."""

from typing import Any

from headwater.errors import AccessDenied, ResourceNotFound, Validation
from headwater.operations.call import Call
from headwater.operations.dynamodb.tag_params import tagged_table


def list_tags_of_resource(call: Call) -> dict[str, Any]:
    """Raises Validation, also for any NextToken, since none was given out; AccessDenied."""
    if "NextToken" in call.params:
        raise Validation("Invalid NextToken")
    try:
        table = tagged_table(call)
    except ResourceNotFound:
        # AWS has been seen to answer either; the public conformance suite recorded this one.
        arn = call.params["ResourceArn"]
        raise AccessDenied(
            f"User: arn:aws:iam::{call.scope.account}:root is not authorized to perform: "
            f"dynamodb:ListTagsOfResource on resource: {arn}"
        ) from None
    tags = table.schema.settings.get("Tags", {})
    return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}
