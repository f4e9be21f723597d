"""The functions of metric math. Pure: numbers and lines in, numbers and lines out.

Those that make one number of a line (SUM(m1)) and one line of an array (SUM([m1, m2])) are told
apart by what they are given, as on AWS. Most others take an array for each of its lines.
Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

import math
import statistics
from bisect import bisect_left
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, Final

from headwater.monitoring.lines import (
    Line,
    Value,
    line_of,
    lines_of,
    mapped,
    number_of,
    with_values,
)
from headwater.monitoring.math_syntax import BadExpression

WORDS: Final = frozenset({"REPEAT", "LINEAR", "ASC", "DESC", "AVG", "MIN", "MAX", "SUM"})
"""Names that stand for themselves."""


def _aggregate(work: Callable[[Sequence[float]], float]) -> Callable[[Value], Value]:
    """Of a line: the number of its values. Of an array: the line of the numbers at each moment."""

    def aggregated(value: Value) -> Value:
        if isinstance(value, Line):
            return work(list(value.values.values())) if value.values else math.nan
        lines = lines_of(value)
        if not lines:
            raise BadExpression("An array is empty")
        moments = sorted({at for line in lines for at in line.values})
        values = {
            at: work([line.values[at] for line in lines if at in line.values]) for at in moments
        }
        return with_values(lines[0], values)

    return aggregated


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)


def _of_each(work: Callable[[Line], Line]) -> Callable[[Value], Value]:
    """Takes an array for each of its lines."""

    def made(value: Value) -> Value:
        if isinstance(value, list):
            return [work(one) for one in value]
        return work(line_of(value))

    return made


def _mapper(work: Callable[[float], float]) -> Callable[[Value], Value]:
    """Of each value; of a number, too."""

    def made(value: Value) -> Value:
        if isinstance(value, list):
            return [mapped(work, one) for one in value]
        return mapped(work, value) if isinstance(value, Line) else work(number_of(value))

    return made


# --- along a line --------------------------------------------------------------------------------


def _fill(value: Value, filler: Value) -> Value:
    if isinstance(value, list):
        return [_filled(one, filler) for one in value]
    return _filled(line_of(value), filler)


def _filled(line: Line, filler: Value) -> Line:
    known = sorted(line.values.items())
    moments = [at for at, _ in known]
    filled: dict[int, float] = {}
    for at in line.moments:
        if at in line.values:
            filled[at] = line.values[at]
        elif isinstance(filler, Line):
            if at in filler.values:
                filled[at] = filler.values[at]
        elif isinstance(filler, int | float):
            filled[at] = float(filler)
        elif (made := _between(known, moments, at, linear=filler == "LINEAR")) is not None:
            filled[at] = made
    return with_values(line, filled)


def _between(
    known: list[tuple[int, float]], moments: list[int], at: int, *, linear: bool
) -> float | None:
    """What stands for a missing value: the last one, or one on the way to the next."""
    after = bisect_left(moments, at)
    if not after:
        return None
    if not linear:
        return known[after - 1][1]
    if after == len(known):
        return None
    (start, first), (end, second) = known[after - 1], known[after]
    return first + (second - first) * (at - start) / (end - start)


def _rate(line: Line) -> Line:
    points = pairwise(sorted(line.values.items()))
    return with_values(line, {at: (now - old) / (at - since) for (since, old), (at, now) in points})


def _difference(line: Line) -> Line:
    points = pairwise(sorted(line.values.items()))
    return with_values(line, {at: now - old for (_, old), (at, now) in points})


def _gaps(line: Line) -> Line:
    return with_values(line, {at: float(at - since) for since, at in pairwise(sorted(line.values))})


def _running(line: Line) -> Line:
    total, values = 0.0, {}
    for at, one in sorted(line.values.items()):
        total += one
        values[at] = total
    return with_values(line, values)


def _calendar(work: Callable[[datetime], int]) -> Callable[[Value], Value]:
    """Of the moments of a line, by UTC."""
    return _of_each(
        lambda line: with_values(
            line, {at: float(work(datetime.fromtimestamp(at, UTC))) for at in line.values}
        )
    )


def _if(condition: Value, then: Value, otherwise: Value | None = None) -> Value:
    if isinstance(condition, int | float):
        chosen = then if condition else otherwise
        if chosen is None:
            raise BadExpression("IF has no value for a condition that is false")
        return chosen
    line = line_of(condition)
    values: dict[int, float] = {}
    for at, holds in line.values.items():
        chosen = then if holds else otherwise
        if isinstance(chosen, Line):
            if at in chosen.values:
                values[at] = chosen.values[at]
        elif chosen is not None:
            values[at] = number_of(chosen)
    return with_values(line, values)


# --- of an array ---------------------------------------------------------------------------------


def _first(value: Value) -> Value:
    lines = lines_of(value)
    if not lines:
        raise BadExpression("An array is empty")
    return lines[0]


def _last(value: Value) -> Value:
    lines = lines_of(value)
    if not lines:
        raise BadExpression("An array is empty")
    return lines[-1]


def _remove_empty(value: Value) -> Value:
    return [line for line in lines_of(value) if line.values]


def _slice(value: Value, start: Value, end: Value | None = None) -> Value:
    first = int(number_of(start))
    last = None if end is None else int(number_of(end))
    if first < 0 or (last is not None and last < 0):
        raise BadExpression("SLICE counts from 0")
    return lines_of(value)[first:last]


def _sort(value: Value, by: Value, order: Value, most: Value | None = None) -> Value:
    """Lines without values come last."""
    if by not in ("AVG", "MIN", "MAX", "SUM") or order not in ("ASC", "DESC"):
        raise BadExpression("SORT takes AVG, MIN, MAX or SUM, and then ASC or DESC")
    weigh = _WEIGHTS[str(by)]
    lines = lines_of(value)
    full = [line for line in lines if line.values]
    full.sort(key=lambda line: weigh(list(line.values.values())), reverse=order == "DESC")
    made = full + [line for line in lines if not line.values]
    return made if most is None else made[: max(0, int(number_of(most)))]


_WEIGHTS: Final[dict[str, Callable[[Sequence[float]], float]]] = {
    "SUM": math.fsum,
    "AVG": _mean,
    "MIN": min,
    "MAX": max,
}

# Name -> least and most arguments, and what is done with them.
FUNCTIONS: Final[dict[str, tuple[int, int, Callable[..., Any]]]] = {
    **{name: (1, 1, _aggregate(work)) for name, work in _WEIGHTS.items()},
    "STDDEV": (1, 1, _aggregate(statistics.pstdev)),
    "DATAPOINT_COUNT": (1, 1, _aggregate(lambda values: float(len(values)))),
    "METRIC_COUNT": (1, 1, lambda value: float(len(lines_of(value)))),
    "ABS": (1, 1, _mapper(abs)),
    "CEIL": (1, 1, _mapper(math.ceil)),
    "FLOOR": (1, 1, _mapper(math.floor)),
    "LOG": (1, 1, _mapper(math.log)),
    "LOG10": (1, 1, _mapper(math.log10)),
    "FILL": (2, 2, _fill),
    "RATE": (1, 1, _of_each(_rate)),
    "DIFF": (1, 1, _of_each(_difference)),
    "DIFF_TIME": (1, 1, _of_each(_gaps)),
    "RUNNING_SUM": (1, 1, _of_each(_running)),
    "IF": (2, 3, _if),
    "FIRST": (1, 1, _first),
    "LAST": (1, 1, _last),
    "REMOVE_EMPTY": (1, 1, _remove_empty),
    "SLICE": (2, 3, _slice),
    "SORT": (3, 4, _sort),
    "PERIOD": (1, 1, lambda value: float(line_of(value).period_s)),
    "MINUTE": (1, 1, _calendar(lambda at: at.minute)),
    "HOUR": (1, 1, _calendar(lambda at: at.hour)),
    "DAY": (1, 1, _calendar(lambda at: at.isoweekday())),
    "DATE": (1, 1, _calendar(lambda at: at.day)),
    "MONTH": (1, 1, _calendar(lambda at: at.month)),
    "YEAR": (1, 1, _calendar(lambda at: at.year)),
    "EPOCH": (1, 1, _calendar(lambda at: int(at.timestamp()))),
}

REFUSED: Final = {
    "ANOMALY_DETECTION_BAND": "it learns no models of metrics",
    "DB_PERF_INSIGHTS": "there are no databases of that service",
    "INSIGHT_RULE_METRIC": "it has no Contributor Insights rules",
    "LAMBDA": "metrics have no sources beside its own",
    "SERVICE_QUOTA": "it has no quotas; AccountMaxReads and its like tell those of DynamoDB",
}
"""What AWS has and Headwater does not, and why."""
