"""Billing modes and throughput figures: what goes with what, within which bounds.

The figures are kept and described, and decide how many partitions a new table gets. Nothing is
throttled by them. Source: recorded answers; AWS, developer guide, "Service quotas".
"""

from collections.abc import Mapping
from typing import Any

from headwater.errors import LimitExceeded, Validation
from headwater.limits import (
    ON_DEMAND_PARTITIONS,
    PARTITION_READ_UNITS,
    PARTITION_WRITE_UNITS,
    TABLE_UNITS_MAX,
)
from headwater.operations.dynamodb.key_params import OMP

PROVISIONED = "PROVISIONED"
ON_DEMAND = "PAY_PER_REQUEST"

_FIGURE_MAX = 1_000_000_000_000
_READ, _WRITE = "ReadCapacityUnits", "WriteCapacityUnits"
_UNCAPPED = -1

Figures = tuple[int, int]
"""Read and write units per second; (0, 0) on demand."""


def table_figures(params: Mapping[str, Any], billing: str) -> Figures:
    """The figures of a table's ProvisionedThroughput under `billing`. Raises Validation."""
    throughput = params.get("ProvisionedThroughput")
    if billing == ON_DEMAND:
        if throughput is not None:
            raise Validation(
                f"{OMP}Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when "
                "BillingMode is PAY_PER_REQUEST"
            )
        return (0, 0)
    if throughput is None:
        raise Validation(
            f"{OMP}ReadCapacityUnits and WriteCapacityUnits must both be specified when "
            "BillingMode is PROVISIONED"
        )
    return checked_figures(throughput)


def index_figures(fields: Mapping[str, Any], billing: str) -> Figures:
    """The figures of a global index whose table has `billing`. Raises Validation.

    fields  the index as the request describes it
    """
    throughput = fields.get("ProvisionedThroughput")
    name = fields["IndexName"]
    if billing == ON_DEMAND:
        if throughput is not None:
            raise Validation(
                f"{OMP}ProvisionedThroughput should not be specified for index: {name} when "
                "BillingMode is PAY_PER_REQUEST"
            )
        return (0, 0)
    if throughput is None:
        raise Validation(f"{OMP}ProvisionedThroughput must be specified for index: {name}")
    return checked_figures(throughput, f" for index {name}")


def checked_figures(throughput: Mapping[str, int], where: str = "") -> Figures:
    """Raises Validation out of bounds, LimitExceeded above what an account gets unasked."""
    for name in (_READ, _WRITE):
        if throughput[name] > _FIGURE_MAX:
            raise Validation(f"Given value {throughput[name]} for {name} is out of bounds{where}")
    for name in (_READ, _WRITE):
        _check_units(name, throughput[name], where)
    return throughput[_READ], throughput[_WRITE]


def on_demand_caps(
    fields: Mapping[str, Any], billing: str, where: str = "table"
) -> dict[str, int] | None:
    """OnDemandThroughput as it is kept: caps that are set. None if the request names none.

    fields  the table or index as the request describes it
    where   "table" or "index i", for the text
    Raises Validation.
    """
    caps = fields.get("OnDemandThroughput")
    if caps is None:
        return None
    if billing != ON_DEMAND:
        raise Validation(
            f"{OMP}OnDemandThroughput cannot be specified for {where} when BillingMode is "
            "PROVISIONED"
        )
    for name in ("MaxReadRequestUnits", "MaxWriteRequestUnits"):
        cap = caps.get(name, _UNCAPPED)
        if cap != _UNCAPPED and not 1 <= cap <= _FIGURE_MAX:
            raise Validation(
                f"{OMP}Requested {name} for OnDemandThroughput for {where} is outside of valid "
                "range"
            )
    return {name: cap for name, cap in caps.items() if cap != _UNCAPPED}


def warm_figures(fields: Mapping[str, Any], least: Figures) -> dict[str, int] | None:
    """WarmThroughput as it is kept. None if the request names none.

    least  what the table or index is good for without it; less cannot be asked for
    Raises Validation, LimitExceeded.
    """
    warm = fields.get("WarmThroughput")
    if warm is None:
        return None
    kept: dict[str, int] = {}
    for name, floor in zip(("ReadUnitsPerSecond", "WriteUnitsPerSecond"), least, strict=True):
        asked = warm.get(name, floor)
        if asked < floor:
            raise Validation(
                f"{OMP}Requested {name} for WarmThroughput is lower than the current value "
                f"{floor}: {asked}"
            )
        _check_units(name, asked, "")
        kept[name] = asked
    return kept


def warm_default(billing: str, figures: Figures) -> Figures:
    """What a table or index is good for when nothing was asked for."""
    if billing == ON_DEMAND:
        return (
            ON_DEMAND_PARTITIONS * PARTITION_READ_UNITS,
            ON_DEMAND_PARTITIONS * PARTITION_WRITE_UNITS,
        )
    return figures


def _check_units(name: str, asked: int, where: str) -> None:
    if asked > TABLE_UNITS_MAX:
        raise LimitExceeded(
            f"Subscriber limit exceeded: The requested {name} of {asked}{where} is above the "
            f"per-table limit of {TABLE_UNITS_MAX}"
        )
