"""Secondary indexes as requests describe them: checked, and turned into `Index`es.

The order of the checks is AWS's: local indexes before global ones, each index whole before the
next, counts at the end. Source: recorded answers; AWS, developer guide, "Service quotas".
"""

from collections.abc import Mapping, Sequence
from typing import Any

from headwater.errors import Validation
from headwater.limits import GLOBAL_INDEXES_MAX, LOCAL_INDEXES_MAX, PROJECTED_ATTRIBUTES_MAX
from headwater.operations.dynamodb.key_params import OMP, Keys, global_keys, pair_keys
from headwater.operations.dynamodb.throughput_params import (
    index_figures,
    on_demand_caps,
    warm_default,
    warm_figures,
)
from headwater.tables.schema import Index


def local_indexes(
    params: Mapping[str, Any], table_keys: Keys, types: Mapping[str, str]
) -> list[Index]:
    """The LocalSecondaryIndexes of CreateTable, numbered from 1. Raises Validation."""
    asked = params.get("LocalSecondaryIndexes")
    if asked is None:
        return []
    if not asked:
        raise Validation(f"{OMP}List of LocalSecondaryIndexes is empty")
    if not table_keys.range_names:
        raise Validation(
            f"{OMP}Table KeySchema does not have a range key, which is required when specifying "
            "a LocalSecondaryIndex"
        )
    indexes: list[Index] = []
    for number, fields in enumerate(asked, 1):
        path = f"localSecondaryIndexes.{number}.member.keySchema"
        keys = pair_keys(fields["KeySchema"], types, path)
        _check_local_keys(fields["IndexName"], keys, table_keys)
        index = _index(number, fields, keys, is_global=False)
        _check_name(index, indexes)
        indexes.append(index)
    if len(indexes) > LOCAL_INDEXES_MAX:
        raise Validation(
            f"{OMP}Number of LocalSecondaryIndexes exceeds per-table limit of {LOCAL_INDEXES_MAX}"
        )
    return indexes


def global_indexes(
    params: Mapping[str, Any], types: Mapping[str, str], billing: str, others: Sequence[Index]
) -> list[Index]:
    """The GlobalSecondaryIndexes of CreateTable, numbered after `others`. Raises Validation."""
    asked = params.get("GlobalSecondaryIndexes")
    if asked is None:
        return []
    if not asked:
        raise Validation(f"{OMP}List of GlobalSecondaryIndexes is empty")
    indexes: list[Index] = []
    for number, fields in enumerate(asked, len(others) + 1):
        keys = global_keys(fields["KeySchema"], types)
        index = global_index(number, fields, keys, billing)
        _check_name(index, [*others, *indexes])
        indexes.append(index)
    check_counts([*others, *indexes])
    return indexes


def global_index(number: int, fields: Mapping[str, Any], keys: Keys, billing: str) -> Index:
    """One global index of a table with `billing`. Raises Validation."""
    figures = index_figures(fields, billing)
    settings: dict[str, Any] = {}
    name = fields["IndexName"]
    caps = on_demand_caps(fields, billing, name)
    if caps:
        settings["OnDemandThroughput"] = caps
    warm = warm_figures(fields, billing, warm_default(billing, figures), name, is_change=False)
    if warm is not None:
        settings["WarmThroughput"] = warm
    return _index(number, fields, keys, is_global=True, throughput=figures, settings=settings)


def check_counts(indexes: Sequence[Index]) -> None:
    """Raises Validation if a table has too many global indexes, or projects too much."""
    if sum(index.is_global for index in indexes) > GLOBAL_INDEXES_MAX:
        raise Validation(
            f"{OMP}GlobalSecondaryIndex count exceeds the per-table limit of {GLOBAL_INDEXES_MAX}"
        )
    projected = sum(len(index.non_key) for index in indexes)
    if projected > PROJECTED_ATTRIBUTES_MAX:
        raise Validation(
            f"{OMP}Number of NonKeyAttributes projected into all indexes, {projected}, exceeds "
            f"the per-table limit of {PROJECTED_ATTRIBUTES_MAX}"
        )


def _check_local_keys(name: str, keys: Keys, table_keys: Keys) -> None:
    if not keys.range_names:
        raise Validation(f"{OMP}Index KeySchema does not have a range key for index: {name}")
    if keys.hash_names != table_keys.hash_names:
        raise Validation(
            f"{OMP}Index KeySchema does not have the same leading hash key as table KeySchema for "
            f"index: {name}. index hash key: {keys.hash_names[0]}, table hash key: "
            f"{table_keys.hash_names[0]}"
        )


def _index(
    number: int,
    fields: Mapping[str, Any],
    keys: Keys,
    *,
    is_global: bool,
    throughput: tuple[int, int] = (0, 0),
    settings: Mapping[str, Any] | None = None,
) -> Index:
    projection, non_key = _projection(fields["Projection"])
    return Index(
        number=number,
        name=fields["IndexName"],
        is_global=is_global,
        hash_names=keys.hash_names,
        range_names=keys.range_names,
        projection=projection,
        non_key=non_key,
        throughput=throughput,
        settings=settings or {},
    )


def _projection(projection: Mapping[str, Any]) -> tuple[str, tuple[str, ...]]:
    """(ProjectionType, NonKeyAttributes)."""
    kind = projection.get("ProjectionType")
    non_key = projection.get("NonKeyAttributes")
    if kind is None:
        raise Validation(f"{OMP}Unknown ProjectionType: null")
    if kind == "INCLUDE" and non_key is None:
        raise Validation(f"{OMP}ProjectionType is INCLUDE, but NonKeyAttributes is not specified")
    if kind != "INCLUDE" and non_key is not None:
        raise Validation(f"{OMP}ProjectionType is {kind}, but NonKeyAttributes is specified")
    names = tuple(non_key or ())
    for number, name in enumerate(names):
        if name in names[:number]:
            raise Validation(f"{OMP}Duplicate element in NonKeyAttributes: {name}")
    return kind, names


def _check_name(index: Index, others: Sequence[Index]) -> None:
    if any(other.name == index.name for other in others):
        raise Validation(f"{OMP}Duplicate index name: {index.name}")
