"""UpdateFunctionEventInvokeConfig: change some of these; what is not given stays."""

from typing import Any

from headwater.operations.call import Call
from headwater.operations.lambda_.invoke_configured import configure_events


def update_function_event_invoke_config(call: Call) -> dict[str, Any]:
    return configure_events(call, is_update=True)
