"""What is told when an alarm changes its state: to topics and webhooks, and to functions.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-actions.html and
alarms-and-actions-Lambda.html, and recorded messages.
"""

from typing import Any, Final, NamedTuple

import orjson

from headwater.monitoring.alarms.alarm import Alarm, State
from headwater.monitoring.alarms.judgement import MISSING
from headwater.monitoring.alarms.reasons import moment

_REGIONS: Final = {
    "us-east-1": "US East (N. Virginia)",
    "us-east-2": "US East (Ohio)",
    "us-west-1": "US West (N. California)",
    "us-west-2": "US West (Oregon)",
    "eu-west-1": "EU (Ireland)",
    "eu-central-1": "EU (Frankfurt)",
}


class Turn(NamedTuple):
    """A change of state. alarm: as it is now"""

    alarm: Alarm
    old: State
    at_ms: int


def subject(turn: Turn) -> str:
    """Of the message to a topic, which takes 100 characters."""
    alarm = turn.alarm
    region = _REGIONS.get(alarm.scope.region, alarm.scope.region)
    return f'{alarm.state.value}: "{alarm.name}" in {region}'[:100]


def message(turn: Turn) -> str:
    """JSON for a topic or a webhook."""
    alarm, config = turn.alarm, turn.alarm.config
    scope = alarm.scope
    body: dict[str, Any] = {
        "AlarmName": alarm.name,
        "AlarmDescription": config.get("AlarmDescription"),
        "AWSAccountId": scope.account,
        "AlarmConfigurationUpdatedTimestamp": moment(alarm.changed_ms),
        "NewStateValue": alarm.state.value,
        "NewStateReason": alarm.state.reason,
        "StateChangeTime": moment(turn.at_ms),
        "Region": _REGIONS.get(scope.region, scope.region),
        "AlarmArn": alarm.arn,
        "OldStateValue": turn.old.value,
        "OKActions": config["OKActions"],
        "AlarmActions": config["AlarmActions"],
        "InsufficientDataActions": config["InsufficientDataActions"],
        "Trigger": _trigger(config),
    }
    return orjson.dumps(body).decode()


def _trigger(config: dict[str, Any]) -> dict[str, Any]:
    trigger: dict[str, Any] = {
        "Period": config.get("Period"),
        "EvaluationPeriods": config["EvaluationPeriods"],
        "DatapointsToAlarm": config.get("DatapointsToAlarm", config["EvaluationPeriods"]),
        "ComparisonOperator": config["ComparisonOperator"],
        "Threshold": config["Threshold"],
        "TreatMissingData": config.get("TreatMissingData", MISSING),
        "EvaluateLowSampleCountPercentile": "",
    }
    if "Metrics" in config:
        return {**trigger, "Metrics": config["Metrics"]}
    statistic = config.get("Statistic")
    return {
        "MetricName": config["MetricName"],
        "Namespace": config["Namespace"],
        "StatisticType": "Statistic" if statistic else "ExtendedStatistic",
        **({"Statistic": statistic.upper()} if statistic else {}),
        **({} if statistic else {"ExtendedStatistic": config["ExtendedStatistic"]}),
        "Unit": config.get("Unit"),
        "Dimensions": [
            {"value": one["Value"], "name": one["Name"]} for one in config["Dimensions"]
        ],
        **trigger,
    }


def event(turn: Turn) -> bytes:
    """JSON for a function."""
    alarm, config = turn.alarm, turn.alarm.config
    body = {
        "source": "aws.cloudwatch",
        "alarmArn": alarm.arn,
        "accountId": alarm.scope.account,
        "time": moment(turn.at_ms),
        "region": alarm.scope.region,
        "alarmData": {
            "alarmName": alarm.name,
            "state": _state(alarm.state, turn.at_ms),
            "previousState": _state(turn.old, None),
            "configuration": {
                "description": config.get("AlarmDescription", ""),
                "metrics": [_metric(query) for query in alarm.queries],
            },
        },
    }
    return orjson.dumps(body)


def _state(state: State, at_ms: int | None) -> dict[str, Any]:
    shown = {"value": state.value, "reason": state.reason}
    if state.data:
        shown["reasonData"] = state.data
    return shown if at_ms is None else {**shown, "timestamp": moment(at_ms)}


def _metric(query: dict[str, Any]) -> dict[str, Any]:
    shown: dict[str, Any] = {"id": query["Id"], "returnData": query.get("ReturnData", True)}
    if "Expression" in query:
        return {**shown, "expression": query["Expression"], "label": query.get("Label", "")}
    stat = query["MetricStat"]
    metric = stat["Metric"]
    shown["metricStat"] = {
        "metric": {
            "namespace": metric["Namespace"],
            "name": metric["MetricName"],
            "dimensions": {one["Name"]: one["Value"] for one in metric.get("Dimensions", ())},
        },
        "period": stat["Period"],
        "stat": stat["Stat"],
    }
    return shown
