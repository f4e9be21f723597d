"""Metric math worked out: trees of math_syntax.py and lines of metrics in, lines out.

A line has a value at some moments. Arithmetic of two lines has values where both have; of a line
and a number, where the line has. Functions of one line that make one number (SUM(m1)) and of an
array that make one line (SUM([m1, m2])) are told apart by what they are given, as on AWS. Pure.
Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, Final

from headwater.monitoring.math_syntax import BadExpression, Tree


@dataclass(frozen=True, slots=True)
class Line:
    """Values by moment, in seconds since the epoch."""

    values: dict[int, float]
    period_s: int
    label: str = ""
    is_metric: bool = False
    moments: range = field(default=range(0))  # where there could be values


Value = float | str | Line | list[Line]


def work_out(tree: Tree, known: dict[str, Value]) -> Value:
    """The value of an expression. known: the values of other queries, by id.

    Raises BadExpression.
    """
    kind = tree[0]
    if kind == "number" or kind == "text":
        value: Value = tree[1]
        return value
    if kind == "name":
        if tree[1] not in known:
            if tree[1] in ("REPEAT", "LINEAR"):
                return str(tree[1])
            raise BadExpression(f"Undefined variable '{tree[1]}'")
        return known[tree[1]]
    if kind == "array":
        return [line for part in tree[1] for line in _lines(work_out(part, known))]
    if kind == "negative":
        return _each(lambda value: -value, work_out(tree[1], known))
    if kind == "call":
        return _call(tree[1], tree[2], known)
    return _both(_OPERATORS[kind], work_out(tree[1], known), work_out(tree[2], known))


def _call(name: str, arguments: Sequence[Tree], known: dict[str, Value]) -> Value:
    if name == "METRICS":
        part = str(work_out(arguments[0], known)) if arguments else ""
        return [
            value
            for id_, value in known.items()
            if isinstance(value, Line) and value.is_metric and part in id_
        ]
    function = _FUNCTIONS.get(name)
    if function is None:
        raise BadExpression(f"Unsupported function '{name}'")
    least, most, work = function
    if not least <= len(arguments) <= most:
        raise BadExpression(f"Wrong number of arguments for {name}")
    made: Value = work(*(work_out(one, known) for one in arguments))
    return made


def _lines(value: Value) -> list[Line]:
    if isinstance(value, list):
        return value
    if isinstance(value, Line):
        return [value]
    raise BadExpression("A time series is needed")


def _one(value: Value) -> Line:
    if not isinstance(value, Line):
        raise BadExpression("A single time series is needed")
    return value


def _number(value: Value) -> float:
    if not isinstance(value, int | float):
        raise BadExpression("A number is needed")
    return float(value)


def _each(work: Callable[[float], float], value: Value) -> Value:
    if isinstance(value, list):
        return [_mapped(work, one) for one in value]
    if isinstance(value, Line):
        return _mapped(work, value)
    return work(_number(value))


def _mapped(work: Callable[[float], float], line: Line) -> Line:
    values = {at: made for at, value in line.values.items() if _real(made := _safe(work, value))}
    return replace(line, values=values, is_metric=False)


def _both(work: Callable[[float, float], float], left: Value, right: Value) -> Value:
    if isinstance(left, list) and isinstance(right, list):
        if len(left) != len(right):
            raise BadExpression("Arrays of different length")
        return [_line_of(_both(work, *pair)) for pair in zip(left, right, strict=True)]
    if isinstance(left, list):
        return [_line_of(_both(work, one, right)) for one in left]
    if isinstance(right, list):
        return [_line_of(_both(work, left, one)) for one in right]
    if isinstance(left, Line) and isinstance(right, Line):
        theirs = right.values
        pairs = ((at, (value, theirs[at])) for at, value in left.values.items() if at in theirs)
        values = {at: made for at, pair in pairs if _real(made := _safe(work, *pair))}
        return replace(left, values=values, is_metric=False)
    if isinstance(left, Line):
        number = _number(right)
        return _mapped(lambda value: work(value, number), left)
    number = _number(left)
    if isinstance(right, Line):
        return _mapped(lambda value: work(number, value), right)
    return _safe(work, number, _number(right))


def _line_of(value: Value) -> Line:
    assert isinstance(value, Line)
    return value


def _safe(work: Callable[..., float], *arguments: float) -> float:
    """NaN where there is no result: such a moment has no value."""
    try:
        return work(*arguments)
    except (ArithmeticError, ValueError):
        return math.nan


def _real(value: float) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)


# --- functions -----------------------------------------------------------------------------------


def _aggregate(work: Callable[[Sequence[float]], float]) -> Callable[[Value], Value]:
    """Of a line: the number of its values. Of an array: the line of the numbers at each moment."""

    def aggregated(value: Value) -> Value:
        if isinstance(value, Line):
            return work(list(value.values.values())) if value.values else math.nan
        lines = _lines(value)
        if not lines:
            raise BadExpression("An array is empty")
        moments = sorted({at for line in lines for at in line.values})
        values = {
            at: work([line.values[at] for line in lines if at in line.values]) for at in moments
        }
        return replace(lines[0], values=values, is_metric=False)

    return aggregated


def _fill(value: Value, filler: Value) -> Value:
    if isinstance(value, list):
        return [_line_of(_fill(one, filler)) for one in value]
    line = _one(value)
    known = sorted(line.values.items())
    filled: dict[int, float] = {}
    for at in line.moments:
        if at in line.values:
            filled[at] = line.values[at]
        elif isinstance(filler, Line):
            if at in filler.values:
                filled[at] = filler.values[at]
        elif isinstance(filler, int | float):
            filled[at] = float(filler)
        elif (made := _between(known, at, linear=filler == "LINEAR")) is not None:
            filled[at] = made
    return replace(line, values=filled, is_metric=False)


def _between(known: list[tuple[int, float]], at: int, *, linear: bool) -> float | None:
    """What stands for a missing value: the last one, or one on the way to the next."""
    before = [point for point in known if point[0] < at]
    after = [point for point in known if point[0] > at]
    if not before:
        return None
    if not linear or not after:
        return before[-1][1] if not linear else None
    (start, first), (end, second) = before[-1], after[0]
    return first + (second - first) * (at - start) / (end - start)


def _difference(divide: bool) -> Callable[[Value], Value]:
    def differences(value: Value) -> Value:
        if isinstance(value, list):
            return [_line_of(differences(one)) for one in value]
        line = _one(value)
        points = sorted(line.values.items())
        values = {
            at: (now - before) / (at - since if divide else 1)
            for (since, before), (at, now) in pairwise(points)
        }
        return replace(line, values=values, is_metric=False)

    return differences


def _running(value: Value) -> Value:
    if isinstance(value, list):
        return [_line_of(_running(one)) for one in value]
    line = _one(value)
    total, values = 0.0, {}
    for at, one in sorted(line.values.items()):
        total += one
        values[at] = total
    return replace(line, values=values, is_metric=False)


def _if(condition: Value, then: Value, otherwise: Value | None = None) -> Value:
    if isinstance(condition, int | float):
        chosen = then if condition else otherwise
        if chosen is None:
            raise BadExpression("IF has no value for a condition that is false")
        return chosen
    line = _one(condition)
    values: dict[int, float] = {}
    for at, holds in line.values.items():
        chosen = then if holds else otherwise
        if isinstance(chosen, Line):
            if at in chosen.values:
                values[at] = chosen.values[at]
        elif chosen is not None:
            values[at] = _number(chosen)
    return replace(line, values=values, is_metric=False)


def _edge(last: bool) -> Callable[[Value], Value]:
    def edge(value: Value) -> Value:
        lines = _lines(value)
        if not lines:
            raise BadExpression("An array is empty")
        return lines[-1 if last else 0]

    return edge


def _as_lines(value: Value) -> Value:
    return float(len(_lines(value)))


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)


_OPERATORS: Final[dict[str, Callable[[float, float], float]]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "^": math.pow,
    "==": lambda a, b: float(a == b),
    "!=": lambda a, b: float(a != b),
    "<": lambda a, b: float(a < b),
    "<=": lambda a, b: float(a <= b),
    ">": lambda a, b: float(a > b),
    ">=": lambda a, b: float(a >= b),
    "&&": lambda a, b: float(bool(a) and bool(b)),
    "||": lambda a, b: float(bool(a) or bool(b)),
}


def _mapper(work: Callable[[float], float]) -> Callable[[Value], Value]:
    return lambda value: _each(work, value)


# Name -> least and most arguments, and what is done with them.
_FUNCTIONS: Final[dict[str, tuple[int, int, Callable[..., Any]]]] = {
    "SUM": (1, 1, _aggregate(math.fsum)),
    "AVG": (1, 1, _aggregate(_mean)),
    "MIN": (1, 1, _aggregate(min)),
    "MAX": (1, 1, _aggregate(max)),
    "STDDEV": (1, 1, _aggregate(statistics.pstdev)),
    "METRIC_COUNT": (1, 1, _as_lines),
    "ABS": (1, 1, _mapper(abs)),
    "CEIL": (1, 1, _mapper(math.ceil)),
    "FLOOR": (1, 1, _mapper(math.floor)),
    "LOG": (1, 1, _mapper(math.log)),
    "LOG10": (1, 1, _mapper(math.log10)),
    "FILL": (2, 2, _fill),
    "RATE": (1, 1, _difference(True)),
    "DIFF": (1, 1, _difference(False)),
    "RUNNING_SUM": (1, 1, _running),
    "IF": (2, 3, _if),
    "FIRST": (1, 1, _edge(False)),
    "LAST": (1, 1, _edge(True)),
    "PERIOD": (1, 1, lambda value: float(_one(value).period_s)),
}
