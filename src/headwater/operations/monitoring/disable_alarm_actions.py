"""DisableAlarmActions: whether changes of state have effects."""

from typing import Any

from headwater.operations.call import Call
from headwater.operations.monitoring.switching import switch_actions


def disable_alarm_actions(call: Call) -> dict[str, Any]:
    """Source: AWS, CloudWatch API reference, "DisableAlarmActions"."""
    return switch_actions(call, on=False)
