"""What the parameters of CloudWatch's operations mean: moments, statistics, values of metrics."""

import math
from collections.abc import Mapping
from typing import Any, Final

from headwater.errors import (
    InvalidNextToken,
    InvalidParameterCombination,
    InvalidParameterValue,
    NotSupported,
)
from headwater.metrics.samples import Samples
from headwater.monitoring.monitoring import Monitoring
from headwater.operations.call import Call

VALUE_MAX: Final = 2.0**360
_WORDS: Final = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}
_STATISTIC_SET: Final = ("SampleCount", "Sum", "Minimum", "Maximum")


def monitoring_of(call: Call) -> Monitoring:
    """The node's."""
    monitoring: Monitoring = call.node.monitoring
    return monitoring


def now_s(call: Call) -> int:
    return call.node.clock.now_ms() // 1000


def span_param(params: Mapping[str, Any]) -> tuple[int, int]:
    """StartTime and EndTime in whole seconds. Raises InvalidParameterValue."""
    start_s, end_s = params["StartTime"], params["EndTime"]
    if start_s >= end_s:
        raise InvalidParameterValue(
            "The parameter StartTime must be less than the parameter EndTime."
        )
    return int(start_s), math.ceil(end_s)


def samples_param(number: int, datum: Mapping[str, Any]) -> Samples:
    """The values of one entry of MetricData; number: its place, from 1.

    Raises InvalidParameterCombination, InvalidParameterValue.
    """
    where = f"MetricData.member.{number}"
    given = [name for name in ("Value", "Values", "StatisticValues") if name in datum]
    if len(given) > 1:
        raise InvalidParameterCombination(
            f"The parameters {where}.{given[0]} and {where}.{given[1]} are mutually exclusive and "
            "you have specified both."
        )
    if not given:
        raise InvalidParameterCombination(
            f"At least one of the parameters {where}.Value, {where}.Values and "
            f"{where}.StatisticValues must be specified."
        )
    samples = Samples()
    if given == ["Value"]:
        samples.add(_checked(datum["Value"], f"{where}.Value"))
    elif given == ["Values"]:
        _add_values(samples, datum, where)
    else:
        _add_set(samples, datum["StatisticValues"], where)
    return samples


def _add_values(samples: Samples, datum: Mapping[str, Any], where: str) -> None:
    values = datum["Values"]
    counts = datum.get("Counts", [1.0] * len(values))
    if len(values) != len(counts):
        raise InvalidParameterValue(
            f"The parameters {where}.Values and {where}.Counts must be of the same size."
        )
    if len(values) > 150:
        raise InvalidParameterValue(f"The parameter {where}.Values has more than 150 members.")
    for value, times in zip(values, counts, strict=True):
        if _checked(times, f"{where}.Counts") <= 0:
            raise InvalidParameterValue(f"The value {times} for {where}.Counts is not positive.")
        samples.add(_checked(value, f"{where}.Values"), times)


def _add_set(samples: Samples, given: Mapping[str, Any], where: str) -> None:
    count, total, minimum, maximum = (
        _checked(given[name], f"{where}.StatisticValues.{name}") for name in _STATISTIC_SET
    )
    if count <= 0 or minimum > maximum:
        raise InvalidParameterValue(
            f"The parameter {where}.StatisticValues is no statistic set: SampleCount must be "
            "positive and Minimum no greater than Maximum."
        )
    samples.add_set(count, total, minimum, maximum)


def _checked(value: float, where: str) -> float:
    """A value that can be kept. Raises InvalidParameterValue."""
    if abs(finite(value, where)) > VALUE_MAX:
        raise _invalid(value, where)
    return float(value)


def finite(value: float, where: str) -> float:
    """A number that is one. Raises InvalidParameterValue."""
    if not math.isfinite(value):
        raise _invalid(_WORDS[str(value)], where)
    return value


def _invalid(shown: object, where: str) -> InvalidParameterValue:
    return InvalidParameterValue(f"The value {shown} for parameter {where} is invalid.")


def refuse(params: Mapping[str, Any], *names: str) -> None:
    """Raises NotSupported for parameters that Headwater does not have."""
    for name in names:
        if params.get(name):
            raise NotSupported(f"Headwater does not support the parameter {name}")


def token_param(params: Mapping[str, Any]) -> bytes | None:
    """NextToken, as `shown_token` made it. Raises InvalidNextToken."""
    token = params.get("NextToken")
    if token is None:
        return None
    try:
        return bytes.fromhex(token)
    except ValueError:
        raise InvalidNextToken("The value for parameter NextToken is invalid.") from None


def shown_token(key: bytes | None) -> dict[str, str]:
    """The answer's NextToken member, {} at the end."""
    return {} if key is None else {"NextToken": key.hex()}


def shown_metric(
    namespace: str, name: str, dimensions: tuple[tuple[str, str], ...]
) -> dict[str, Any]:
    """A Metric as answers have it."""
    pairs = [{"Name": one, "Value": value} for one, value in dimensions]
    return {"Namespace": namespace, "MetricName": name, "Dimensions": pairs}
