"""Every figure a node tells about itself: its name, what it counts, and by what.

Names are a contract with dashboards: they are added to and never change their meaning.
"""

from typing import Final, NamedTuple


class MetricName(NamedTuple):
    """One metric of the metrics page."""

    name: str
    kind: str  # "counter" or "gauge"
    help: str
    labels: tuple[str, ...] = ()


REQUESTS: Final = MetricName(
    "headwater_requests_total",
    "counter",
    "Requests answered, by what was asked and how it ended: ok, or the error's code.",
    ("service", "operation", "outcome"),
)
REFUSED: Final = MetricName(
    "headwater_refused_total",
    "counter",
    "Requests and connections turned away before an operation was known.",
    ("reason",),
)
CONNECTIONS: Final = MetricName("headwater_connections", "gauge", "Connections that are open now.")
BODY_BYTES: Final = MetricName(
    "headwater_request_body_bytes",
    "gauge",
    "Bytes of request bodies that are held now, arriving or being worked on.",
)
KINESIS_RECORDS: Final = MetricName(
    "headwater_kinesis_records_total",
    "counter",
    "Changes on their way to Kinesis destinations, by what became of them: delivered, sent again, "
    "or lost because they were too large or expired.",
    ("table", "stream", "outcome"),
)
KINESIS_LAG: Final = MetricName(
    "headwater_kinesis_lag_ms",
    "gauge",
    "Age of the oldest change that a Kinesis destination has not taken yet.",
)
