"""DescribeAlarmHistory: what happened to alarms, those that were deleted too."""

from typing import Any, Final

from headwater.monitoring.alarms.history import read_history
from headwater.operations.call import Call
from headwater.operations.monitoring.metric_params import refuse, shown_token, token_param

_PAGE: Final = 100


def describe_alarm_history(call: Call) -> dict[str, Any]:
    """Source: AWS, CloudWatch API reference, "DescribeAlarmHistory"."""
    params = call.params
    refuse(params, "AlarmContributorId")
    kind = params.get("HistoryItemType")
    start_ms = params.get("StartDate", 0) * 1000
    end_ms = params.get("EndDate", 1 << 43) * 1000
    wants_metric = "MetricAlarm" in params.get("AlarmTypes", ["MetricAlarm"])
    found = [
        (key[-8:], entry)
        for key, entry in read_history(call.tx, call.scope, params.get("AlarmName"))
        if wants_metric and kind in (None, entry.kind) and start_ms <= entry.at_ms <= end_ms
    ]
    is_rising = params.get("ScanBy") == "TimestampAscending"
    if not is_rising:
        found.reverse()
    after = token_param(params)
    if after is not None:
        found = [one for one in found if (one[0] > after if is_rising else one[0] < after)]
    limit = params.get("MaxRecords", _PAGE)
    last = found[limit - 1][0] if len(found) > limit else None
    return {"AlarmHistoryItems": [one.shown() for _, one in found[:limit]], **shown_token(last)}
