"""The keys of metrics and alarms, which are on the page of keyspace.py as M, P, A and H."""

import struct

from headwater.arns import Scope
from headwater.storage.keyspace import scoped

_POINT = struct.Struct(">cIQ")


def metrics_prefix(scope: Scope, namespace: str | None = None, metric: str | None = None) -> bytes:
    """metric: only with a namespace"""
    prefix = scoped(b"M", scope)
    if namespace is not None:
        prefix += namespace.encode() + b"\0"
    return prefix if metric is None else prefix + metric.encode() + b"\0"


def all_metrics_prefix() -> bytes:
    return b"M"


def metric_key(scope: Scope, namespace: str, metric: str, dimensions: bytes) -> bytes:
    """dimensions: as JSON, sorted by name"""
    return metrics_prefix(scope, namespace, metric) + dimensions


def points_range(period_s: int, start_s: int, end_s: int) -> tuple[bytes, bytes]:
    """Points of all series that start in start_s <= start < end_s."""
    return point_key(period_s, start_s, b""), point_key(period_s, end_s, b"")


def point_key(period_s: int, start_s: int, series: bytes) -> bytes:
    """series: 8 bytes that name it"""
    return _POINT.pack(b"P", period_s, start_s) + series


def alarms_prefix(scope: Scope) -> bytes:
    return scoped(b"A", scope)


def all_alarms_prefix() -> bytes:
    return b"A"


def alarm_key(scope: Scope, alarm: str) -> bytes:
    return alarms_prefix(scope) + alarm.encode()


def alarm_history_prefix(scope: Scope, alarm: str | None = None) -> bytes:
    prefix = scoped(b"H", scope)
    return prefix if alarm is None else prefix + alarm.encode() + b"\0"


def all_monitoring_prefixes() -> tuple[bytes, ...]:
    """Of everything that metrics and alarms keep."""
    return b"M", b"P", b"A", b"H"


def alarm_history_key(scope: Scope, alarm: str, sequence: int) -> bytes:
    return alarm_history_prefix(scope, alarm) + sequence.to_bytes(8, "big")
