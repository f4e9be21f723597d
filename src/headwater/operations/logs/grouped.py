"""What the operations on logs share: the node's log store, names, errors and page tokens."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from typing import Any

from headwater.arns import Scope, parse_arn
from headwater.errors import InvalidParameter, ResourceNotFound
from headwater.functions.functions import Functions
from headwater.functions.logs.store import LogStore
from headwater.operations.call import Call

NO_GROUP = "The specified log group does not exist."
NO_STREAM = "The specified log stream does not exist."


def logs_of(call: Call) -> LogStore:
    """The node's logs."""
    functions: Functions = call.node.functions
    return functions.logs


async def existing_group(call: Call) -> str:
    """The group that a call names, by name or ARN. Raises ResourceNotFound, InvalidParameter."""
    name = group_named(call)
    if not await logs_of(call).has(call.scope, name):
        raise ResourceNotFound(NO_GROUP)
    return name


def group_named(call: Call) -> str:
    """The group's name; whether it exists is not asked. Raises InvalidParameter."""
    name = call.params.get("logGroupName")
    identifier = call.params.get("logGroupIdentifier")
    if (name is None) == (identifier is None):
        raise InvalidParameter(
            "Exactly one of logGroupName and logGroupIdentifier must be specified."
        )
    if name is not None:
        return str(name)
    arn = parse_arn(str(identifier))
    if arn is None:
        return str(identifier)
    return arn.resource.removeprefix("log-group:").removesuffix(":*")


def group_arn(scope: Scope, group: str) -> str:
    return f"arn:aws:logs:{scope.region}:{scope.account}:log-group:{group}"


def paged(entries: Sequence[Any], member: str, params: dict[str, Any], limit: int) -> Any:
    """The page of `entries` that nextToken and limit ask for. Raises InvalidParameter."""
    start = read_token(params.get("nextToken"))
    end = start + params.get("limit", limit)
    answer: dict[str, Any] = {member: list(entries[start:end])}
    if end < len(entries):
        answer["nextToken"] = make_token(end)
    return answer


def make_token(number: int) -> str:
    return urlsafe_b64encode(str(number).encode()).decode()


def read_token(token: str | None) -> int:
    """The number that `make_token` was given; 0 for no token. Raises InvalidParameter."""
    if token is None:
        return 0
    try:
        return int(urlsafe_b64decode(token.encode()).decode())
    except ValueError:
        raise InvalidParameter("The specified nextToken is invalid.") from None
