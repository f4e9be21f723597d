"""What metric math works with: lines of values over time, lists of them, numbers and words."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from headwater.monitoring.math_syntax import BadExpression


@dataclass(frozen=True, slots=True)
class Line:
    """Values by moment, in seconds since the epoch."""

    values: dict[int, float]
    period_s: int
    label: str = ""
    is_metric: bool = False
    moments: range = field(default=range(0))  # where there could be values


Value = float | str | Line | list[Line]


def lines_of(value: Value) -> list[Line]:
    """Raises BadExpression, as do the others here."""
    if isinstance(value, list):
        return value
    if isinstance(value, Line):
        return [value]
    raise BadExpression("A time series is needed")


def line_of(value: Value) -> Line:
    if not isinstance(value, Line):
        raise BadExpression("A single time series is needed")
    return value


def number_of(value: Value) -> float:
    if not isinstance(value, int | float):
        raise BadExpression("A number is needed")
    return float(value)


def with_values(line: Line, values: dict[int, float]) -> Line:
    """What was made of a line: a metric no more."""
    return replace(line, values=values, is_metric=False)


def mapped(work: Callable[[float], float], line: Line) -> Line:
    """Where there is a result, it is a value."""
    made = {at: safe(work, value) for at, value in line.values.items()}
    return with_values(line, {at: value for at, value in made.items() if is_real(value)})


def safe(work: Callable[..., float], *arguments: float) -> float:
    """NaN where there is no result: such a moment has no value."""
    try:
        return work(*arguments)
    except (ArithmeticError, ValueError):
        return math.nan


def is_real(value: float) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)
