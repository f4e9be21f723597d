"""ListContributorInsights: the tables and indexes whose insights are asked for, page by page."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

from headwater.errors import Validation
from headwater.operations.call import Call
from headwater.operations.dynamodb.insight_params import insights_of
from headwater.operations.dynamodb.table_params import table_of

PAGE_MAX = 100


def list_contributor_insights(call: Call) -> dict[str, Any]:
    """Raises Validation for a NextToken that none gave out or an empty page, ResourceNotFound."""
    catalog = call.node.catalog
    if "TableName" in call.params:
        tables = [table_of(call)]
    else:
        tables = [table for table in catalog.every(call.tx) if table.scope == call.scope]
    after = _read_token(call.params.get("NextToken"))
    found = sorted(
        (table.name, index, known["Mode"])
        for table in tables
        for index, known in insights_of(table).items()
        if (table.name, index) > after
    )
    limit = _limit(call.params.get("MaxResults"))
    answer: dict[str, Any] = {
        "ContributorInsightsSummaries": [
            {
                "TableName": name,
                **({"IndexName": index} if index else {}),
                "ContributorInsightsStatus": "ENABLED",
                "ContributorInsightsMode": mode,
            }
            for name, index, mode in found[:limit]
        ]
    }
    if len(found) > limit:
        name, index, _ = found[limit - 1]
        answer["NextToken"] = urlsafe_b64encode(f"{name}/{index}".encode()).decode()
    return answer


def _limit(asked: int | None) -> int:
    if asked is not None and asked < 1:
        # The model has no least value for it.
        raise Validation(
            f"1 validation error detected: Value '{asked}' at 'maxResults' failed to satisfy "
            "constraint: Member must have value greater than or equal to 1"
        )
    return min(asked or PAGE_MAX, PAGE_MAX)


def _read_token(token: str | None) -> tuple[str, str]:
    """The table and the index to go on after."""
    if token is None:
        return "", ""
    try:
        name, slash, index = urlsafe_b64decode(token.encode()).decode().partition("/")
    except ValueError:
        slash = ""
    if not slash:
        raise Validation("Invalid NextToken")
    return name, index
