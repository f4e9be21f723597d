"""Queries of several metrics and expressions, as GetMetricData and alarms ask them.

    [{"Id": "m1", "MetricStat": {...}, "ReturnData": false},
     {"Id": "e1", "Expression": "m1 * 2", "Label": "twice"}]

The form was checked against the service's model; what the model cannot say is checked here.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple

from headwater.arns import Scope
from headwater.errors import NotSupported, Validation
from headwater.metrics.recorder import Dimensions, Series
from headwater.monitoring.catalog import Known, find_metric
from headwater.monitoring.lines import Line, Value
from headwater.monitoring.math import search_name, work_out
from headwater.monitoring.math_functions import REFUSED, WORDS
from headwater.monitoring.math_syntax import (
    BadExpression,
    Tree,
    calls_in,
    names_in,
    parse_math,
)
from headwater.monitoring.points import COARSE_S_MAX
from headwater.monitoring.search import Search, find, parse_search
from headwater.monitoring.statistics import (
    is_statistic,
    read_periods,
    resolution_of,
    value_of,
)
from headwater.storage.engine import Transaction

_ID = re.compile(r"[a-z][a-zA-Z0-9_]*")
_SEARCH_PERIOD_S: Final = 300  # of a SEARCH that says none
HIGH_RESOLUTION: Final = (1, 5, 10, 20, 30)


class Span(NamedTuple):
    """The time that is asked about, in seconds since the epoch; and now."""

    start_s: int
    end_s: int
    now_s: int


class Result(NamedTuple):
    """A line of one query. messages: as GetMetricData shows them."""

    id: str
    label: str
    line: Line
    messages: list[dict[str, str]]


def dimensions_of(given: Sequence[Mapping[str, str]] | None) -> Dimensions:
    """Sorted by name. Raises Validation for a name that comes twice."""
    pairs = sorted((one["Name"], one["Value"]) for one in given or ())
    if len({name for name, _ in pairs}) < len(pairs):
        raise Validation("The collection Dimensions must not contain a dimension name twice.")
    return tuple(pairs)


def check_period(period_s: int) -> None:
    """Raises NotSupported, Validation."""
    if period_s in HIGH_RESOLUTION:
        raise NotSupported(
            f"Headwater keeps metrics by the minute: a Period of {period_s} is not supported"
        )
    if period_s <= 0 or period_s % 60:
        raise Validation(f"The parameter Period must be a multiple of 60, and is {period_s}.")


def check_queries(queries: Sequence[Mapping[str, Any]]) -> None:
    """Raises Validation, NotSupported."""
    seen: set[str] = set()
    for query in queries:
        name = query["Id"]
        if not _ID.fullmatch(name):
            raise Validation(f"The value {name} for parameter Id is not matching the expected ")
        if name in seen:
            raise Validation(
                f"The values for parameter id in MetricDataQueries are not unique: {name}"
            )
        seen.add(name)
        if ("MetricStat" in query) == ("Expression" in query):
            raise Validation(
                f"Exactly one of MetricStat and Expression must be given for the query {name}"
            )
        if "MetricStat" in query:
            _check_stat(query["MetricStat"])
        else:
            _check_expression(name, query["Expression"])
    for query in queries:
        if "Expression" in query:
            missing = sorted(names_in(parse_math(query["Expression"])) - seen - WORDS)
            if missing:
                raise Validation(
                    f"Error in expression '{query['Id']}': Undefined variable '{missing[0]}'"
                )


def _check_stat(stat: Mapping[str, Any]) -> None:
    check_period(stat["Period"])
    if not is_statistic(stat["Stat"]):
        raise NotSupported(
            f"The statistic {stat['Stat']} is not supported: there are SampleCount, Average, Sum, "
            "Minimum, Maximum and percentiles such as p99"
        )
    metric = stat["Metric"]
    if "Namespace" not in metric or "MetricName" not in metric:
        raise Validation("MetricStat.Metric needs a Namespace and a MetricName")
    dimensions_of(metric.get("Dimensions"))


def _check_expression(name: str, text: str) -> None:
    if text.lstrip().upper().startswith("SELECT "):
        raise NotSupported("Headwater does not have Metrics Insights queries (SELECT ...)")
    try:
        tree = parse_math(text)
        for called, arguments in calls_in(tree):
            if called in REFUSED:
                why_not = f"Headwater does not have {called}: {REFUSED[called]}"
                raise NotSupported(f"Error in expression '{name}': {why_not}")
            if called == "SEARCH":
                searched(arguments)
    except BadExpression as why:
        raise Validation(f"Error in expression '{name}': {why}") from None


def run_queries(
    tx: Transaction, scope: Scope, queries: Sequence[Mapping[str, Any]], span: Span
) -> list[Result]:
    """The results of the queries that are to be returned, in order. Raises Validation."""
    return run_and_look(tx, scope, queries, span)[0]


def run_and_look(
    tx: Transaction, scope: Scope, queries: Sequence[Mapping[str, Any]], span: Span
) -> tuple[list[Result], bool]:
    """As `run_queries`, and whether any metric of theirs had a value."""
    runner = _Runner(tx, scope, queries, span)
    found: list[Result] = []
    for query in queries:
        if query.get("ReturnData", True):
            found += runner.results(query)
    return found, runner.has_values


class _Runner:
    """Works queries out, each once, whatever their order."""

    def __init__(
        self, tx: Transaction, scope: Scope, queries: Sequence[Mapping[str, Any]], span: Span
    ) -> None:
        self._tx = tx
        self._scope = scope
        self._queries = {query["Id"]: query for query in queries}
        self._span = span
        self._known: dict[str, Value] = {}
        self._messages: dict[str, list[dict[str, str]]] = {}
        self._open: set[str] = set()
        self.has_values = False

    def results(self, query: Mapping[str, Any]) -> list[Result]:
        name = query["Id"]
        value = self._value(name)
        if isinstance(value, Line):
            lines = [value]
        elif isinstance(value, list):
            lines = value
        else:
            raise Validation(
                f"Error in expression '{name}': the result is a number and not a time series"
            )
        given = query.get("Label")
        messages = self._messages.get(name, [])
        return [Result(name, given or line.label or name, line, messages) for line in lines]

    def _value(self, name: str) -> Value:
        if name in self._known:
            return self._known[name]
        if name in self._open:
            raise Validation(f"Error in expression '{name}': Circular reference")
        self._open.add(name)
        query = self._queries[name]
        made = self._metric(query) if "MetricStat" in query else self._expression(query)
        self._open.discard(name)
        self._known[name] = made
        return made

    def _expression(self, query: Mapping[str, Any]) -> Value:
        name = query["Id"]
        tree = parse_math(query["Expression"])
        for needed in names_in(tree) & self._queries.keys():
            self._value(needed)
        if "METRICS(" in query["Expression"].upper().replace(" ", ""):
            for other, about in self._queries.items():
                if "MetricStat" in about:
                    self._value(other)
        for called, arguments in calls_in(tree):
            if called == "SEARCH":
                self._known[search_name(arguments)] = self._found(arguments)
        try:
            made = work_out(tree, self._known)
        except BadExpression as why:
            raise Validation(f"Error in expression '{name}': {why}") from None
        if isinstance(made, Line):
            return Line(made.values, made.period_s, name, False, made.moments)
        return made

    def _found(self, arguments: Sequence[Tree]) -> list[Line]:
        """The lines of a SEARCH."""
        search, statistic, period_s = searched(arguments)
        seen_from_s = self._span.now_s - COARSE_S_MAX
        lines = []
        for known in find(self._tx, self._scope, search, seen_from_s=seen_from_s):
            line = self._line(known, known.series(self._scope), statistic, period_s)
            label = " ".join([known.name, *(value for _, value in known.dimensions)])
            lines.append(replace(line, label=label))
        return lines

    def _metric(self, query: Mapping[str, Any]) -> Line:
        stat = query["MetricStat"]
        metric, period_s, statistic = stat["Metric"], stat["Period"], stat["Stat"]
        known = find_metric(
            self._tx,
            self._scope,
            metric["Namespace"],
            metric["MetricName"],
            dimensions_of(metric.get("Dimensions")),
        )
        every = [] if known is None else known.series(self._scope, stat.get("Unit"))
        if len(every) > 1:
            units = ", ".join(sorted(one.unit for one in every))
            text = f"Multiple units returned: '[{units}]'"
            self._messages[query["Id"]] = [{"Code": "MultipleUnits", "Value": text}]
        line = self._line(known, every, statistic, period_s)
        return replace(line, label=metric["MetricName"], is_metric=True)

    def _line(
        self, known: Known | None, every: Sequence[Series], statistic: str, period_s: int
    ) -> Line:
        """every: the series of a metric that are added up"""
        span = self._span
        resolution_s = resolution_of(period_s, span.start_s, span.now_s)
        start_s = span.start_s - span.start_s % resolution_s
        values: dict[int, float] = {}
        if known is not None:
            points = read_periods(self._tx, every, period_s, start_s, span.end_s, span.now_s)
            for at_s, samples in points:
                value = value_of(samples, statistic)
                if value is not None:
                    values[at_s] = value
                    self.has_values = True
        # No further back than there are points: who asks since 1970 has no million gaps filled.
        skipped = max(0, span.now_s - COARSE_S_MAX - start_s) // period_s
        first_s = start_s + skipped * period_s
        moments = range(first_s, min(span.end_s, span.now_s + 1), period_s)
        return Line(values, period_s, moments=moments)


def searched(arguments: Sequence[Tree]) -> tuple[Search, str, int]:
    """What a SEARCH asks: which metrics, which statistic, by which period.

    Raises BadExpression, Validation, NotSupported.
    """
    kinds = tuple(argument[0] for argument in arguments)
    if kinds not in (("text", "text"), ("text", "text", "number")):
        raise BadExpression("SEARCH takes what to search, a statistic and a period")
    statistic = str(arguments[1][1])
    if not is_statistic(statistic):
        raise NotSupported(f"The statistic {statistic} of SEARCH is not supported")
    period_s = int(arguments[2][1]) if len(arguments) == 3 else _SEARCH_PERIOD_S
    check_period(period_s)
    return parse_search(str(arguments[0][1])), statistic, period_s
