"""CreateTable: make a table, its indexes and its stream. It can be used at once,
unless the node is told to let it be CREATING for a while."""

from collections.abc import Mapping
from typing import Any

from headwater.consumers.replication.regions import Regions
from headwater.errors import ResourceInUse, Validation
from headwater.operations.call import Call
from headwater.operations.dynamodb.encryption import changed_encryption
from headwater.operations.dynamodb.index_params import global_indexes, local_indexes
from headwater.operations.dynamodb.key_params import (
    Keys,
    attribute_types,
    check_all_used,
    pair_keys,
    require_keys,
)
from headwater.operations.dynamodb.policy_params import check_policy, new_policy, store_policy
from headwater.operations.dynamodb.statuses import hold
from headwater.operations.dynamodb.table_description import describe
from headwater.operations.dynamodb.table_settings import (
    created_settings,
    created_view,
    refuse_unsupported,
)
from headwater.operations.dynamodb.throughput_params import (
    ON_DEMAND,
    PROVISIONED,
    Figures,
    on_demand_caps,
    table_figures,
    warm_default,
    warm_figures,
)
from headwater.storage.identifiers import take_id
from headwater.storage.keyspace import policy_key
from headwater.tables.definition import create, initial_partitions
from headwater.tables.schema import CREATING, Index, Schema


def create_table(call: Call) -> dict[str, Any]:
    """Raises Validation, ResourceInUse if there is one of that name, NotSupported."""
    params = call.params
    refuse_unsupported(call)
    require_keys(params)
    policy = params.get("ResourcePolicy")
    if policy is not None:
        check_policy(policy)
    schema = asked_schema(call, params)
    now_ms = schema.created_ms
    view = created_view(params)
    table = create(call.tx, call.node.catalog, call.node.ids, now_ms, schema, view)
    table = hold(call, table, CREATING)
    if policy is not None:
        store_policy(call, policy_key(call.scope, table.arn), new_policy(call, policy))
    return {"TableDescription": describe(call.tx, table, now_ms, CREATING)}


def asked_schema(call: Call, params: Mapping[str, Any]) -> Schema:
    """The schema of a new table, as a request describes it.

    params  the members of CreateTable, wherever they stand in the request
    Raises Validation, ResourceInUse if there is a table of that name.
    """
    billing = params.get("BillingMode", PROVISIONED)
    figures = table_figures(params, billing)
    types = attribute_types(params["AttributeDefinitions"])
    keys = pair_keys(params["KeySchema"], types)
    indexes = _indexes(params, keys, types, billing)
    created_view(params)  # refused in its turn, before the table is looked for
    settings = created_settings(params) | _throughput_settings(call, params, billing, figures)
    changed_encryption(settings, params, call.scope, call.node.ids)
    name = params["TableName"]
    _require_own(call)
    if call.node.catalog.find(call.tx, call.scope, name) is not None:
        raise ResourceInUse(f"Table already exists: {name}")
    now_ms = call.node.clock.now_ms()
    return Schema(
        scope=call.scope,
        name=name,
        id=take_id(call.tx),
        uuid=call.node.ids.uuid(),
        created_ms=now_ms,
        attributes=types,
        hash_name=keys.hash_names[0],
        range_name=keys.range_names[0] if keys.range_names else None,
        billing=billing,
        throughput=figures,
        partitions=_partitions(call, billing, figures, settings),
        indexes=indexes,
        next_index=len(indexes) + 1,
        settings=settings,
    )


def _require_own(call: Call) -> None:
    """A table of a region that another node serves would never meet its replicas."""
    regions: Regions | None = call.node.regions
    if regions is not None and not regions.is_own(call.scope.region):
        raise Validation(
            f"Region {call.scope.region} is served by another node (--peer): send the request there"
        )


def _indexes(
    params: Mapping[str, Any], keys: Keys, types: Mapping[str, str], billing: str
) -> tuple[Index, ...]:
    local = local_indexes(params, keys, types)
    indexes = (*local, *global_indexes(params, types, billing, local))
    used = [*keys.names, *(name for index in indexes for name in index.key_names)]
    check_all_used(types, used, has_indexes=bool(indexes))
    return indexes


def _throughput_settings(
    call: Call, params: Mapping[str, Any], billing: str, figures: Figures
) -> dict[str, Any]:
    settings: dict[str, Any] = {}
    caps = on_demand_caps(params, billing)
    if caps:
        settings["OnDemandThroughput"] = caps
    warm = warm_figures(params, billing, warm_default(billing, figures), is_change=False)
    if warm is not None:
        settings["WarmThroughput"] = warm
    if billing == ON_DEMAND:
        settings["OnDemandSinceMs"] = call.node.clock.now_ms()
    return settings


def _partitions(
    call: Call, billing: str, figures: Figures, settings: Mapping[str, Any]
) -> tuple[int, ...]:
    """Lower bounds of the partitions; a table that is warmed gets as many as that needs."""
    initial = call.node.settings.initial_partitions
    warm = settings.get("WarmThroughput")
    if warm is None:
        return initial_partitions(billing, figures, initial)
    needed = (warm["ReadUnitsPerSecond"], warm["WriteUnitsPerSecond"])
    return initial_partitions(PROVISIONED, needed, initial)
