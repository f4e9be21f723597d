"""TableDescription: a table as DescribeTable, CreateTable, UpdateTable and DeleteTable show it.

Counts are live; AWS refreshes them about every six hours. Moments are epoch seconds with
fractions. Source: AWS, API reference, "TableDescription", and recorded answers for what is absent
when.
"""

from collections.abc import Mapping
from typing import Any

from headwater.arns import stream_arn
from headwater.operations.dynamodb.encryption import encryption
from headwater.operations.dynamodb.replica_overrides import (
    described_replicas,
    own_caps,
    own_class,
    own_reads,
)
from headwater.operations.dynamodb.throughput_params import warm_default
from headwater.storage.engine import Transaction
from headwater.tables.definition import key_schema, table_key_schema
from headwater.tables.schema import CREATING, DELETING, UPDATING, Index, IndexPlan, Table

_DAY_MS = 24 * 60 * 60 * 1000

Description = dict[str, Any]


def describe(tx: Transaction, table: Table, now_ms: int, status: str | None = None) -> Description:
    """The description of a table that stays.

    status  shown instead of the stored one; CREATING shows in the indexes too
    """
    schema = table.schema
    shown = status or schema.status
    described: Description = {
        "AttributeDefinitions": [
            {"AttributeName": name, "AttributeType": kind}
            for name, kind in schema.attributes.items()
        ],
        "TableName": table.name,
        "KeySchema": table_key_schema(schema),
        "TableStatus": shown,
        "CreationDateTime": schema.created_ms / 1000,
    }
    described |= _figures(tx, table, now_ms)
    described |= _indexes(tx, table, now_ms, CREATING if shown == CREATING else None)
    described |= _stream(table)
    described |= _settings(table, shown)
    described |= _replicas(tx, table)
    return described


def _replicas(tx: Transaction, table: Table) -> Description:
    """The replicas in other regions, of a table that has some, and what joins them: the modes
    that AWS gives by default to replicas of one account (service model)."""
    if not table.replicated:
        return {}
    return {
        "GlobalTableVersion": "2019.11.21",
        "MultiRegionConsistency": "EVENTUAL",
        "GlobalTableSettingsReplicationMode": "ENABLED_WITH_OVERRIDES",
        "Replicas": described_replicas(tx, table),
    }


def describe_deleted(tx: Transaction, table: Table, now_ms: int) -> Description:
    """What DeleteTable answers: no attributes, keys, creation time or indexes (recorded)."""
    described: Description = {"TableName": table.name, "TableStatus": DELETING}
    described |= _figures(tx, table, now_ms)
    described |= _stream(table)
    described["DeletionProtectionEnabled"] = False
    described |= _replicas(tx, table)
    return described


def _figures(tx: Transaction, table: Table, now_ms: int) -> Description:
    schema = table.schema
    items, size = tx.counter(table.counter_key)
    described: Description = {
        "ProvisionedThroughput": _throughput(
            (own_reads(table, schema.throughput[0]), schema.throughput[1]), schema.settings, now_ms
        ),
        "TableSizeBytes": size,
        "ItemCount": items,
        "TableArn": table.arn,
        "TableId": schema.uuid,
    }
    since_ms = schema.settings.get("OnDemandSinceMs")
    if since_ms is not None:
        # It stays after a change back to PROVISIONED; a table that never was on demand has none.
        described["BillingModeSummary"] = {
            "BillingMode": schema.billing,
            "LastUpdateToPayPerRequestDateTime": since_ms / 1000,
        }
    return described


def _throughput(
    figures: tuple[int, int], settings: Mapping[str, Any], now_ms: int
) -> dict[str, Any]:
    """ProvisionedThroughputDescription; `settings` of the table or index remember its changes."""
    described: dict[str, Any] = {}
    for name, member in (
        ("IncreasedMs", "LastIncreaseDateTime"),
        ("DecreasedMs", "LastDecreaseDateTime"),
    ):
        if name in settings:
            described[member] = settings[name] / 1000
    decreases = settings.get("Decreases", ())
    described["NumberOfDecreasesToday"] = sum(
        moment_ms // _DAY_MS == now_ms // _DAY_MS for moment_ms in decreases
    )
    described["ReadCapacityUnits"], described["WriteCapacityUnits"] = figures
    return described


def _indexes(tx: Transaction, table: Table, now_ms: int, status: str | None) -> Description:
    described: Description = {}
    local = [_local(tx, table, plan) for plan in table.plans if not plan.index.is_global]
    if local:
        described["LocalSecondaryIndexes"] = local
    others = [
        _global(tx, table, plan, now_ms, status) for plan in table.plans if plan.index.is_global
    ]
    if others:
        described["GlobalSecondaryIndexes"] = others
    return described


def index_definition(index: Index) -> Description:
    """What an index was made with: name, keys, projection."""
    projection: Description = {"ProjectionType": index.projection}
    if index.non_key:
        projection["NonKeyAttributes"] = list(index.non_key)
    return {
        "IndexName": index.name,
        "KeySchema": key_schema(index.hash_names, index.range_names),
        "Projection": projection,
    }


def _local(tx: Transaction, table: Table, plan: IndexPlan) -> Description:
    index = plan.index
    items, size = tx.counter(plan.counter_key)
    return {
        **index_definition(index),
        "IndexSizeBytes": size,
        "ItemCount": items,
        "IndexArn": table.index_arn(index.name),
    }


def _global(
    tx: Transaction, table: Table, plan: IndexPlan, now_ms: int, status: str | None
) -> Description:
    index = plan.index
    described = _local(tx, table, plan)
    described["IndexStatus"] = status or index.status
    if index.status == CREATING:
        # Not while it is only given its resources (tables/transient.py).
        described["Backfilling"] = table.schema.settles_ms is None
    figures = (own_reads(table, index.throughput[0], index), index.throughput[1])
    described["ProvisionedThroughput"] = _throughput(figures, index.settings, now_ms)
    caps = own_caps(table, index.settings.get("OnDemandThroughput"), index)
    if caps is not None:
        described["OnDemandThroughput"] = _caps(caps)
    described["WarmThroughput"] = _warm(
        table.schema.billing, index.throughput, index.settings, described["IndexStatus"]
    )
    return described


def _stream(table: Table) -> Description:
    schema = table.schema
    described: Description = {}
    if schema.stream_view is not None:
        described["StreamSpecification"] = {
            "StreamEnabled": True,
            "StreamViewType": schema.stream_view,
        }
    if schema.stream_label is not None:
        # Those of the last stream, also after it was turned off.
        described["LatestStreamLabel"] = schema.stream_label
        described["LatestStreamArn"] = stream_arn(table.scope, table.name, schema.stream_label)
    return described


def _settings(table: Table, status: str) -> Description:
    schema = table.schema
    settings = schema.settings
    described: Description = {}
    if (own := own_class(table)) is not None:
        described["TableClassSummary"] = own
    elif "TableClass" in settings:
        summary = {"TableClass": settings["TableClass"]}
        if "TableClassUpdatedMs" in settings:
            summary["LastUpdateDateTime"] = settings["TableClassUpdatedMs"] / 1000
        described["TableClassSummary"] = summary
    described |= encryption(settings, UPDATING if status == UPDATING else "ENABLED")
    described["DeletionProtectionEnabled"] = settings.get("DeletionProtectionEnabled", False)
    if "RestoreSummary" in settings:
        described["RestoreSummary"] = settings["RestoreSummary"]
    caps = own_caps(table, settings.get("OnDemandThroughput"))
    if caps is not None:
        described["OnDemandThroughput"] = _caps(caps)
    described["WarmThroughput"] = _warm(schema.billing, schema.throughput, settings, status)
    return described


def _caps(caps: Mapping[str, int]) -> dict[str, int]:
    """OnDemandThroughput with -1 where there is no cap."""
    return {name: caps.get(name, -1) for name in ("MaxReadRequestUnits", "MaxWriteRequestUnits")}


def _warm(
    billing: str, figures: tuple[int, int], settings: Mapping[str, Any], status: str
) -> Description:
    # What was warmed once stays warm, and what is provisioned is always warm.
    warm = settings.get("WarmThroughput", {})
    reads, writes = warm_default(billing, figures)
    return {
        "ReadUnitsPerSecond": max(reads, warm.get("ReadUnitsPerSecond", 0)),
        "WriteUnitsPerSecond": max(writes, warm.get("WriteUnitsPerSecond", 0)),
        "Status": status,
    }
