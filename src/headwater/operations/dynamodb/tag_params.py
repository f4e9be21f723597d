"""The table a tag operation's ResourceArn means."""

from headwater.arns import parse_arn
from headwater.errors import ResourceNotFound, Validation
from headwater.operations.call import Call
from headwater.tables.schema import Table


def tagged_table(call: Call) -> Table:
    """Raises Validation for what is no table's ARN, ResourceNotFound. Only tables have tags."""
    text = call.params["ResourceArn"]
    arn = parse_arn(text)
    kind, _, name = (arn.resource if arn is not None else "").partition("/")
    if arn is None or arn.service != "dynamodb" or kind != "table" or not name or "/" in name:
        raise Validation(f"Invalid TableArn: Invalid ResourceArn provided as input {text}")
    if (arn.account, arn.region) == call.scope:
        table = call.node.catalog.find(call.tx, call.scope, name)
        if table is not None:
            return table
    # AWS spells it so.
    raise ResourceNotFound(f"Requested resource not found: ResourcArn: {text} not found")
