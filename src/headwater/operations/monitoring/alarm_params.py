"""What PutMetricAlarm's parameters have to be, beyond their form."""

from collections.abc import Mapping
from typing import Any, Final

from headwater.errors import (
    InvalidParameterCombination,
    InvalidParameterValue,
    MissingRequiredParameter,
    NotSupported,
)
from headwater.monitoring.alarms.actions import ACTIONS_OF, Actions
from headwater.monitoring.alarms.judgement import (
    BREACHING,
    COMPARISONS,
    EXTRA,
    IGNORE,
    MISSING,
    NOT_BREACHING,
)
from headwater.monitoring.points import FINE_S_MAX
from headwater.monitoring.queries import check_period, check_queries, dimensions_of
from headwater.monitoring.statistics import percentile_of
from headwater.operations.monitoring.metric_params import finite, refuse

_KEPT: Final = (
    "AlarmDescription",
    "MetricName",
    "Namespace",
    "Statistic",
    "ExtendedStatistic",
    "Period",
    "Unit",
    "EvaluationPeriods",
    "DatapointsToAlarm",
    "Threshold",
    "ComparisonOperator",
    "TreatMissingData",
    "Metrics",
)
_OF_ONE_METRIC: Final = ("MetricName", "Namespace", "Statistic", "ExtendedStatistic", "Period")
_ACTIONS_MAX: Final = 5
_DAY_S: Final = 24 * 60 * 60


def alarm_config(params: Mapping[str, Any], actions: Actions) -> dict[str, Any]:
    """An alarm's configuration. Raises AwsErrors."""
    refuse(
        params,
        "ThresholdMetricId",
        "EvaluationWindow",
        "WarmUpConfiguration",
        "EvaluationCriteria",
        "EvaluationInterval",
        "ActionConfiguration",
    )
    for name in ("EvaluationPeriods", "ComparisonOperator", "Threshold"):
        if name not in params:
            raise MissingRequiredParameter(f"The parameter {name} is required.")
    if params["ComparisonOperator"] not in COMPARISONS:
        raise NotSupported("Headwater's alarms compare with a threshold, not with a band")
    treat = params.get("TreatMissingData", MISSING)
    if treat not in (MISSING, IGNORE, BREACHING, NOT_BREACHING):
        raise InvalidParameterValue(f"The value {treat} for TreatMissingData is not supported.")
    if params.get("EvaluateLowSampleCountPercentile") == "ignore":
        raise NotSupported("EvaluateLowSampleCountPercentile can only be evaluate")
    config: dict[str, Any] = {name: params[name] for name in _KEPT if name in params}
    config["ActionsEnabled"] = params.get("ActionsEnabled", True)
    for name in ACTIONS_OF.values():
        config[name] = params.get(name, [])
        if len(config[name]) > _ACTIONS_MAX:
            raise InvalidParameterValue(f"There can be {_ACTIONS_MAX} {name} at most.")
        for action in config[name]:
            actions.check(action)
    _check_numbers(config)
    if "Metrics" in config:
        _check_math(config)
    else:
        _check_metric(config, params)
    return config


def _check_numbers(config: Mapping[str, Any]) -> None:
    finite(config["Threshold"], "Threshold")
    periods = config["EvaluationPeriods"]
    if config.get("DatapointsToAlarm", periods) > periods:
        raise InvalidParameterValue(
            "The parameter DatapointsToAlarm must be less than or equal to EvaluationPeriods."
        )


def _check_metric(config: dict[str, Any], params: Mapping[str, Any]) -> None:
    config["Dimensions"] = [dict(one) for one in params.get("Dimensions", ())]
    dimensions_of(config["Dimensions"])
    for name in ("MetricName", "Namespace", "Period"):
        if name not in config:
            raise MissingRequiredParameter(f"The parameter {name} is required.")
    if ("Statistic" in config) == ("ExtendedStatistic" in config):
        raise InvalidParameterCombination(
            "Exactly one of the parameters Statistic and ExtendedStatistic must be specified."
        )
    extended = config.get("ExtendedStatistic")
    if extended is not None and percentile_of(extended) is None:
        raise NotSupported(
            f"The extended statistic {extended} is not supported: there are percentiles, p0 to p100"
        )
    check_period(config["Period"])
    _check_span(config, config["Period"])


def _check_math(config: Mapping[str, Any]) -> None:
    given = [name for name in _OF_ONE_METRIC if name in config]
    if given:
        raise InvalidParameterCombination(
            f"The parameters Metrics and {given[0]} are mutually exclusive."
        )
    queries = config["Metrics"]
    check_queries(queries)
    if sum(query.get("ReturnData", True) for query in queries) != 1:
        raise InvalidParameterValue("Exactly one of Metrics must have ReturnData set to true.")
    periods = [query["MetricStat"]["Period"] for query in queries if "MetricStat" in query]
    if not periods:
        raise InvalidParameterValue("At least one of Metrics must be a metric.")
    _check_span(config, max(periods))


def _check_span(config: Mapping[str, Any], period_s: int) -> None:
    """An alarm looks at a day at most, as on AWS; and at minutes as long as they are kept."""
    span_s = period_s * config["EvaluationPeriods"]
    if span_s > max(_DAY_S, period_s):
        raise InvalidParameterValue(
            "Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be "
            "<= 86400)."
        )
    if period_s % 300 and span_s + EXTRA * period_s > FINE_S_MAX:
        raise NotSupported(
            "Headwater keeps metrics by the minute for three hours: an alarm that looks back "
            "longer needs a Period that is a multiple of 300"
        )
