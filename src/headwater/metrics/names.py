"""Every figure a node tells about itself: its name, what it counts, and by what.

Names are a contract with dashboards: they are added to and never change their meaning.
"""

from typing import Final, NamedTuple


class MetricName(NamedTuple):
    """One metric of the metrics page."""

    name: str
    kind: str  # "counter", "gauge" or "summary"
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
VIEW_LAG: Final = MetricName(
    "headwater_view_lag_ms",
    "gauge",
    "Age of what a view has not taken yet; 0 if it has taken everything.",
    ("account", "region", "view"),
)
VIEW_RECORDS: Final = MetricName(
    "headwater_view_records_total",
    "counter",
    "Changes that a view has read since the node started.",
    ("account", "region", "view"),
)
REQUEST_SECONDS: Final = MetricName(
    "headwater_request_seconds",
    "summary",
    "How long requests took that were answered without an error, from the last byte in to the "
    "reply handed over.",
    ("service", "operation"),
)
SYNC_SECONDS: Final = MetricName(
    "headwater_sync_seconds",
    "summary",
    "How long the disk took to make a group of transactions durable.",
)
GROUP_TRANSACTIONS: Final = MetricName(
    "headwater_group_transactions",
    "summary",
    "How many transactions were made durable together.",
)
CHANGE_RECORDS: Final = MetricName(
    "headwater_change_records_total",
    "counter",
    "Change records appended to the log since the node started.",
)
LOG_RECORDS: Final = MetricName(
    "headwater_log_records",
    "gauge",
    "Change records that are kept for readers now, by the stream's table; more than 1000, or 4 MiB "
    "in a shard, are told as so many.",
    ("account", "region", "table"),
)
LOG_SHARDS: Final = MetricName(
    "headwater_log_shards",
    "gauge",
    "Shards of a table's stream, those that have ended and are still kept among them.",
    ("account", "region", "table"),
)
MAPPING_LAG: Final = MetricName(
    "headwater_mapping_lag_ms",
    "gauge",
    "Age of the oldest change that a mapping has not dealt with, by shard; 0 if there is none.",
    ("mapping", "function", "shard"),
)
MAPPING_WAITING: Final = MetricName(
    "headwater_mapping_waiting_records",
    "gauge",
    "Changes that a mapping has not dealt with, by shard; more than 1000 are told as so many.",
    ("mapping", "function", "shard"),
)
MAPPING_EVENTS: Final = MetricName(
    "headwater_mapping_events_total",
    "counter",
    "Records of a mapping by what became of them, in the names of AWS's EventCount metrics.",
    ("mapping", "function", "event"),
)
REGION_LAG: Final = MetricName(
    "headwater_region_lag_ms",
    "gauge",
    "Age of a table's oldest write that is not known to have arrived in another region; 0 if there "
    "is none.",
    ("account", "table", "from", "to"),
)
REGION_PENDING: Final = MetricName(
    "headwater_region_pending_writes",
    "gauge",
    "Writes of a table that are not known to have arrived in another region; more than 1,000 in a "
    "shard are told as so many.",
    ("account", "table", "from", "to"),
)
REGION_WRITES: Final = MetricName(
    "headwater_region_writes_total",
    "counter",
    "Writes that have arrived in another region since the node started: shipped from the log, or "
    "copied; and superseded, those of them that were older than what was there.",
    ("account", "table", "from", "to", "outcome"),
)
FUNCTION_PROCESSES: Final = MetricName(
    "headwater_function_processes", "gauge", "Processes of functions that run now."
)
ALARMS: Final = MetricName(
    "headwater_alarms", "gauge", "Alarms by the state they are in.", ("account", "region", "state")
)
