"""What a request tells of itself in a trace: one span, which knows the changes it has made.

Facts are by OpenTelemetry's names where it has some. Only called on a node that sends traces.
"""

from collections.abc import Mapping
from typing import Any

from headwater.operations.call import Call, Handler
from headwater.operations.metering import items_by_table
from headwater.storage.engine import Transaction
from headwater.traces.context import context_in
from headwater.traces.spans import SERVER, Fact, Span, Tracer
from headwater.wire.protocols import ServiceSpec


def begin_span(
    tracer: Tracer, call: Call, spec: ServiceSpec, headers: Mapping[bytes, bytes]
) -> Span:
    """The span of a request whose form was checked; `call` is told of it."""
    facts: dict[str, Fact] = {
        "rpc.system": "aws-api",
        "rpc.service": spec.title,
        "rpc.method": call.operation,
        "aws.request_id": call.request_id,
        "cloud.account.id": call.scope.account,
        "cloud.region": call.scope.region,
    }
    if call.service == "dynamodb" and (tables := list(items_by_table(call.params))):
        facts["aws.dynamodb.table_names"] = tables
    name = f"{spec.title}.{call.operation}"
    span = tracer.begin(name, SERVER, facts, parent=context_in(headers))
    call.trace = span.context
    return span


def work_in(span: Span, tx: Transaction, call: Call, handler: Handler) -> Any:
    """Run the handler, and remember that the changes it makes are the span's.

    A transaction runs to its end alone, so what is numbered between two sequences is its own.
    """
    tracer = call.node.tracer
    assert tracer is not None
    before = tx.sequence()
    answer = handler(call)
    last = tx.sequence()
    # Two numbers were taken here; a third is a change, or something that is none and never read.
    if last > before + 1:
        tx.after_commit(lambda: tracer.origins.note(before, last, span.context))
    return answer
