"""DescribeAlarms: alarms by name, state or what they do."""

from typing import Any, Final

from headwater.errors import InvalidParameterCombination
from headwater.monitoring.alarms.actions import ACTIONS_OF
from headwater.monitoring.alarms.alarm import Alarm
from headwater.monitoring.alarms.alarms import every_alarm
from headwater.operations.call import Call
from headwater.operations.monitoring.metric_params import refuse, shown_token, token_param

_PAGE: Final = 50


def describe_alarms(call: Call) -> dict[str, Any]:
    """Source: AWS, CloudWatch API reference, "DescribeAlarms"."""
    params = call.params
    refuse(params, "ChildrenOfAlarmName", "ParentsOfAlarmName")
    if "AlarmNames" in params and "AlarmNamePrefix" in params:
        raise InvalidParameterCombination(
            "The parameters AlarmNames and AlarmNamePrefix are mutually exclusive."
        )
    after = token_param(params)
    wants_metric = "MetricAlarm" in params.get("AlarmTypes", ["MetricAlarm"])
    found = [
        alarm
        for alarm in every_alarm(call.tx, call.scope)
        if wants_metric and _matches(alarm, params) and (after is None or alarm.key > after)
    ]
    limit = params.get("MaxRecords", _PAGE)
    last = found[limit - 1].key if len(found) > limit else None
    shown = [alarm.shown() for alarm in found[:limit]]
    return {"MetricAlarms": shown, "CompositeAlarms": [], **shown_token(last)}


def _matches(alarm: Alarm, params: dict[str, Any]) -> bool:
    prefix = params.get("ActionPrefix")
    actions = [action for name in ACTIONS_OF.values() for action in alarm.config[name]]
    return (
        ("AlarmNames" not in params or alarm.name in params["AlarmNames"])
        and alarm.name.startswith(params.get("AlarmNamePrefix", ""))
        and alarm.state.value == params.get("StateValue", alarm.state.value)
        and (prefix is None or any(action.startswith(prefix) for action in actions))
    )
