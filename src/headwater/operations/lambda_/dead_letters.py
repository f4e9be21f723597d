"""Whether a function's DeadLetterConfig names something that can be reached."""

from headwater.functions.configuration import checked
from headwater.operations.call import Call
from headwater.operations.lambda_.named import functions_of


async def check_dead_letters(call: Call) -> None:
    """Raises InvalidParameterValue, with advice."""
    given = call.params.get("DeadLetterConfig", {})
    target = checked({"DeadLetterConfig": given})["DeadLetterConfig"].get("TargetArn")
    if target:
        check = functions_of(call).destinations.check
        await call.node.engine.run(lambda tx: check(tx, call.scope, target))
