"""GetMetricData: several metrics, and expressions of them, in one request."""

from typing import Any, Final

from headwater.errors import (
    InvalidNextToken,
    InvalidParameterValue,
    MissingRequiredParameter,
    Validation,
)
from headwater.monitoring.queries import Result, Span, check_queries, run_queries
from headwater.operations.call import Call
from headwater.operations.monitoring.metric_params import monitoring_of, now_s, span_param

_QUERIES_MAX: Final = 500
_POINTS_MAX: Final = 100_800


async def get_metric_data(call: Call) -> dict[str, Any]:
    """Everything is answered on one page, unless MaxDatapoints asks for less.

    Source: AWS, CloudWatch API reference, "GetMetricData".
    """
    params = call.params
    start_s, end_s = span_param(params)
    queries = params["MetricDataQueries"]
    if not queries:
        raise MissingRequiredParameter("The parameter MetricDataQueries is required.")
    if params.get("MaxDatapoints", 1) not in range(1, _POINTS_MAX + 1):
        raise InvalidParameterValue(
            f"The value {params['MaxDatapoints']} for parameter MaxDatapoints is invalid: it must "
            f"be 1 to {_POINTS_MAX}."
        )
    if len(queries) > _QUERIES_MAX:
        raise Validation(
            f"The collection MetricDataQueries must not have a size greater than {_QUERIES_MAX}."
        )
    check_queries(queries)
    await monitoring_of(call).keeper.flush()
    span = Span(start_s, end_s, now_s(call))
    results = await call.node.engine.run(lambda tx: run_queries(tx, call.scope, queries, span))
    newest_first = params.get("ScanBy", "TimestampDescending") == "TimestampDescending"
    return _page(params, [_shown(result, newest_first) for result in results])


def _shown(result: Result, newest_first: bool) -> dict[str, Any]:
    points = sorted(result.line.values.items(), reverse=newest_first)
    shown: dict[str, Any] = {
        "Id": result.id,
        "Label": result.label,
        "Timestamps": [at_s for at_s, _ in points],
        "Values": [value for _, value in points],
        "StatusCode": "Complete",
    }
    if result.messages:
        shown["Messages"] = result.messages
    return shown


def _page(params: dict[str, Any], results: list[dict[str, Any]]) -> dict[str, Any]:
    """The points of a page, counted through all results. NextToken is how many came before."""
    most: int = params.get("MaxDatapoints", _POINTS_MAX)
    token = params.get("NextToken", "0")
    if not token.isdigit():
        raise InvalidNextToken("The value for parameter NextToken is invalid.")
    first, seen, left = int(token), 0, most
    shown = []
    is_cut = False
    for result in results:
        size = len(result["Values"])
        start = min(max(first - seen, 0), size)
        end = min(size, start + left)
        left -= end - start
        seen += size
        if end < size:
            is_cut = True
            result["StatusCode"] = "PartialData"
        if start < size or not size:
            result["Timestamps"] = result["Timestamps"][start:end]
            result["Values"] = result["Values"][start:end]
            shown.append(result)
    answer: dict[str, Any] = {"MetricDataResults": shown, "Messages": []}
    return {**answer, "NextToken": str(first + most)} if is_cut else answer
