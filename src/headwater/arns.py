"""Amazon Resource Names, and the scope (account and region) that everything lives in.

Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html,
list_awslambda.html and list_amazonsqs.html. This file knows the forms; it does not know whether
a thing exists.
"""

from typing import NamedTuple

DEFAULT_ACCOUNT = "000000000000"
DEFAULT_REGION = "us-east-1"


class Scope(NamedTuple):
    """One world: tables, streams and functions of different scopes never see each other."""

    account: str  # 12 digits
    region: str  # us-east-1


class Arn(NamedTuple):
    """The six parts of an ARN: arn:partition:service:region:account:resource."""

    partition: str
    service: str
    region: str
    account: str
    resource: str


def parse_arn(text: str) -> Arn | None:
    """The parts of `text`, or None if it is not an ARN at all.

    >>> parse_arn("arn:aws:dynamodb:us-east-1:000000000000:table/Orders").resource
    'table/Orders'
    >>> parse_arn("Orders") is None
    True
    """
    parts = text.split(":", 5)
    if len(parts) != 6 or parts[0] != "arn" or not parts[5]:
        return None
    return Arn(parts[1], parts[2], parts[3], parts[4], parts[5])


def table_arn(scope: Scope, table: str) -> str:
    return f"arn:aws:dynamodb:{scope.region}:{scope.account}:table/{table}"


def index_arn(scope: Scope, table: str, index: str) -> str:
    return f"{table_arn(scope, table)}/index/{index}"


def stream_arn(scope: Scope, table: str, label: str) -> str:
    """label: creation time in UTC with three decimals, 2026-03-04T05:06:07.891"""
    return f"{table_arn(scope, table)}/stream/{label}"


def function_arn(scope: Scope, function: str, qualifier: str | None = None) -> str:
    suffix = f":{qualifier}" if qualifier else ""
    return f"arn:aws:lambda:{scope.region}:{scope.account}:function:{function}{suffix}"


def layer_arn(scope: Scope, layer: str) -> str:
    return f"arn:aws:lambda:{scope.region}:{scope.account}:layer:{layer}"


def mapping_arn(scope: Scope, mapping_uuid: str) -> str:
    return f"arn:aws:lambda:{scope.region}:{scope.account}:event-source-mapping:{mapping_uuid}"


def queue_arn(scope: Scope, queue: str) -> str:
    return f"arn:aws:sqs:{scope.region}:{scope.account}:{queue}"


class StreamName(NamedTuple):
    """What a stream ARN names; or, hidden, a table's internal log, which no ARN names."""

    scope: Scope
    table: str
    label: str
    hidden: bool = False


def parse_stream_arn(text: str) -> StreamName | None:
    """The stream that `text` names, or None if it is not the ARN of a DynamoDB stream.

    >>> scope = Scope("000000000000", "us-east-1")
    >>> parse_stream_arn(stream_arn(scope, "T", "2026-01-01T00:00:00.000")).table
    'T'
    """
    arn = parse_arn(text)
    if arn is None or arn.service != "dynamodb":
        return None
    parts = arn.resource.split("/")
    if len(parts) != 4 or parts[0] != "table" or parts[2] != "stream":
        return None
    if not parts[1] or not parts[3]:
        return None
    return StreamName(Scope(arn.account, arn.region), parts[1], parts[3])
