"""PutMetricData: values of metrics of one's own, durable when they are answered."""

from typing import Any, Final

from headwater.errors import InvalidParameterValue, MissingRequiredParameter, NotSupported
from headwater.metrics.recorder import Series
from headwater.metrics.samples import Samples
from headwater.monitoring.catalog import announce
from headwater.monitoring.points import MINUTE_S, add_points
from headwater.monitoring.queries import dimensions_of
from headwater.operations.call import Call
from headwater.operations.monitoring.metric_params import (
    monitoring_of,
    now_s,
    refuse,
    samples_param,
)

_ENTRIES_MAX: Final = 1000
_PAST_S_MAX: Final = 14 * 24 * 60 * 60
_AHEAD_S_MAX: Final = 2 * 60 * 60


def put_metric_data(call: Call) -> dict[str, Any]:
    """Source: AWS, CloudWatch API reference, "PutMetricData"."""
    params = call.params
    refuse(params, "EntityMetricData", "StrictEntityValidation")
    namespace = params["Namespace"]
    _check_text(namespace, "Namespace")
    if namespace.startswith("AWS/"):
        raise InvalidParameterValue("The value AWS/ for parameter Namespace is invalid.")
    data = params.get("MetricData")
    if not data:
        raise MissingRequiredParameter("The parameter MetricData is required.")
    if len(data) > _ENTRIES_MAX:
        raise InvalidParameterValue(
            f"The collection MetricData must not have a size greater than {_ENTRIES_MAX}."
        )
    now = now_s(call)
    minutes: dict[int, list[tuple[Series, Samples]]] = {}
    for number, datum in enumerate(data, 1):
        at_s = _minute(number, datum, now)
        _check_names(number, datum)
        dimensions = dimensions_of(datum.get("Dimensions"))
        unit = datum.get("Unit", "None")
        series = Series(call.scope, namespace, datum["MetricName"], unit, dimensions)
        minutes.setdefault(at_s, []).append((series, samples_param(number, datum)))
    for at_s, values in minutes.items():
        add_points(call.tx, values, at_s, now)
        announce(call.tx, [series for series, _ in values], now)
    call.tx.after_commit(monitoring_of(call).touched)
    return {}


def _check_names(number: int, datum: dict[str, Any]) -> None:
    where = f"MetricData.member.{number}"
    _check_text(datum["MetricName"], f"{where}.MetricName")
    for place, dimension in enumerate(datum.get("Dimensions", ()), 1):
        for part in ("Name", "Value"):
            _check_text(dimension[part], f"{where}.Dimensions.member.{place}.{part}")


def _check_text(text: str, where: str) -> None:
    # AWS calls a line break not ASCII too: all that is not printed is meant.
    if not (text.isascii() and text.isprintable()):
        raise InvalidParameterValue(
            f"The value for parameter {where} contains non-ASCII characters."
        )


def _minute(number: int, datum: dict[str, Any], now: int) -> int:
    if datum.get("StorageResolution", MINUTE_S) < MINUTE_S:
        raise NotSupported(
            "Headwater keeps metrics by the minute: a StorageResolution of "
            f"{datum['StorageResolution']} is not supported"
        )
    at_s = int(datum.get("Timestamp", now))
    if not now - _PAST_S_MAX <= at_s <= now + _AHEAD_S_MAX:
        raise InvalidParameterValue(
            f"The parameter MetricData.member.{number}.Timestamp must specify a time no more than "
            "two weeks in the past and no more than two hours in the future."
        )
    return at_s - at_s % MINUTE_S
