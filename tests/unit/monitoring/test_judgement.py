"""Alarms by the tables of AWS's page "Configuring how CloudWatch alarms treat missing data".

A dash is a missing datapoint, 0 does not breach, X does. "as is" stands for the state it was in.
"""

import pytest

from headwater.monitoring.alarms.judgement import (
    ALARM,
    BREACHING,
    IGNORE,
    INSUFFICIENT_DATA,
    MISSING,
    NOT_BREACHING,
    OK,
    Rule,
    judge,
)

POINTS = {"-": None, "0": 0.0, "X": 9.0}
AS_IS = None


@pytest.mark.parametrize(
    ("points", "to_alarm", "missing", "ignore", "breaching", "not_breaching"),
    [
        # three out of three
        ("0-X-X", 3, OK, OK, OK, OK),
        ("0----", 3, OK, OK, OK, OK),
        ("-----", 3, INSUFFICIENT_DATA, AS_IS, ALARM, OK),
        ("0XX-X", 3, ALARM, ALARM, ALARM, ALARM),
        ("--X--", 3, ALARM, AS_IS, ALARM, OK),
        # two out of three
        ("0-X-X", 2, ALARM, ALARM, ALARM, ALARM),
        ("00X0X", 2, ALARM, ALARM, ALARM, ALARM),
        ("0-X--", 2, OK, OK, ALARM, OK),
        ("----0", 2, OK, OK, ALARM, OK),
        ("---X-", 2, ALARM, AS_IS, ALARM, OK),
        # "Avoiding premature transitions to alarm state"
        ("----X", 2, AS_IS, AS_IS, ALARM, OK),
    ],
)
def test_missing_data_is_treated_as_on_the_page(
    points, to_alarm, missing, ignore, breaching, not_breaching
):
    values = [POINTS[point] for point in points]
    for treat, state in (
        (MISSING, missing),
        (IGNORE, ignore),
        (BREACHING, breaching),
        (NOT_BREACHING, not_breaching),
    ):
        rule = Rule("GreaterThanThreshold", 5.0, 3, to_alarm, treat)
        assert judge(values, rule).state == state, (points, treat)


@pytest.mark.parametrize(
    ("comparison", "states"),
    [
        ("GreaterThanOrEqualToThreshold", (OK, ALARM, ALARM)),
        ("GreaterThanThreshold", (OK, OK, ALARM)),
        ("LessThanThreshold", (ALARM, OK, OK)),
        ("LessThanOrEqualToThreshold", (ALARM, ALARM, OK)),
    ],
)
def test_each_comparison_is_of_the_value_with_the_threshold(comparison, states):
    rule = Rule(comparison, 5.0, 1, 1, MISSING)
    found = tuple(judge([None, None, value], rule).state for value in (4.0, 5.0, 6.0))
    assert found == states
