"""Metric math worked out: trees of math_syntax.py and lines of metrics in, lines out.

A line has a value at some moments. Arithmetic of two lines has values where both have; of a line
and a number, where the line has. Pure.
Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

import math
from collections.abc import Callable, Sequence
from typing import Final

from headwater.monitoring.lines import (
    Line,
    Value,
    is_real,
    line_of,
    lines_of,
    mapped,
    number_of,
    safe,
    with_values,
)
from headwater.monitoring.math_functions import FUNCTIONS, REFUSED, WORDS
from headwater.monitoring.math_syntax import BadExpression, Tree


def work_out(tree: Tree, known: dict[str, Value]) -> Value:
    """The value of an expression. known: the values of other queries, by id; and what searches
    have found, by `search_name`.

    Raises BadExpression.
    """
    kind = tree[0]
    if kind == "number" or kind == "text":
        value: Value = tree[1]
        return value
    if kind == "name":
        if tree[1] not in known:
            if tree[1] in WORDS:
                return str(tree[1])
            raise BadExpression(f"Undefined variable '{tree[1]}'")
        return known[tree[1]]
    if kind == "array":
        return [line for part in tree[1] for line in lines_of(work_out(part, known))]
    if kind == "negative":
        return _both(_OPERATORS["*"], -1.0, work_out(tree[1], known))
    if kind == "call":
        return _call(tree[1], tree[2], known)
    return _both(_OPERATORS[kind], work_out(tree[1], known), work_out(tree[2], known))


def search_name(arguments: Sequence[Tree]) -> str:
    """What a search's lines are known by: no query has such an id."""
    return f"SEARCH {arguments!r}"


def _call(name: str, arguments: Sequence[Tree], known: dict[str, Value]) -> Value:
    if name == "METRICS":
        part = str(work_out(arguments[0], known)) if arguments else ""
        return [
            value
            for id_, value in known.items()
            if isinstance(value, Line) and value.is_metric and part in id_
        ]
    if name == "SEARCH":
        return known[search_name(arguments)]
    if name in REFUSED:
        raise BadExpression(f"Headwater does not have {name}: {REFUSED[name]}")
    if name == "TIME_SERIES" and len(arguments) == 1:
        return _constant(number_of(work_out(arguments[0], known)), known)
    if name not in FUNCTIONS:
        raise BadExpression(f"Unsupported function '{name}'")
    least, most, work = FUNCTIONS[name]
    if not least <= len(arguments) <= most:
        raise BadExpression(f"Wrong number of arguments for {name}")
    made: Value = work(*(work_out(one, known) for one in arguments))
    return made


def _constant(number: float, known: dict[str, Value]) -> Line:
    """The same number at all moments, which are those of the metrics beside it."""
    lines = [one for one in known.values() if isinstance(one, Line) and one.moments]
    if not lines:
        raise BadExpression("TIME_SERIES needs a metric beside it, which says the moments")
    like = min(lines, key=lambda line: line.period_s)
    return with_values(like, dict.fromkeys(like.moments, number))


def _both(work: Callable[[float, float], float], left: Value, right: Value) -> Value:
    if isinstance(left, list) and isinstance(right, list):
        if len(left) != len(right):
            raise BadExpression("Arrays of different length")
        return [line_of(_both(work, *pair)) for pair in zip(left, right, strict=True)]
    if isinstance(left, list):
        return [line_of(_both(work, one, right)) for one in left]
    if isinstance(right, list):
        return [line_of(_both(work, left, one)) for one in right]
    if isinstance(left, Line) and isinstance(right, Line):
        theirs = right.values
        pairs = ((at, (value, theirs[at])) for at, value in left.values.items() if at in theirs)
        values = {at: made for at, pair in pairs if is_real(made := safe(work, *pair))}
        return with_values(left, values)
    if isinstance(left, Line):
        second = number_of(right)
        return mapped(lambda value: work(value, second), left)
    first = number_of(left)
    if isinstance(right, Line):
        return mapped(lambda value: work(first, value), right)
    return safe(work, first, number_of(right))


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
