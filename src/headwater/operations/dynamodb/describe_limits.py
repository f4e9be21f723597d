"""DescribeLimits: the figures AWS gives an account that never asked for more."""

from typing import Any

from headwater.limits import TABLE_UNITS_MAX
from headwater.operations.call import Call

_ACCOUNT_UNITS_MAX = 80_000


def describe_limits(call: Call) -> dict[str, Any]:
    """Source: AWS, developer guide, "Service, account, and table quotas"."""
    return {
        "AccountMaxReadCapacityUnits": _ACCOUNT_UNITS_MAX,
        "AccountMaxWriteCapacityUnits": _ACCOUNT_UNITS_MAX,
        "TableMaxReadCapacityUnits": TABLE_UNITS_MAX,
        "TableMaxWriteCapacityUnits": TABLE_UNITS_MAX,
    }
