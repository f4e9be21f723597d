"""ListMetrics: which metrics there are, those of the last fifteen days."""

from typing import Any, Final

from headwater.monitoring.catalog import SEEN_TOLERANCE_S
from headwater.monitoring.catalog import list_metrics as find
from headwater.monitoring.points import COARSE_S_MAX
from headwater.operations.call import Call
from headwater.operations.monitoring.metric_params import (
    monitoring_of,
    now_s,
    refuse,
    shown_metric,
    shown_token,
    token_param,
)

_PAGE: Final = 500
_RECENT_S: Final = 3 * 60 * 60


async def list_metrics(call: Call) -> dict[str, Any]:
    """Source: AWS, CloudWatch API reference, "ListMetrics"."""
    params = call.params
    refuse(params, "IncludeLinkedAccounts", "OwningAccount")
    await monitoring_of(call).keeper.flush()
    recent = "RecentlyActive" in params
    seen_from_s = now_s(call) - (_RECENT_S if recent else COARSE_S_MAX) - SEEN_TOLERANCE_S
    wanted = [(one["Name"], one.get("Value")) for one in params.get("Dimensions", ())]
    found, last = await call.node.engine.run(
        lambda tx: find(
            tx,
            call.scope,
            params.get("Namespace"),
            params.get("MetricName"),
            wanted,
            after=token_param(params),
            seen_from_s=seen_from_s,
            limit=_PAGE,
        )
    )
    metrics = [shown_metric(one.namespace, one.name, one.dimensions) for one in found]
    return {"Metrics": metrics, **shown_token(last)}
