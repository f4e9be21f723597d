"""PutFunctionEventInvokeConfig: tries, age and destinations of asynchronous events."""

from typing import Any

from headwater.operations.call import Call
from headwater.operations.lambda_.invoke_configured import configure_events


def put_function_event_invoke_config(call: Call) -> dict[str, Any]:
    return configure_events(call, is_update=False)
