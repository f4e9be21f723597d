"""GetMetricStatistics: statistics of one metric, period by period."""

from typing import Any, Final

from headwater.errors import InvalidParameterCombination, InvalidParameterValue, NotSupported
from headwater.metrics.recorder import Series
from headwater.monitoring.catalog import find_metric
from headwater.monitoring.queries import check_period, dimensions_of
from headwater.monitoring.statistics import percentile_of, read_periods, value_of
from headwater.operations.call import Call
from headwater.operations.monitoring.metric_params import monitoring_of, now_s, span_param
from headwater.storage.engine import Transaction

_POINTS_MAX: Final = 1440


async def get_metric_statistics(call: Call) -> dict[str, Any]:
    """Source: AWS, CloudWatch API reference, "GetMetricStatistics"."""
    params = call.params
    start_s, end_s = span_param(params)
    period_s = params["Period"]
    check_period(period_s)
    _check(params, -(-(end_s - start_s) // period_s))
    dimensions = dimensions_of(params.get("Dimensions"))
    await monitoring_of(call).keeper.flush()
    now = now_s(call)

    def work(tx: Transaction) -> list[dict[str, Any]]:
        known = find_metric(tx, call.scope, params["Namespace"], params["MetricName"], dimensions)
        every = [] if known is None else known.series(call.scope, params.get("Unit"))
        return [
            point
            for series in every
            for point in _points(tx, series, params, period_s, start_s, end_s, now)
        ]

    return {"Label": params["MetricName"], "Datapoints": await call.node.engine.run(work)}


def _check(params: dict[str, Any], points: int) -> None:
    statistics, extended = params.get("Statistics"), params.get("ExtendedStatistics")
    if not statistics and not extended:
        raise InvalidParameterCombination(
            "Must specify either Statistics or ExtendedStatistics, or both."
        )
    for name in extended or ():
        if percentile_of(name) is None:
            raise NotSupported(
                f"The extended statistic {name} is not supported: there are percentiles, p0 to p100"
            )
    if extended and len(extended) > 10:
        raise InvalidParameterValue("There can be 10 ExtendedStatistics at most.")
    if points > _POINTS_MAX:
        raise InvalidParameterCombination(
            f"You have requested up to {points} datapoints, which exceeds the limit of "
            f"{_POINTS_MAX}. You may reduce the datapoints requested by increasing Period, or "
            "decreasing the time range."
        )


def _points(
    tx: Transaction,
    series: Series,
    params: dict[str, Any],
    period_s: int,
    start_s: int,
    end_s: int,
    now: int,
) -> list[dict[str, Any]]:
    """The datapoints of one unit."""
    found = []
    for at_s, samples in read_periods(tx, [series], period_s, start_s, end_s, now):
        point: dict[str, Any] = {"Timestamp": at_s, "Unit": series.unit}
        for name in params.get("Statistics", ()):
            point[name] = value_of(samples, name)
        extended = {
            name: value
            for name in params.get("ExtendedStatistics", ())
            if (value := value_of(samples, name)) is not None
        }
        if extended:
            point["ExtendedStatistics"] = extended
        if len(point) > 2:
            found.append(point)
    return found
