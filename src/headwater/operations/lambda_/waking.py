"""What waits for a function is tried again at once when an operation has changed that function.

A mapping whose function is missing, broken or throttled pauses for up to a minute between tries,
and an asynchronous event that was throttled for up to five. Whoever mends the function need not
wait for that.
"""

import inspect
from typing import cast

from headwater.errors import AwsError
from headwater.functions.names import parse_function_name
from headwater.operations.call import AsyncHandler, Call, Handler
from headwater.operations.lambda_.mapped import mappings_of
from headwater.operations.lambda_.named import functions_of
from headwater.wire.reply import Answer

# Operations after which a call that failed may succeed.
MENDING = (
    "CreateAlias",
    "CreateFunction",
    "DeleteFunctionConcurrency",
    "PublishVersion",
    "PutFunctionConcurrency",
    "UpdateAlias",
    "UpdateFunctionCode",
    "UpdateFunctionConfiguration",
)


def waking(operations: dict[str, Handler]) -> dict[str, Handler]:
    """The same operations; those that may mend a function wake what waits for it."""
    found = dict(operations)
    for name in MENDING:
        if name in found:
            found[name] = _waking(found[name])
    return found


def _waking(handler: Handler) -> Handler:
    if inspect.iscoroutinefunction(handler):
        return _after(handler)

    def within(call: Call) -> Answer:
        answer = handler(call)
        call.tx.after_commit(lambda: _wake(call))
        return cast(Answer, answer)

    return within


def _after(handler: AsyncHandler) -> AsyncHandler:
    async def after(call: Call) -> Answer:
        answer = await handler(call)
        _wake(call)
        return answer

    return after


def _wake(call: Call) -> None:
    try:
        name = parse_function_name(call.scope, call.params["FunctionName"]).name
    except AwsError:
        return
    mappings_of(call).function_changed(call.scope, name)
    functions_of(call).events.function_changed(call.scope, name)
