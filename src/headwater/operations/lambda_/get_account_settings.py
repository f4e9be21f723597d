"""GetAccountSettings: the bounds of the node, and how much of them is used."""

from typing import Any

from headwater.functions.attached import account_usage
from headwater.limits import UNZIPPED_BYTES_MAX, ZIP_BYTES_MAX
from headwater.operations.call import Call
from headwater.operations.lambda_.named import functions_of

_CODE_BYTES_MAX = 80_530_636_800  # AWS's; nothing here bounds it but the disk


def get_account_settings(call: Call) -> dict[str, Any]:
    count, code_bytes, reserved = account_usage(call.tx, call.scope)
    at_once = functions_of(call).settings.environments_max
    return {
        "AccountLimit": {
            "TotalCodeSize": _CODE_BYTES_MAX,
            "CodeSizeUnzipped": UNZIPPED_BYTES_MAX,
            "CodeSizeZipped": ZIP_BYTES_MAX,
            "ConcurrentExecutions": at_once,
            "UnreservedConcurrentExecutions": max(0, at_once - reserved),
        },
        "AccountUsage": {"TotalCodeSize": code_bytes, "FunctionCount": count},
    }
