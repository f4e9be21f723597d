"""POST /_headwater/redrive: deliver once more what a message to an OnFailure destination tells of.

The body is the message itself. Answers what consumers/mappings/redrive.py says of the delivery; a
function that fails again is an answer, not an error.
"""

from typing import Any

from headwater.consumers.mappings.redrive import Redrive
from headwater.errors import AwsError, OperatorError
from headwater.frontdoor.admin import AdminRequest
from headwater.stage.house import House


async def redrive(house: House, request: AdminRequest) -> dict[str, Any]:
    """Raises OperatorError."""
    services = house.services
    try:
        work = Redrive(services.engine, services.clock, services.functions)
        return await work.deliver(request.json())
    except AwsError as trouble:
        raise OperatorError(f"the function cannot be called: {trouble.message}") from None
