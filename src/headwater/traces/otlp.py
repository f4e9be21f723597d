"""Spans by OpenTelemetry's own library, sent to a collector as OTLP over HTTP.

Only imported where traces are sent: the library is an extra (headwater[traces]). It batches and
sends on a thread of its own and lets go of spans that nobody takes; its environment variables
(OTEL_TRACES_SAMPLER, OTEL_RESOURCE_ATTRIBUTES, OTEL_EXPORTER_OTLP_HEADERS, OTEL_BSP_*) hold.
Source of the facts' names: https://opentelemetry.io/docs/specs/semconv/
"""

from collections.abc import Sequence
from typing import Final

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBased

from headwater import __version__
from headwater.traces.context import TraceContext
from headwater.traces.origins import Origins
from headwater.traces.spans import CLIENT, CONSUMER, SERVER, Fact

_PATH: Final = "/v1/traces"
_SEND_S_MAX: Final = 3
_KINDS: Final = {
    SERVER: trace.SpanKind.SERVER,
    CLIENT: trace.SpanKind.CLIENT,
    CONSUMER: trace.SpanKind.CONSUMER,
}


class OtlpSpan:
    """A spans.Span."""

    __slots__ = ("_span", "context")

    def __init__(self, span: trace.Span) -> None:
        self._span = span
        found = span.get_span_context()
        self.context = TraceContext(found.trace_id, found.span_id, found.trace_flags.sampled)

    def tell(self, facts: dict[str, Fact]) -> None:
        """Add facts."""
        self._span.set_attributes(facts)

    def end(self, error: str = "") -> None:
        """It is over."""
        if error:
            self._span.set_attribute("error.type", error)
            self._span.set_status(trace.Status(trace.StatusCode.ERROR))
        self._span.end()


class UnkeptSpan:
    """A spans.Span of a trace that its caller does not keep: it only passes the context on."""

    __slots__ = ("context",)

    def __init__(self, context: TraceContext) -> None:
        self.context = context

    def tell(self, facts: dict[str, Fact]) -> None:
        """Nobody is told."""

    def end(self, error: str = "") -> None:
        """It is over."""


class OtlpTracer:
    """A spans.Tracer. endpoint: of the collector, with or without OTLP's path"""

    def __init__(self, endpoint: str) -> None:
        self.origins = Origins()
        url = endpoint.rstrip("/")
        exporter = OTLPSpanExporter(
            endpoint=url if url.endswith(_PATH) else url + _PATH, timeout=_SEND_S_MAX
        )
        about = Resource.create({"service.name": "headwater", "service.version": __version__})
        self._provider = TracerProvider(resource=about, shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("headwater", __version__)
        # As samplers do that the environment names, unless it is always_on or a plain ratio.
        self._heeds_callers = isinstance(self._provider.sampler, ParentBased)

    def begin(
        self,
        name: str,
        kind: str,
        facts: dict[str, Fact],
        *,
        parent: TraceContext | None = None,
        links: Sequence[tuple[TraceContext, dict[str, Fact]]] = (),
    ) -> OtlpSpan | UnkeptSpan:
        """parent: None begins a trace"""
        if parent is not None and not parent.sampled and self._heeds_callers:
            return UnkeptSpan(parent)  # the library would come to this after a while
        under = None
        if parent is not None:
            under = trace.set_span_in_context(trace.NonRecordingSpan(_known(parent)))
        made = [trace.Link(_known(context), facts) for context, facts in links]
        span = self._tracer.start_span(name, under, kind=_KINDS[kind], attributes=facts, links=made)
        return OtlpSpan(span)

    def close(self) -> None:
        """Send what is left. It blocks, for seconds if nobody takes it."""
        self._provider.shutdown()


def _known(context: TraceContext) -> trace.SpanContext:
    flags = trace.TraceFlags(trace.TraceFlags.SAMPLED if context.sampled else 0)
    return trace.SpanContext(context.trace_id, context.span_id, is_remote=True, trace_flags=flags)
