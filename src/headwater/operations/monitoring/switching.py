"""What EnableAlarmActions and DisableAlarmActions share."""

from typing import Any

from headwater.errors import NoSuchResource
from headwater.monitoring.alarms.alarms import find_alarm
from headwater.operations.call import Call
from headwater.operations.monitoring.metric_params import monitoring_of


def switch_actions(call: Call, *, on: bool) -> dict[str, Any]:
    """Names without an alarm are passed over, as AWS does."""
    for name in call.params["AlarmNames"]:
        try:
            alarm = find_alarm(call.tx, call.scope, name)
        except NoSuchResource:
            continue
        config = {**alarm.config, "ActionsEnabled": on}
        monitoring_of(call).alarms.change(call.tx, alarm, config, alarm.tags)
    return {}
