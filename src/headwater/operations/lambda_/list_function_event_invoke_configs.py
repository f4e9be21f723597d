"""ListFunctionEventInvokeConfigs: those of a function, its versions and aliases."""

from typing import Any

from headwater.functions.invoke_configs import list_invoke_configs
from headwater.operations.call import Call
from headwater.operations.lambda_.named import unqualified_name
from headwater.operations.lambda_.paging import paged


def list_function_event_invoke_configs(call: Call) -> dict[str, Any]:
    found = list_invoke_configs(call.tx, call.scope, unqualified_name(call))
    return paged(found, "FunctionEventInvokeConfigs", call.params)
