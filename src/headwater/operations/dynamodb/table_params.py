"""Which table a request means: by name or ARN, in the caller's own scope.

AWS has two texts for a table that is not there, one of the calls that manage tables and one of
those that work with items; which of them a call gives is decided here and nowhere else.
"""

from headwater.arns import parse_arn
from headwater.errors import AccessDenied, ResourceInUse, ResourceNotFound, Validation
from headwater.operations.call import Call
from headwater.tables.schema import CREATING, Table

# The calls that manage tables. They name the missing table; all others do not (recorded).
_NAMING = frozenset(
    {
        "DeleteTable",
        "DescribeContributorInsights",
        "DescribeKinesisStreamingDestination",
        "DescribeTable",
        "DescribeTimeToLive",
        "DisableKinesisStreamingDestination",
        "EnableKinesisStreamingDestination",
        "ListContributorInsights",
        "UpdateContributorInsights",
        "UpdateKinesisStreamingDestination",
        "UpdateTable",
        "UpdateTimeToLive",
    }
)


# Those that change a table: not while a restore or an import is filling it.
_CHANGING = frozenset(
    {
        "DeleteTable",
        "EnableKinesisStreamingDestination",
        "UpdateTable",
        "UpdateTimeToLive",
    }
)


def table_of(call: Call) -> Table:
    """The table that the request's TableName (a name or an ARN) means.

    Raises ResourceNotFound in the words of the call's family, Validation for an ARN that is none
    of a table, ResourceInUse for a change of a table that is still being made.
    """
    table = table_named(call, call.params["TableName"])
    if table.schema.status == CREATING and call.operation in _CHANGING:
        raise ResourceInUse(
            "Attempt to change a resource which is still in use: Table is being created: "
            f"{table.name}"
        )
    return table


def table_named(call: Call, reference: str) -> Table:
    """As `table_of`, for a table named elsewhere in the request (batches, transactions).

    reference  a table's name or ARN
    """
    name: str | None = reference
    if reference.startswith("arn:"):
        name = _name_in_arn(call, reference)
    if name is not None:
        table = call.node.catalog.find(call.tx, call.scope, name)
        if table is not None:
            return table
    raise table_missing(call, reference)


def table_missing(call: Call, reference: str) -> ResourceNotFound:
    """The error for a table that is not there, in the words of the call's family."""
    if call.operation in _NAMING:
        shown = reference.rpartition("/")[2]
        return ResourceNotFound(f"Requested resource not found: Table: {shown} not found")
    return ResourceNotFound("Requested resource not found")


def _name_in_arn(call: Call, reference: str) -> str | None:
    """The table's name in an ARN, or None if it lies in another account or region."""
    arn = parse_arn(reference)
    kind, _, name = (arn.resource if arn is not None else "").partition("/")
    if arn is None or arn.service != "dynamodb" or kind != "table" or not name or "/" in name:
        raise Validation(f"Invalid TableArn: Invalid ResourceArn provided as input {reference}")
    if (arn.account, arn.region) == call.scope:
        return name
    if call.operation not in _NAMING:
        return None
    # The calls that manage tables tell what is wrong with it (recorded, October 2026).
    if arn.region != call.scope.region:
        raise Validation(f"1 validation error detected: Invalid AWS region in '{reference}'")
    raise AccessDenied("Access is denied")
