"""Why an alarm is in its state, in AWS's words. Source: recorded reasons of alarms."""

from collections.abc import Sequence
from datetime import UTC, datetime

import orjson

from headwater.monitoring.alarms.alarm import Alarm, State
from headwater.monitoring.alarms.judgement import (
    ALARM,
    BREACHING,
    INSUFFICIENT_DATA,
    OK,
    Judgement,
    Rule,
)


def moment(at_ms: int) -> str:
    """
    >>> moment(1772600767891)
    '2026-03-04T05:06:07.891+0000'
    """
    at = datetime.fromtimestamp(at_ms // 1000, UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at_ms % 1000:03d}+0000"


def state_of(
    alarm: Alarm,
    value: str,
    judgement: Judgement,
    values: Sequence[float | None],
    start_s: int,
    now_ms: int,
) -> State:
    """The state `value`, and why. values: as they were judged; start_s: of the first's period"""
    rule, period_s = alarm.rule, alarm.period_s
    points = [
        (start_s + index * period_s, values[index] or 0.0) for index in reversed(judgement.seen)
    ]
    data = {
        "version": "1.0",
        "queryDate": moment(now_ms),
        "startDate": moment(min((at_s for at_s, _ in points), default=start_s) * 1000),
        "statistic": alarm.config.get("Statistic") or alarm.config.get("ExtendedStatistic"),
        "period": period_s,
        "recentDatapoints": [value for _, value in reversed(points)],
        "threshold": rule.threshold,
    }
    shown = {name: one for name, one in data.items() if one is not None}
    text = _reason(rule, value, judgement, points, alarm.state.value)
    return State(value, text, orjson.dumps(shown).decode())


def _reason(
    rule: Rule,
    value: str,
    judgement: Judgement,
    points: Sequence[tuple[int, float]],
    before: str,
) -> str:
    if value == INSUFFICIENT_DATA:
        return f"Insufficient Data: {_counted(rule.periods, 'was', 'were')} unknown."
    if not points:
        missing = judgement.filled
        treated = "Breaching" if rule.treat_missing == BREACHING else "NonBreaching"
        return (
            f"Threshold Crossed: no datapoints were received for {_plural(missing, 'period')} and "
            f"{_plural(missing, 'missing datapoint')} were treated as [{treated}]."
        )
    wanted = [point for point in points if rule.breaches(point[1]) == (value == ALARM)]
    told = wanted or list(points)
    shown = ", ".join(_point(*point) for point in told)
    verb = ("was" if len(told) == 1 else "were") + (" not" if value == OK else "")
    crossed = f"{verb} {rule.words} the threshold ({rule.threshold})"
    if rule.periods == 1:
        return f"Threshold Crossed: 1 datapoint [{shown}] {crossed}."
    least = rule.to_alarm if value == ALARM else rule.periods - rule.to_alarm + 1
    return (
        f"Threshold Crossed: {len(told)} out of the last {rule.periods} datapoints [{shown}] "
        f"{crossed} (minimum {_plural(least, 'datapoint')} for {_way(before, value)} transition)."
    )


def _way(before: str, value: str) -> str:
    other = ALARM if value == OK else OK
    return f"{other if before == value else before} -> {value}"


def _point(at_s: int, value: float) -> str:
    return f"{value} ({datetime.fromtimestamp(at_s, UTC):%d/%m/%y %H:%M:%S})"


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _counted(count: int, one: str, more: str) -> str:
    return f"{_plural(count, 'datapoint')} {one if count == 1 else more}"
