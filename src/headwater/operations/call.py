"""One request, as an operation sees it, and what an operation is.

A handler is either a plain function, which runs inside one transaction (`call.tx`) and must be
repeatable, because an engine may run it again after a conflict: it changes nothing outside the
transaction and leaves `call.params` as they are. Or it is a coroutine function, for operations
that wait for something: it opens transactions of its own with `call.node.engine.run`.
"""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar

from headwater.arns import Scope
from headwater.operations.services import Services
from headwater.operations.used import Used
from headwater.storage.engine import Transaction
from headwater.traces.context import TraceContext
from headwater.wire.reply import Answer


def _never() -> bool:
    return False


@dataclass(slots=True)
class Call:
    """A request whose form has been checked against the service's model.

    service     "dynamodb", "streams", "lambda", "sqs", "logs", "monitoring", "sts"
    operation   "PutItem"
    params      JSON-ready; members that were null are absent. A blob is base64 text, except the
                body of Lambda's Invoke, which is bytes
    request_id  the one the reply carries
    used        what it used of one table or of several, told by who answers it
    has_left    whether the caller has hung up: asked by operations that wait for long
    trace       where it stands in a trace, if it is in one
    tx          only set for plain functions
    """

    service: str
    operation: str
    scope: Scope
    params: dict[str, Any]
    request_id: str
    node: Services
    has_left: Callable[[], bool] = _never
    used: Used | list[Used] | None = None
    trace: TraceContext | None = None
    tx: Transaction = field(init=False, repr=False)


SyncHandler = Callable[[Call], Answer]
AsyncHandler = Callable[[Call], Coroutine[Any, Any, Answer]]
Handler = SyncHandler | AsyncHandler

First = Callable[[Call], Coroutine[Any, Any, None] | None]
H = TypeVar("H", bound=SyncHandler)


def after(first: First) -> Callable[[H], H]:
    """Have `first` ask others what a plain handler needs to know before its transaction begins.

    first  returns None where nothing need be asked; what it raises is the answer
    """

    def mark(handler: H) -> H:
        handler.first = first  # type: ignore[attr-defined]  # read in frontdoor/plans.py
        return handler

    return mark
