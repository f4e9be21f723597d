"""UntagResource: remove tags from an alarm."""

from typing import Any

from headwater.operations.call import Call
from headwater.operations.monitoring.metric_params import monitoring_of
from headwater.operations.monitoring.tagged import tagged_alarm


def untag_resource(call: Call) -> dict[str, Any]:
    alarm = tagged_alarm(call)
    gone = call.params["TagKeys"]
    tags = {name: value for name, value in alarm.tags.items() if name not in gone}
    monitoring_of(call).alarms.change(call.tx, alarm, alarm.config, tags)
    return {}
