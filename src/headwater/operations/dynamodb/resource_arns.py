"""ResourceArn, by which tags and policies name what they are of: a table, or a stream.

Source: recorded answers of AWS, October 2026. Tags and policies have words of their own for what
lies in another account or region; those for texts that are no such ARN are the same.
"""

from typing import NamedTuple

from headwater.arns import Scope, parse_arn
from headwater.errors import Validation
from headwater.operations.dynamodb.key_params import OMP


class Resource(NamedTuple):
    """What an ARN names. label: of a stream, None for a table itself."""

    scope: Scope
    table: str
    label: str | None


def named_resource(text: str) -> Resource:
    """Raises Validation for what is no ARN of a table or stream."""
    if not text.startswith("arn:"):
        raise Validation(f"{OMP}ARNs must start with 'arn:': {text}")
    arn = parse_arn(text)
    parts = arn.resource.split("/", 3) if arn is not None else []
    if arn is None or arn.service != "dynamodb" or parts[0] != "table" or not any(parts[1:2]):
        raise _foreign(text)
    name, rest = parts[1], parts[2:]
    scope = Scope(arn.account, arn.region)
    if not rest:
        return Resource(scope, name, None)
    if rest[0] == "stream" and len(rest) == 2:
        return Resource(scope, name, rest[1])
    if rest[0] == "index":
        raise Validation(
            f"{OMP}Invalid resource arn provided, only table or stream is accepted. Provided "
            f"resource arn: {text}"
        )
    raise _foreign(text)


def _foreign(text: str) -> Validation:
    return Validation(f"{OMP}Provided Arn is not a DynamoDB resource arn: {text}")
