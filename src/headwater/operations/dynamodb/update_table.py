"""UpdateTable: change a table's throughput, indexes, stream, class, protection or replicas."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from headwater.errors import Validation
from headwater.operations.call import Call, after
from headwater.operations.dynamodb.encryption import changed_encryption
from headwater.operations.dynamodb.index_updates import (
    IndexUpdates,
    check_deletable,
    create_index,
    delete_index,
    index_updates,
)
from headwater.operations.dynamodb.key_params import OMP
from headwater.operations.dynamodb.one_change import check_together
from headwater.operations.dynamodb.replica_updates import (
    apply_replica_updates,
    ask_regions,
    refuse_stream_change,
)
from headwater.operations.dynamodb.statuses import delay_ms, hold, require_settled
from headwater.operations.dynamodb.table_description import describe
from headwater.operations.dynamodb.table_params import table_of
from headwater.operations.dynamodb.table_settings import (
    STANDARD,
    class_param,
    enabled_view,
    refuse_unsupported,
)
from headwater.operations.dynamodb.throughput_updates import changed_throughput
from headwater.tables.definition import change, turn_stream_off, turn_stream_on
from headwater.tables.schema import DELETING, UPDATING, Schema, Table
from headwater.tables.transient import marked

_PARTS = (
    "BillingMode",
    "DeletionProtectionEnabled",
    "GlobalSecondaryIndexUpdates",
    "OnDemandThroughput",
    "ProvisionedThroughput",
    "ReplicaUpdates",
    "SSESpecification",
    "StreamSpecification",
    "TableClass",
    "WarmThroughput",
)
_EMPTY_IS_NOTHING = (
    "GlobalSecondaryIndexUpdates",
    "OnDemandThroughput",
    "ReplicaUpdates",
    "WarmThroughput",
)
_NOTHING = (
    "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, "
    "GlobalSecondaryIndexUpdates, SSESpecification, ReplicaUpdates, MultiAccountReplicaReady, "
    "ReplicaTransitRoleArn, MultiRegionConsistency, DeletionProtectionEnabled, OnDemandThroughput, "
    "WarmThroughput or TableClass is required"
)


@after(ask_regions)
def update_table(call: Call) -> dict[str, Any]:
    """Raises Validation, ResourceNotFound, ResourceInUse, LimitExceeded, NotSupported."""
    params = call.params
    refuse_unsupported(call)
    given = _given(params)
    if not given:
        raise Validation(_NOTHING)
    if params.get("GlobalSecondaryIndexUpdates") == []:
        raise Validation(f"{OMP}List of GlobalSecondaryIndexUpdates is empty")
    asked = index_updates(params)
    check_together(params, given, asked)
    table = before = table_of(call)
    if "StreamSpecification" in params:
        refuse_stream_change(table, params["StreamSpecification"]["StreamEnabled"])
    require_settled(table)
    now_ms = call.node.clock.now_ms()
    schema = changed_throughput(table.schema, params, asked.updates, now_ms)
    schema = _changed_settings(call, schema, now_ms)
    if schema != table.schema:
        table = change(call.tx, call.node.catalog, table, schema)
    if params.get("ReplicaUpdates"):
        table = apply_replica_updates(call, table)
        return {"TableDescription": describe(call.tx, table, now_ms)}
    table = _changed_stream(call, table, now_ms)
    described = _changed_indexes(call, table, asked, now_ms)
    if before.replicated:
        call.node.regions.note_changes(call.tx, before)
    return {"TableDescription": described}


def _given(params: Mapping[str, Any]) -> set[str]:
    """The parts of a table that a request is about. Empty lists and figures say nothing."""
    empty = {part for part in _EMPTY_IS_NOTHING if not params.get(part)}
    return {part for part in _PARTS if params.get(part) is not None} - empty


def _changed_settings(call: Call, schema: Schema, now_ms: int) -> Schema:
    params = call.params
    settings = dict(schema.settings)
    changed_encryption(settings, params, call.scope, call.node.ids, is_change=True)
    if "DeletionProtectionEnabled" in params:
        settings["DeletionProtectionEnabled"] = params["DeletionProtectionEnabled"]
    table_class = class_param(params)
    if table_class is not None and table_class != settings.get("TableClass", STANDARD):
        settings["TableClass"] = table_class
        settings["TableClassUpdatedMs"] = now_ms
    return replace(schema, settings=settings)


def _changed_stream(call: Call, table: Table, now_ms: int) -> Table:
    specification = call.params.get("StreamSpecification")
    if specification is None:
        return table
    node = call.node
    if specification["StreamEnabled"]:
        view = enabled_view(
            specification, "If stream is being enabled then UpdateViewType is required"
        )
        if table.schema.stream_view is not None:
            raise Validation(f"Table already has an enabled stream: TableName: {table.name}")
        return turn_stream_on(call.tx, node.catalog, node.ids, now_ms, table, view)
    if "StreamViewType" in specification:
        raise Validation(
            f"{OMP}If stream is being disabled, then UpdateViewType must not be specified"
        )
    if table.schema.stream_view is None:
        raise Validation(f"Table has no stream to disable: TableName: {table.name}")
    return turn_stream_off(call.tx, node.catalog, node.ids, now_ms, table)


def _changed_indexes(call: Call, table: Table, asked: IndexUpdates, now_ms: int) -> dict[str, Any]:
    """Make or drop the index that is asked for; describes the table while it does so."""
    if asked.create is not None:
        table = create_index(call, table, asked.create)
    if delay_ms(call):
        return _held(call, table, asked, now_ms)
    described = describe(call.tx, table, now_ms, UPDATING)
    if asked.delete is not None:
        delete_index(call, table, asked.delete)
        for index in described["GlobalSecondaryIndexes"]:
            if index["IndexName"] == asked.delete:
                index["IndexStatus"] = index["WarmThroughput"]["Status"] = DELETING
    return described


def _held(call: Call, table: Table, asked: IndexUpdates, now_ms: int) -> dict[str, Any]:
    """The table as it is while the change takes its time; the index that goes is there still."""
    schema = marked(table.schema, asked.updates, UPDATING)
    if asked.delete is not None:
        check_deletable(table, asked.delete)
        schema = marked(schema, [asked.delete], DELETING)
    table = change(call.tx, call.node.catalog, table, schema)
    return describe(call.tx, hold(call, table, UPDATING), now_ms)
