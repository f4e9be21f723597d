"""SetAlarmState: put an alarm into a state until it is judged the next time."""

from typing import Any

import orjson

from headwater.errors import InvalidParameterValue
from headwater.monitoring.alarms.alarm import State
from headwater.monitoring.alarms.alarms import find_alarm
from headwater.operations.call import Call
from headwater.operations.monitoring.metric_params import monitoring_of


def set_alarm_state(call: Call) -> dict[str, Any]:
    """Source: AWS, CloudWatch API reference, "SetAlarmState"."""
    params = call.params
    data = params.get("StateReasonData", "")
    if data:
        try:
            orjson.loads(data)
        except orjson.JSONDecodeError:
            raise InvalidParameterValue("The parameter StateReasonData is not JSON.") from None
    alarm = find_alarm(call.tx, call.scope, params["AlarmName"])
    state = State(params["StateValue"], params["StateReason"], data)
    monitoring_of(call).alarms.set_state(call.tx, alarm, state)
    return {}
