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
_INITIAL_THROUGHPUT = (
    "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html"
    "#on-demand-capacity-mode-initial"
)

Figures = tuple[int, int]
"""Read and write units per second; (0, 0) on demand."""


def table_figures(params: Mapping[str, Any], billing: str, *, is_change: bool = False) -> Figures:
    """The figures of a table's ProvisionedThroughput under `billing`. Raises Validation.

    is_change  of a table that is there already
    """
    throughput = params.get("ProvisionedThroughput")
    if billing == ON_DEMAND:
        if throughput is not None:
            raise Validation(
                f"{OMP}Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when "
                "BillingMode is PAY_PER_REQUEST"
            )
        return (0, 0)
    if throughput is None:
        told = (
            "ProvisionedThroughput must"
            if is_change
            else "ReadCapacityUnits and WriteCapacityUnits must both"
        )
        raise Validation(f"{OMP}{told} be specified when BillingMode is PROVISIONED")
    return checked_figures(throughput)


def index_figures(fields: Mapping[str, Any], billing: str, *, is_change: bool = False) -> Figures:
    """The figures of a global index whose table has `billing`. Raises Validation.

    fields     the index as the request describes it
    is_change  of an index that is there already
    """
    throughput = fields.get("ProvisionedThroughput")
    name = fields["IndexName"]
    if billing == ON_DEMAND:
        if throughput is not None:
            told = (
                "Neither ReadCapacityUnits nor WriteCapacityUnits can be"
                if is_change
                else "ProvisionedThroughput should not be"
            )
            raise Validation(
                f"{OMP}{told} specified for index: {name} when BillingMode is PAY_PER_REQUEST"
            )
        return (0, 0)
    if throughput is None:
        word = "must be" if is_change else "is not"
        raise Validation(f"{OMP}ProvisionedThroughput {word} specified for index: {name}")
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
    fields: Mapping[str, Any], billing: str, index: str = "", *, is_change: bool = False
) -> dict[str, int] | None:
    """OnDemandThroughput as it is kept: caps that are set. None if the request names none.

    fields     the table or index as the request describes it
    index      its name; "" for the table
    is_change  of what there is already: then -1 lifts a cap
    Raises Validation.
    """
    caps = fields.get("OnDemandThroughput")
    if caps is None:
        return None
    named = [name for name in ("MaxReadRequestUnits", "MaxWriteRequestUnits") if name in caps]
    if billing != ON_DEMAND and named:
        of_index = f" for index: {index}" if index else ""
        when = "the table" if is_change else "table"
        raise Validation(
            f"{OMP}{named[0]} for OnDemandThroughput{of_index} cannot be specified when {when} "
            f"BillingMode is PROVISIONED{'' if is_change else '.'}"
        )
    where = f"index : {index}" if index else "table"
    for name in named:
        if not 1 <= caps[name] <= _FIGURE_MAX and not (is_change and caps[name] == _UNCAPPED):
            raise Validation(
                f"{OMP}Requested {name} for OnDemandThroughput for {where} is outside of valid "
                "range"
            )
    return {name: cap for name, cap in caps.items() if cap != _UNCAPPED}


def warm_figures(
    fields: Mapping[str, Any], billing: str, least: Figures, index: str = "", *, is_change: bool
) -> dict[str, int] | None:
    """WarmThroughput as it is kept. None if the request names none.

    least      what the table or index is good for without it; less cannot be asked for
    index      its name; "" for the table
    is_change  of what there is already
    Raises Validation, LimitExceeded.
    """
    warm = fields.get("WarmThroughput")
    if not warm:
        return None
    kept: dict[str, int] = {}
    for name, floor in zip(("ReadUnitsPerSecond", "WriteUnitsPerSecond"), least, strict=True):
        asked = warm.get(name, floor)
        if asked < floor:
            where = f"index {index}" if index else "table"
            raise Validation(
                f"{OMP}Requested {name} for WarmThroughput for {where} is lower than "
                f"{_floor(name, billing, is_change)}"
            )
        _check_units(name, asked, "")
        kept[name] = asked
    return kept


def _floor(name: str, billing: str, is_change: bool) -> str:
    """What a figure is lower than, in AWS's words (recorded, October 2026)."""
    if is_change:
        return "current WarmThroughput, decreasing WarmThroughput is not supported"
    if billing == ON_DEMAND:
        return f"initial throughput for OnDemand. See: {_INITIAL_THROUGHPUT}"
    units = name.removesuffix("UnitsPerSecond")
    return f"{units}CapacityUnits of ProvisionedThroughput"


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
