"""ListContributorInsights: the tables and indexes whose insights are asked for, in one page."""

from typing import Any

from headwater.errors import Validation
from headwater.operations.call import Call
from headwater.operations.dynamodb.insight_params import insights_of
from headwater.operations.dynamodb.table_params import table_of


def list_contributor_insights(call: Call) -> dict[str, Any]:
    """Raises Validation for any NextToken, since none was given out; ResourceNotFound."""
    if "NextToken" in call.params:
        raise Validation("Invalid NextToken")
    catalog = call.node.catalog
    if "TableName" in call.params:
        tables = [table_of(call)]
    else:
        tables = [table for table in catalog.every(call.tx) if table.scope == call.scope]
    return {
        "ContributorInsightsSummaries": [
            {
                "TableName": table.name,
                **({"IndexName": index} if index else {}),
                "ContributorInsightsStatus": "ENABLED",
                "ContributorInsightsMode": known["Mode"],
            }
            for table in tables
            for index, known in insights_of(table).items()
        ]
    }
