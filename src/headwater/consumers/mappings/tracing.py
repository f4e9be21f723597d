"""What a batch tells of itself in a trace: one span for each try, linked to who wrote its records.

A batch whose records were all made in one trace goes on with it, so that a change and the handler
that was told of it are seen together. Others begin a trace of their own: many traces meet in them.
"""

from typing import Final

from headwater.consumers.mappings.batch import Batch
from headwater.consumers.mappings.context import Context, Plan
from headwater.storage.sequence import to_wire
from headwater.traces.context import TraceContext
from headwater.traces.spans import CONSUMER, Fact, Span, Tracer

LINKS_MAX: Final = 128  # more are dropped by OpenTelemetry


def begin_span(tracer: Tracer, context: Context, plan: Plan, batch: Batch, shard_id: str) -> Span:
    """The span of a try. Its facts are by OpenTelemetry's names where it has some."""
    mapping = context.mapping
    facts: dict[str, Fact] = {
        "aws.lambda.resource_mapping.id": mapping.uuid,
        "messaging.system": "aws_dynamodb_streams",
        "messaging.operation.type": "process",
        "messaging.operation.name": "process",
        "messaging.destination.name": mapping.stream.table,
        "messaging.destination.partition.id": shard_id,
        "messaging.batch.message_count": len(batch.records),
        "faas.invoked_name": plan.function,
        "headwater.tries_before": batch.attempts,
        "cloud.account.id": mapping.scope.account,
        "cloud.region": mapping.scope.region,
    }
    origins = [
        (origin, sequence)
        for sequence in batch.sequences
        if (origin := tracer.origins.find(sequence)) is not None
    ]
    links: list[tuple[TraceContext, dict[str, Fact]]] = [
        (origin, {"aws.dynamodb.stream.sequence_number": to_wire(sequence)})
        for origin, sequence in origins[:LINKS_MAX]
    ]
    traces = {origin.trace_id for origin, _ in origins}
    is_one = len(traces) == 1 and len(origins) == len(batch.sequences)
    parent = origins[0][0] if is_one else None
    name = f"process {mapping.stream.table}"
    return tracer.begin(name, CONSUMER, facts, parent=parent, links=links)
