"""DescribeContributorInsights: whether a table's or index's insights are asked for."""

from typing import Any

from headwater.operations.call import Call
from headwater.operations.dynamodb.insight_params import insight_target, insights_of


def describe_contributor_insights(call: Call) -> dict[str, Any]:
    """Raises ResourceNotFound."""
    table, index = insight_target(call)
    answer: dict[str, Any] = {"TableName": table.name}
    if index:
        answer["IndexName"] = index
    known = insights_of(table).get(index)
    if known is None:
        return answer | {"ContributorInsightsStatus": "DISABLED"}
    rule = f"DynamoDBContributorInsights-{{}}-{table.name}" + (f"-{index}" if index else "")
    return answer | {
        "ContributorInsightsStatus": "ENABLED",
        "ContributorInsightsMode": known["Mode"],
        "ContributorInsightsRuleList": [rule.format(kind) for kind in ("PKC", "PKT")],
        "LastUpdateDateTime": known["UpdatedMs"] / 1000,
    }
