"""PutMetricAlarm: make an alarm, or change one."""

from typing import Any

from headwater.operations.call import Call
from headwater.operations.monitoring.alarm_params import alarm_config
from headwater.operations.monitoring.metric_params import monitoring_of


def put_metric_alarm(call: Call) -> dict[str, Any]:
    """Source: AWS, CloudWatch API reference, "PutMetricAlarm"."""
    alarms = monitoring_of(call).alarms
    config = alarm_config(call.params, alarms.actions)
    tags = {tag["Key"]: tag["Value"] for tag in call.params.get("Tags", ())}
    alarms.put(call.tx, call.scope, call.params["AlarmName"], config, tags)
    return {}
