"""Whether a node sends traces, and what sends them: an extra that is loaded only then."""

import importlib

from headwater.errors import StartupError
from headwater.traces.spans import Tracer


def open_tracer(endpoint: str) -> Tracer | None:
    """What sends spans to a collector; None without one. Raises StartupError.

    endpoint  URL of the collector, "" for none
    """
    if not endpoint:
        return None
    try:
        module = importlib.import_module("headwater.traces.otlp")
    except ImportError as missing:
        raise StartupError(
            f"--otlp-endpoint sends traces, which needs OpenTelemetry's library, and {missing}. "
            "Install it: pip install 'headwater[traces]', or leave --otlp-endpoint out."
        ) from None
    tracer: Tracer = module.OtlpTracer(endpoint)
    return tracer
