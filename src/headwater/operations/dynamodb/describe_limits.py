"""DescribeLimits: the figures AWS gives an account that never asked for more."""

from typing import Any

from headwater.limits import ACCOUNT_UNITS_MAX, TABLE_UNITS_MAX
from headwater.operations.call import Call


def describe_limits(call: Call) -> dict[str, Any]:
    """Source: AWS, developer guide, "Service, account, and table quotas"."""
    return {
        "AccountMaxReadCapacityUnits": ACCOUNT_UNITS_MAX,
        "AccountMaxWriteCapacityUnits": ACCOUNT_UNITS_MAX,
        "TableMaxReadCapacityUnits": TABLE_UNITS_MAX,
        "TableMaxWriteCapacityUnits": TABLE_UNITS_MAX,
    }
