"""UpdateContributorInsights: keep whether a table's or index's insights are asked for."""

from dataclasses import replace
from typing import Any

from headwater.operations.call import Call
from headwater.operations.dynamodb.insight_params import (
    DEFAULT_MODE,
    SETTING,
    insight_target,
    insights_of,
)
from headwater.tables.definition import change


def update_contributor_insights(call: Call) -> dict[str, Any]:
    """Raises ResourceNotFound."""
    table, index = insight_target(call)
    enable = call.params["ContributorInsightsAction"] == "ENABLE"
    known = dict(insights_of(table))
    mode = call.params.get("ContributorInsightsMode", DEFAULT_MODE)
    if enable:
        known[index] = {"Mode": mode, "UpdatedMs": call.node.clock.now_ms()}
    else:
        known.pop(index, None)
    settings = {**table.schema.settings, SETTING: known}
    change(call.tx, call.node.catalog, table, replace(table.schema, settings=settings))
    answer = {
        "TableName": table.name,
        "ContributorInsightsStatus": "ENABLING" if enable else "DISABLING",
        "ContributorInsightsMode": mode,
    }
    return answer | ({"IndexName": index} if index else {})
