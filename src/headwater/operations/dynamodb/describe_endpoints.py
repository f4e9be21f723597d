"""DescribeEndpoints: where to go on, for clients that discover endpoints. Here, that is.

The address is the one the node listens on; AWS's own would send a client away to AWS.
"""

from typing import Any

from headwater.operations.call import Call

_CACHE_MINUTES = 1440


def describe_endpoints(call: Call) -> dict[str, Any]:
    """Source of the figure: recorded answers."""
    address = call.node.url.removeprefix("http://")
    return {"Endpoints": [{"Address": address, "CachePeriodInMinutes": _CACHE_MINUTES}]}
