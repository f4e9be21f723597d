"""Metric math by AWS's page "Using math expressions with CloudWatch metrics"."""

from typing import Any

import pytest

from headwater.monitoring.lines import Line
from headwater.monitoring.math import work_out
from headwater.monitoring.math_syntax import BadExpression, names_in, parse_math

MOMENTS = range(0, 300, 60)
KNOWN: dict[str, Any] = {
    "m1": Line({0: 1.0, 60: 2.0, 180: 4.0}, 60, "one", True, MOMENTS),
    "m2": Line({0: 10.0, 60: 0.0, 120: 30.0}, 60, "two", True, MOMENTS),
    "e1": Line({0: 5.0}, 60, "e1", False, MOMENTS),
}


def found(text):
    value = work_out(parse_math(text), KNOWN)
    return value.values if isinstance(value, Line) else value


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("m1", {0: 1, 60: 2, 180: 4}),
        ("m1 + m2", {0: 11, 60: 2}),
        ("m2 / m1", {0: 10, 60: 0}),
        ("m1 / m2", {0: 0.1}),
        ("100 * m1 / (m1 + m2)", {0: 100 / 11, 60: 100}),
        ("2 + 3 * 2 ^ 2 - -1", 15.0),
        ("m1 > 1 AND m1 < 4", {0: 0, 60: 1, 180: 0}),
        ("SUM(m1)", 7.0),
        ("AVG([m1, m2])", {0: 5.5, 60: 1, 120: 30, 180: 4}),
        ("SUM(METRICS())", {0: 11, 60: 2, 120: 30, 180: 4}),
        ("MAX(METRICS('2'))", {0: 10, 60: 0, 120: 30}),
        ("m1 - MIN(m1)", {0: 0, 60: 1, 180: 3}),
        ("FILL(m1, 0)", {0: 1, 60: 2, 120: 0, 180: 4, 240: 0}),
        ("FILL(m1, REPEAT)", {0: 1, 60: 2, 120: 2, 180: 4, 240: 4}),
        ("FILL(m1, LINEAR)", {0: 1, 60: 2, 120: 3, 180: 4}),
        ("RATE(m1)", {60: 1 / 60, 180: 2 / 120}),
        ("DIFF(m1)", {60: 1, 180: 2}),
        ("RUNNING_SUM(m1)", {0: 1, 60: 3, 180: 7}),
        ("IF(m1 > 1, m1, 0)", {0: 0, 60: 2, 180: 4}),
        ("IF(m1 > 1, m2)", {60: 0}),
        ("ABS(-m1)", {0: 1, 60: 2, 180: 4}),
        ("PERIOD(m1)", 60.0),
        ("METRIC_COUNT(METRICS())", 2.0),
        ("LAST([m1, m2] * 2)", {0: 20, 60: 0, 120: 60}),
        ("DATAPOINT_COUNT(m1)", 3.0),
        ("DATAPOINT_COUNT([m1, m2])", {0: 2, 60: 2, 120: 1, 180: 1}),
        ("DIFF_TIME(m1)", {60: 60, 180: 120}),
        ("MINUTE(m1)", {0: 0, 60: 1, 180: 3}),
        # The epoch was a Thursday, the first of January of 1970.
        ("DAY(m1) * 1000000 + DATE(m1) * 10000 + YEAR(m1)", dict.fromkeys((0, 60, 180), 4011970)),
        ("HOUR(m1) + MONTH(m1) + EPOCH(m1)", {0: 1, 60: 61, 180: 181}),
        ("TIME_SERIES(7)", dict.fromkeys(MOMENTS, 7.0)),
        ("FIRST(SORT(METRICS(), MAX, DESC))", {0: 10, 60: 0, 120: 30}),
        ("FIRST(SORT(METRICS(), SUM, ASC))", {0: 1, 60: 2, 180: 4}),
        ("METRIC_COUNT(SORT(METRICS(), AVG, ASC, 1))", 1.0),
        ("FIRST(SLICE(METRICS(), 1))", {0: 10, 60: 0, 120: 30}),
        ("LAST(SLICE([m2, m1, m2], 0, 2))", {0: 1, 60: 2, 180: 4}),
        ("METRIC_COUNT(REMOVE_EMPTY([m1, m1 / 0]))", 1.0),
    ],
)
def test_an_expression_is_worked_out(text, values):
    assert found(text) == pytest.approx(values)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("m1 +", "Unexpected end of expression"),
        ("m1 )", "Unexpected ')'"),
        ("m1 ? 2", "Unexpected '?'"),
        ("m9", "Undefined variable 'm9'"),
        ("NOSUCH(m1)", "Unsupported function 'NOSUCH'"),
        ("FILL(m1)", "Wrong number of arguments for FILL"),
        ("RATE(1)", "A single time series is needed"),
        ("(" * 60 + "1" + ")" * 60, "Too deeply nested"),
        ("-" * 2000 + "1", "More than 500 terms and operators"),
        ("-" * 60 + "1", "Too deeply nested"),
        ("2" + "^2" * 60, "Too deeply nested"),
        ("1" + "+1" * 1000, "More than 500 terms and operators"),
    ],
)
def test_what_cannot_be_worked_out_says_why(text, why):
    with pytest.raises(BadExpression, match=why.replace(")", r"\)").replace("?", r"\?")):
        found(text)


def test_the_names_of_an_expression_are_found_wherever_they_are():
    assert names_in(parse_math("IF(m1 > 1, SUM([m2, e1]), -m3) + FILL(m4, 0)")) == {
        "m1",
        "m2",
        "m3",
        "m4",
        "e1",
    }
