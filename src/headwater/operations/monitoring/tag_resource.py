"""TagResource: add tags to an alarm."""

from typing import Any

from headwater.operations.call import Call
from headwater.operations.monitoring.metric_params import monitoring_of
from headwater.operations.monitoring.tagged import tagged_alarm


def tag_resource(call: Call) -> dict[str, Any]:
    alarm = tagged_alarm(call)
    tags = {**alarm.tags, **{tag["Key"]: tag["Value"] for tag in call.params["Tags"]}}
    monitoring_of(call).alarms.change(call.tx, alarm, alarm.config, tags)
    return {}
