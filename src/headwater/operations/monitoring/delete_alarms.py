"""DeleteAlarms: delete up to 100 alarms."""

from typing import Any

from headwater.errors import NoSuchResource
from headwater.monitoring.alarms.alarms import find_alarm
from headwater.operations.call import Call
from headwater.operations.monitoring.metric_params import monitoring_of


def delete_alarms(call: Call) -> dict[str, Any]:
    """Names without an alarm are passed over, unless none has one.

    Source: AWS, CloudWatch API reference, "DeleteAlarms".
    """
    deleted = 0
    for name in dict.fromkeys(call.params["AlarmNames"]):
        try:
            monitoring_of(call).alarms.delete(call.tx, find_alarm(call.tx, call.scope, name))
            deleted += 1
        except NoSuchResource:
            continue
    if not deleted:
        raise NoSuchResource("None of the named alarms exists.")
    return {}
