"""Is it an alarm? The rules for datapoints that breach, that do not, and that are missing. Pure.

    judge([None, None, 7.0, None, None], ...)      oldest first, one entry for each period

More periods are looked at than are asked for (`EXTRA`): where enough datapoints are there, missing
ones between them do not count. Source, with the tables that tests/unit/monitoring holds this file
to: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
"""

import operator
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

OK: Final = "OK"
ALARM: Final = "ALARM"
INSUFFICIENT_DATA: Final = "INSUFFICIENT_DATA"
EXTRA: Final = 2

MISSING: Final = "missing"
IGNORE: Final = "ignore"
BREACHING: Final = "breaching"
NOT_BREACHING: Final = "notBreaching"

_COMPARISONS: Final[dict[str, tuple[Callable[[float, float], bool], str]]] = {
    "GreaterThanOrEqualToThreshold": (operator.ge, "greater than or equal to"),
    "GreaterThanThreshold": (operator.gt, "greater than"),
    "LessThanThreshold": (operator.lt, "less than"),
    "LessThanOrEqualToThreshold": (operator.le, "less than or equal to"),
}
COMPARISONS: Final = tuple(_COMPARISONS)


class Rule(NamedTuple):
    """What an alarm asks. to_alarm: datapoints of the last `periods` that must breach."""

    comparison: str
    threshold: float
    periods: int
    to_alarm: int
    treat_missing: str

    def breaches(self, value: float) -> bool:
        return _COMPARISONS[self.comparison][0](value, self.threshold)

    @property
    def words(self) -> str:
        return _COMPARISONS[self.comparison][1]


class Judgement(NamedTuple):
    """state: None: it stays what it is. seen: indexes of the datapoints it was judged by."""

    state: str | None
    seen: tuple[int, ...]
    filled: int  # missing datapoints that were treated as something


def judge(values: Sequence[float | None], rule: Rule) -> Judgement:
    """values: of the last rule.periods + EXTRA periods, oldest first; None: no datapoint"""
    there = [index for index, value in enumerate(values) if value is not None]
    seen = tuple(there[-rule.periods :])
    filled = rule.periods - len(seen)
    breaching = [index for index in seen if rule.breaches(values[index] or 0.0)]
    return Judgement(_state(seen, breaching, filled, len(values), rule), seen, filled)


def _state(
    seen: Sequence[int], breaching: Sequence[int], filled: int, looked_at: int, rule: Rule
) -> str | None:
    treat = rule.treat_missing
    if len(breaching) + (filled if treat == BREACHING else 0) >= rule.to_alarm:
        return ALARM
    if treat in (BREACHING, NOT_BREACHING) or len(breaching) < len(seen):
        return OK
    # Missing datapoints are neither here nor there, and every datapoint there is breaches.
    if treat == IGNORE:
        return None
    if not seen:
        return INSUFFICIENT_DATA
    # It is an alarm once the oldest of them is as old as the datapoints that are asked for.
    return ALARM if looked_at - breaching[0] >= rule.to_alarm else None
