"""Which requests were throttled, of what, and why: events as AWS's metrics count them.

A throttled request is one request and one or more events: each item of a batch is one. What
AWS says in `ThrottlingReasons` names the table or index and the cause; where an error does not
carry them, its code says the cause or none does.
Source: AWS, DynamoDB developer guide, "CloudWatch throttling metrics".
"""

import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from headwater.arns import parse_arn
from headwater.errors import AwsError

_READS: Final = frozenset({"GetItem", "BatchGetItem", "Query", "Scan", "TransactGetItems"})
_WRITES: Final = frozenset(
    {"PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"}
)
_STATEMENTS: Final = frozenset({"ExecuteStatement", "BatchExecuteStatement", "ExecuteTransaction"})
_CAUSE_OF: Final = {
    "ProvisionedThroughputExceededException": "ProvisionedThroughput",
    "RequestLimitExceeded": "AccountLimit",
}
_REASON = re.compile(
    r"(?:Table|Index)(Read|Write)"
    r"(ProvisionedThroughput|AccountLimit|KeyRangeThroughput|MaxOnDemandThroughput)Exceeded"
)


class Event(NamedTuple):
    """Events of one metric. by_index: the global index it was; None: the table"""

    name: str
    table: str
    by_index: str | None
    times: int


def events(
    operation: str, params: dict[str, Any], tables: dict[str, int], error: AwsError
) -> Iterator[Event]:
    """The events of a request that `error` throttled.

    tables  that it names, with how many of its items are theirs
    """
    reasons = [found for one in _reasons(error) if (found := _told(one)) is not None]
    if reasons:
        for way, cause, table, index in reasons:
            times = tables.get(table, 1)
            yield Event(f"{way}ThrottleEvents", table, index, times)
            yield Event(f"{way}{cause}ThrottleEvents", table, index, times)
        return
    kind = way_of(operation, params)
    if kind is None:
        return
    why = _CAUSE_OF.get(error.code)
    for table, times in tables.items():
        yield Event(f"{kind}ThrottleEvents", table, None, times)
        if why is not None:
            yield Event(f"{kind}{why}ThrottleEvents", table, None, times)


def way_of(operation: str, params: dict[str, Any]) -> str | None:
    """Read, Write, or None for operations that use no units.

    >>> way_of("Query", {}), way_of("CreateTable", {})
    ('Read', None)
    """
    if operation in _STATEMENTS:
        statement = str(params.get("Statement", "SELECT")).lstrip()
        return "Read" if statement[:6].upper() == "SELECT" else "Write"
    if operation in _READS:
        return "Read"
    return "Write" if operation in _WRITES else None


def _reasons(error: AwsError) -> list[Any]:
    reasons = error.fields.get("ThrottlingReasons")
    return reasons if isinstance(reasons, list) else []


def _told(reason: Any) -> tuple[str, str, str, str | None] | None:
    """Read or Write, the cause, the table and the index of an entry of ThrottlingReasons."""
    if not isinstance(reason, dict):
        return None
    match = _REASON.fullmatch(str(reason.get("reason", "")))
    arn = parse_arn(str(reason.get("resource", "")))
    if match is None or arn is None or not arn.resource.startswith("table/"):
        return None
    parts = arn.resource.split("/")
    index = parts[3] if len(parts) == 4 and parts[2] == "index" else None
    return match[1], match[2], parts[1], index
