"""ListTables: names, sorted by their bytes, a page at a time."""

from typing import Any

from headwater.limits import LIST_TABLES_MAX
from headwater.operations.call import Call


def list_tables(call: Call) -> dict[str, Any]:
    """ExclusiveStartTableName need not be a table that is there."""
    limit = call.params.get("Limit", LIST_TABLES_MAX)
    after = call.params.get("ExclusiveStartTableName", "")
    names = call.node.catalog.names(call.tx, call.scope, after, limit + 1)
    answer: dict[str, Any] = {"TableNames": names[:limit]}
    if len(names) > limit:
        answer["LastEvaluatedTableName"] = names[limit - 1]
    return answer
