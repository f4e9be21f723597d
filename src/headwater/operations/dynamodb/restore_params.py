"""The parameters of both restores: the new table's name, and what is to be other than it was.

Source: AWS, API reference, RestoreTableFromBackup and RestoreTableToPointInTime: indexes can be
left out, not changed. The texts of what does not fit are recorded (October 2026) or ours.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from headwater.backups.restoring import new_table, restored_schema
from headwater.errors import NotSupported, TableAlreadyExists, Validation
from headwater.operations.call import Call
from headwater.operations.dynamodb.encryption import changed_encryption
from headwater.operations.dynamodb.throughput_params import (
    ON_DEMAND,
    PROVISIONED,
    checked_figures,
    index_figures,
    on_demand_caps,
    table_figures,
)
from headwater.tables.definition import key_schema
from headwater.tables.schema import Index, Schema, Table, key_attribute_names


def restored_table(call: Call, source: Schema, summary: Mapping[str, Any]) -> Table:
    """The new table of a restore, in CREATING and empty.

    source   the schema it is made from
    summary  RestoreSummary, without whether it is in progress
    Raises Validation, NotSupported, TableAlreadyExists.
    """
    params = call.params
    _refuse_unsupported(params)
    name = params["TargetTableName"]
    if call.node.catalog.find(call.tx, call.scope, name) is not None:
        raise TableAlreadyExists(f"Table already exists: {name}")
    now_ms = call.node.clock.now_ms()
    schema = _with_indexes(_with_billing(source, params, now_ms), params)
    settings = dict(schema.settings)
    encryption = {"SSESpecification": params.get("SSESpecificationOverride")}
    changed_encryption(settings, encryption, call.scope, call.node.ids)
    schema = restored_schema(replace(schema, settings=settings), summary)
    return new_table(call.tx, call.node.catalog, call.node.ids, now_ms, schema, name)


def _refuse_unsupported(params: Mapping[str, Any]) -> None:
    if params.get("VectorIndexOverride"):
        raise NotSupported("Headwater does not support VectorIndexOverride")


def _with_billing(schema: Schema, params: Mapping[str, Any], now_ms: int) -> Schema:
    billing = params.get("BillingModeOverride", schema.billing)
    throughput = params.get("ProvisionedThroughputOverride")
    figures = schema.throughput
    if throughput is not None and billing == ON_DEMAND:
        overridden = "BillingModeOverride" in params
        why = (
            "if BillingMode is overridden to PAY_PER_REQUEST"
            if overridden
            else "unless BillingMode is PROVISIONED"
        )
        raise Validation(f"Invalid Request: Cannot override ProvisionedThroughput {why}")
    if throughput is None and billing == PROVISIONED != schema.billing:
        raise Validation(
            "Invalid Request: Must override ProvisionedThroughput if BillingMode is overridden to "
            "PROVISIONED"
        )
    if throughput is not None or billing != schema.billing:
        given = {} if throughput is None else {"ProvisionedThroughput": throughput}
        figures = table_figures(given, billing)
    settings = dict(schema.settings)
    caps = on_demand_caps({"OnDemandThroughput": params.get("OnDemandThroughputOverride")}, billing)
    if caps is not None:
        settings["OnDemandThroughput"] = caps
    if billing == ON_DEMAND:
        settings.setdefault("OnDemandSinceMs", now_ms)
    else:
        settings.pop("OnDemandThroughput", None)
        settings.pop("OnDemandSinceMs", None)
    return replace(schema, billing=billing, throughput=figures, settings=settings)


def _with_indexes(schema: Schema, params: Mapping[str, Any]) -> Schema:
    """`schema` with the indexes that are to be restored, and with their throughput."""
    kept = (
        *_chosen(schema, params.get("LocalSecondaryIndexOverride"), is_global=False),
        *_chosen(schema, params.get("GlobalSecondaryIndexOverride"), is_global=True),
    )
    used = key_attribute_names(schema, kept)
    types = {name: kind for name, kind in schema.attributes.items() if name in used}
    return replace(schema, indexes=kept, attributes=types)


def _chosen(
    schema: Schema, asked: Sequence[Mapping[str, Any]] | None, *, is_global: bool
) -> list[Index]:
    known = {index.name: index for index in schema.indexes if index.is_global == is_global}
    if asked is None:
        return [_as_it_was(index, schema.billing) for index in known.values()]
    return [_matching(known, fields, schema.billing) for fields in asked]


def _as_it_was(index: Index, billing: str) -> Index:
    if not index.is_global or billing == PROVISIONED == _billing(index):
        return index
    if billing == PROVISIONED:
        index_figures({"IndexName": index.name}, billing)  # refuses: its figures are needed
    return replace(index, throughput=(0, 0))


def _billing(index: Index) -> str:
    return PROVISIONED if index.throughput != (0, 0) else ON_DEMAND


def _matching(known: Mapping[str, Index], fields: Mapping[str, Any], billing: str) -> Index:
    name = fields["IndexName"]
    index = known.get(name)
    if index is None or not _is_same(index, fields):
        raise Validation(
            f"Invalid Request: Index {name} does not match a secondary index that existed in the "
            "source table and cannot be created during the restore operation"
        )
    if not index.is_global:
        return index
    throughput = fields.get("ProvisionedThroughput")
    if throughput is None:
        return _as_it_was(index, billing)
    if billing == ON_DEMAND:
        index_figures(fields, billing)  # refuses figures on demand
    return replace(index, throughput=checked_figures(throughput, f" for index {name}"))


def _is_same(index: Index, fields: Mapping[str, Any]) -> bool:
    projection = fields["Projection"]
    return (
        key_schema(index.hash_names, index.range_names) == fields["KeySchema"]
        and projection.get("ProjectionType") == index.projection
        and set(projection.get("NonKeyAttributes", ())) == set(index.non_key)
    )
