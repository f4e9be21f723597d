"""UpdateTable's changes of billing mode and throughput, of the table and its global indexes.

Schema in, schema out: nothing is read or written here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from headwater.errors import AwsError, LimitExceeded, ResourceNotFound, Validation
from headwater.limits import DECREASES_AT_ONCE_MAX, ON_DEMAND_SWITCHES_MAX
from headwater.operations.dynamodb.key_params import OMP
from headwater.operations.dynamodb.throughput_params import (
    ON_DEMAND,
    Figures,
    index_figures,
    on_demand_caps,
    table_figures,
    warm_default,
    warm_figures,
)
from headwater.tables.schema import Index, Schema

# The third is refused in words of its own.
_ON_DEMAND_PARTS = ("OnDemandThroughput", "WarmThroughput", "ProvisionedThroughput")
_DAY_MS = 24 * 60 * 60 * 1000
_HOUR_MS = 60 * 60 * 1000


def changed_throughput(
    schema: Schema, params: Mapping[str, Any], updates: Mapping[str, Mapping[str, Any]], now_ms: int
) -> Schema:
    """`schema` with the throughput that the request asks for.

    updates  the Update actions of the request, by index name
    Raises Validation, ResourceNotFound for an index that is not there, LimitExceeded.
    """
    known = {index.name for index in schema.indexes if index.is_global}
    for name in updates:
        if name not in known:
            raise index_missing(schema, name, "update")
    billing = params.get("BillingMode", schema.billing)
    figures = _table_figures(schema, params, billing)
    settings = _remembered(schema.settings, schema.throughput, figures, now_ms)
    if billing != schema.billing and billing == ON_DEMAND:
        settings["OnDemandSinceMs"] = now_ms
        settings["OnDemandSwitches"] = _switched(settings.get("OnDemandSwitches", ()), now_ms)
    _change_settings(settings, params, billing, figures, "")
    indexes = tuple(
        _changed_index(index, updates.get(index.name), schema.billing, billing, now_ms)
        for index in schema.indexes
    )
    return replace(schema, billing=billing, throughput=figures, settings=settings, indexes=indexes)


def index_missing(schema: Schema, name: str, action: str) -> AwsError:
    """The error for a global index that is not there. action: update or delete."""
    if any(index.name == name for index in schema.indexes):
        return Validation(f"Cannot {action} an index that is not a GlobalSecondaryIndex: {name}")
    return ResourceNotFound(f"Requested resource not found: Index {name} for table {schema.name}")


def _switched(before: Sequence[int], now_ms: int) -> list[int]:
    """When the table was switched to on-demand mode in the last 24 hours, with this time.

    Raises LimitExceeded for more often than AWS allows (its developer guide, "Switching modes").
    """
    recent = [moment_ms for moment_ms in before if now_ms - moment_ms < _DAY_MS]
    if len(recent) >= ON_DEMAND_SWITCHES_MAX:
        raise LimitExceeded(
            "Subscriber limit exceeded: Update to PayPerRequest mode are limited to "
            f"{ON_DEMAND_SWITCHES_MAX} times in 1 day(s)"
        )
    return [*recent, now_ms]


def _table_figures(schema: Schema, params: Mapping[str, Any], billing: str) -> Figures:
    if billing == schema.billing and "ProvisionedThroughput" not in params:
        return schema.throughput
    figures = table_figures(params, billing, is_change=True)
    if billing == schema.billing:
        _check_differs("table", schema.throughput, figures)
    return figures


def _changed_index(
    index: Index, update: Mapping[str, Any] | None, before: str, billing: str, now_ms: int
) -> Index:
    """One index under `billing`, where the table had `before`."""
    if not index.is_global or (update is None and billing == before):
        return index
    fields = update if update is not None else {"IndexName": index.name}
    if billing == ON_DEMAND == before and not any(fields.get(part) for part in _ON_DEMAND_PARTS):
        raise Validation(
            f"{OMP}The only Updates for index: {index.name} when TableThroughputMode is "
            "PAY_PER_REQUEST can be to OnDemandThroughput, WarmThroughput"
        )
    figures = _index_figures(index, fields, before, billing)
    settings = _remembered(index.settings, index.throughput, figures, now_ms)
    _change_settings(settings, fields, billing, figures, index.name)
    return replace(index, throughput=figures, settings=settings)


def _index_figures(index: Index, fields: Mapping[str, Any], before: str, billing: str) -> Figures:
    if billing != before or billing == ON_DEMAND:
        return index_figures(fields, billing, is_change=True)
    if "ProvisionedThroughput" not in fields and "WarmThroughput" in fields:
        return index.throughput
    figures = index_figures(fields, billing, is_change=True)
    _check_differs("index", index.throughput, figures, f" {index.name}")
    return figures


def _check_differs(kind: str, current: Figures, asked: Figures, name: str = "") -> None:
    if current != asked:
        return
    raise Validation(
        f"The provisioned throughput for the {kind}{name} will not change. The requested value "
        f"equals the current value. Current ReadCapacityUnits provisioned for the {kind}: "
        f"{current[0]}. Requested ReadCapacityUnits: {asked[0]}. Current WriteCapacityUnits "
        f"provisioned for the {kind}: {current[1]}. Requested WriteCapacityUnits: {asked[1]}. "
        "Refer to the Amazon DynamoDB Developer Guide for current limits and how to request "
        "higher limits."
    )


def _remembered(
    settings: Mapping[str, Any], before: Figures, after: Figures, now_ms: int
) -> dict[str, Any]:
    """Settings that remember when throughput went up or down, and how often today.

    Raises LimitExceeded. Units that are given up for on-demand mode are no decrease of today's.
    """
    changed = dict(settings)
    if after[0] > before[0] or after[1] > before[1]:
        changed["IncreasedMs"] = now_ms
    if after[0] < before[0] or after[1] < before[1]:
        changed["DecreasedMs"] = now_ms
        if any(after):
            changed["Decreases"] = _decreased(settings.get("Decreases", ()), now_ms)
    return changed


def _decreased(before: Sequence[int], now_ms: int) -> list[int]:
    """The decreases of this day of UTC, with one at this moment.

    Raises LimitExceeded where the last of four or more is less than an hour ago. Source: AWS,
    "Service, account, and table quotas", "Decreasing provisioned throughput"; recorded answers.
    """
    today = [moment_ms for moment_ms in before if moment_ms // _DAY_MS == now_ms // _DAY_MS]
    if len(today) >= DECREASES_AT_ONCE_MAX and now_ms < today[-1] + _HOUR_MS:
        tomorrow_ms = (now_ms // _DAY_MS + 1) * _DAY_MS
        raise LimitExceeded(
            "Subscriber limit exceeded: Provisioned throughput decreases are limited within a "
            f"given UTC day. After the first {DECREASES_AT_ONCE_MAX} decreases, each subsequent "
            "decrease in the same UTC day can be performed at most once every "
            f"{_HOUR_MS // 1000} seconds. Number of decreases today: {len(today)}. Last decrease "
            f"at {_spoken(today[-1])}. Next decrease can be made at "
            f"{_spoken(min(today[-1] + _HOUR_MS, tomorrow_ms))}"
        )
    return [*today, now_ms]


def _spoken(moment_ms: int) -> str:
    """
    >>> _spoken(1_791_505_294_000)
    'Friday, October 9, 2026 at 12:21:34 AM Coordinated Universal Time'
    """
    moment = datetime.fromtimestamp(moment_ms / 1000, UTC)
    hour = moment.hour % 12 or 12
    return (
        f"{moment:%A, %B} {moment.day}, "
        f"{moment.year} at {hour}:{moment:%M:%S} {'AM' if moment.hour < 12 else 'PM'} "
        "Coordinated Universal Time"
    )


def _change_settings(
    settings: dict[str, Any], fields: Mapping[str, Any], billing: str, figures: Figures, index: str
) -> None:
    """Bring the caps and the warm figures of a table or index to what `fields` asks for."""
    caps = on_demand_caps(fields, billing, index, is_change=True)
    if billing != ON_DEMAND:
        settings.pop("OnDemandThroughput", None)
    elif caps is not None:
        # A cap of -1 is lifted; one that is not named stays.
        named = fields["OnDemandThroughput"]
        known = settings.get("OnDemandThroughput", {})
        kept = {name: cap for name, cap in known.items() if name not in named} | caps
        settings.pop("OnDemandThroughput", None)
        if kept:
            settings["OnDemandThroughput"] = kept
    floor = _warm_now(settings, billing, figures)
    warm = warm_figures(fields, billing, floor, index, is_change=True)
    if warm is not None:
        settings["WarmThroughput"] = warm


def _warm_now(settings: Mapping[str, Any], billing: str, figures: Figures) -> Figures:
    reads, writes = warm_default(billing, figures)
    warm = settings.get("WarmThroughput", {})
    return (
        max(reads, warm.get("ReadUnitsPerSecond", 0)),
        max(writes, warm.get("WriteUnitsPerSecond", 0)),
    )
