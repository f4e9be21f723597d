"""DescribeAlarmsForMetric: the alarms that look at one metric."""

from typing import Any, Final

from headwater.monitoring.alarms.alarm import Alarm
from headwater.monitoring.alarms.alarms import every_alarm
from headwater.monitoring.queries import dimensions_of
from headwater.operations.call import Call

_NARROWER: Final = ("Statistic", "ExtendedStatistic", "Period", "Unit")


def describe_alarms_for_metric(call: Call) -> dict[str, Any]:
    """Source: AWS, CloudWatch API reference, "DescribeAlarmsForMetric"."""
    found = [alarm for alarm in every_alarm(call.tx, call.scope) if _matches(alarm, call.params)]
    return {"MetricAlarms": [alarm.shown() for alarm in found]}


def _matches(alarm: Alarm, params: dict[str, Any]) -> bool:
    """Also an alarm of an expression that has the metric in it."""
    dimensions = dimensions_of(params.get("Dimensions"))
    for query in alarm.queries:
        metric = query.get("MetricStat", {}).get("Metric", {})
        if (
            metric.get("Namespace") == params["Namespace"]
            and metric.get("MetricName") == params["MetricName"]
            and dimensions_of(metric.get("Dimensions")) == dimensions
        ):
            return all(alarm.config.get(name) == params.get(name) for name in _given(params))
    return False


def _given(params: dict[str, Any]) -> list[str]:
    return [name for name in _NARROWER if name in params]
