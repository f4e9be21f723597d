"""EnableAlarmActions: whether changes of state have effects."""

from typing import Any

from headwater.operations.call import Call
from headwater.operations.monitoring.switching import switch_actions


def enable_alarm_actions(call: Call) -> dict[str, Any]:
    """Source: AWS, CloudWatch API reference, "EnableAlarmActions"."""
    return switch_actions(call, on=True)
