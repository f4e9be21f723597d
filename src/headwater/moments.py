"""Moments and durations as people write them: 2026-03-04T05:06:07Z, 48h, 1h30m, 250ms.

This file turns texts into milliseconds and back. It does not know what time it is.
"""

import re
from datetime import UTC, datetime

_UNITS_MS = {
    "ms": 1,
    "s": 1000,
    "m": 60 * 1000,
    "h": 60 * 60 * 1000,
    "d": 24 * 60 * 60 * 1000,
}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_DURATION = re.compile(rf"(?:{_PART.pattern})+")
_DIGITS = re.compile(r"\d{1,15}")
MOMENT_MS_MAX = (1 << 44) - 1  # what a sequence number has room for: the year 2527


def duration_ms(text: str) -> int | None:
    """Milliseconds that `text` means, or None if it is not a duration.

    >>> duration_ms("48h"), duration_ms("1h30m"), duration_ms("0.5s"), duration_ms("soon")
    (172800000, 5400000, 500, None)
    """
    if not _DURATION.fullmatch(text):
        return None
    return round(sum(float(count) * _UNITS_MS[unit] for count, unit in _PART.findall(text)))


def moment_ms(text: str) -> int | None:
    """Milliseconds since the epoch that `text` means (ISO 8601, UTC if it names no zone; or
    already such a number), or None if it is neither, or too far off.

    >>> moment_ms("2026-03-04T05:06:07.891Z"), moment_ms("1772600767891"), moment_ms("noon")
    (1772600767891, 1772600767891, None)
    """
    if _DIGITS.fullmatch(text):
        found = int(text)
    else:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            return None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        found = round(moment.timestamp() * 1000)
    return found if 0 <= found <= MOMENT_MS_MAX else None


def iso(at_ms: int) -> str:
    """
    >>> iso(1772600767891)
    '2026-03-04T05:06:07.891Z'
    """
    seconds, millis = divmod(at_ms, 1000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{millis:03d}Z"


def shown_duration(span_ms: int) -> str:
    """The largest two units of a duration, for people.

    >>> shown_duration(172_800_000), shown_duration(5_400_000), shown_duration(250)
    ('2d', '1h30m', '250ms')
    """
    parts = []
    for unit, size_ms in sorted(_UNITS_MS.items(), key=lambda entry: -entry[1]):
        count, span_ms = divmod(span_ms, size_ms)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts[:2]) or "0ms"
