"""What a replica may have for itself: read capacity, table class, KMS key.

They are kept in the document that all replicas share (tables/shared.py), as `override/REGION`:

    ProvisionedThroughputOverride, OnDemandThroughputOverride, TableClassOverride   as AWS has them
    TableClassMs             when the class was set
    GlobalSecondaryIndexes   {name: {ProvisionedThroughputOverride, OnDemandThroughputOverride}}

The replica shows its own in its description, the others show it in `Replicas`. An override that
equals what the table has is none.

Source: AWS, API reference, UpdateReplicationGroupMemberAction; texts and what clears an override
are recorded answers. AWS ignores an index that is not there, and so does this.
"""

from collections.abc import Mapping
from typing import Any, Final

from headwater.arns import Scope, table_arn
from headwater.consumers.replication.link import link_to
from headwater.errors import Validation
from headwater.operations.dynamodb.key_params import OMP
from headwater.operations.dynamodb.throughput_params import ON_DEMAND
from headwater.storage.engine import Transaction
from headwater.tables.replicas import replicas_of
from headwater.tables.schema import CREATING, Index, Table
from headwater.tables.shared import MANAGED_KEY, customer_key, value_of

_PROVISIONED: Final = "ProvisionedThroughputOverride"
_ON_DEMAND: Final = "OnDemandThroughputOverride"
_CLASS: Final = "TableClassOverride"
_CLASS_MS: Final = "TableClassMs"
_INDEXES: Final = "GlobalSecondaryIndexes"
_READS: Final = "ReadCapacityUnits"
_MAX_READS: Final = "MaxReadRequestUnits"

Override = dict[str, Any]


def created_override(fields: Mapping[str, Any], now_ms: int) -> Override | None:
    """What a new replica has for itself; None: nothing.

    One of provisioned figures counts as soon as the table has that mode.
    """
    return _merged({}, fields, now_ms) or None


def check_update(table: Table, region: str, fields: Mapping[str, Any]) -> None:
    """Raises Validation for an update that changes nothing or what cannot be changed."""
    if "KMSMasterKeyId" in fields:
        raise Validation(_KEY_FOR_EACH)
    indexes = fields.get(_INDEXES, ())
    named = [fields, *indexes]
    if _CLASS not in fields and not any(
        one.get(name) for one in named for name in (_PROVISIONED, _ON_DEMAND)
    ):
        raise Validation(
            "There are no actions specified in the Replica Update Action of the request."
        )
    if table.schema.billing == ON_DEMAND:
        if any(one.get(_PROVISIONED) for one in named):
            raise Validation(
                "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when "
                "BillingMode is PAY_PER_REQUEST"
            )
    elif any(one.get(_ON_DEMAND) for one in named):
        raise Validation(
            "MaxReadRequestUnits for OnDemandThroughput cannot be specified when the table "
            "BillingMode is PROVISIONED"
        )


def changed_override(
    table: Table, region: str, fields: Mapping[str, Any], now_ms: int
) -> Override | None:
    """What a replica has for itself after an update. Indexes that are not named keep theirs."""
    known = value_of(table.schema, f"override/{region}") or {}
    merged = _merged(known, fields, now_ms)
    schema = table.schema
    _drop_equal(merged, schema.throughput[0], schema.settings)
    indexes = merged.get(_INDEXES, {})
    for name in list(indexes):
        index = table.indexes.get(name)
        if index is not None:
            _drop_equal(indexes[name], index.throughput[0], index.settings)
        if not indexes[name]:
            del indexes[name]
    if not indexes:
        merged.pop(_INDEXES, None)
    return merged or None


def _merged(known: Mapping[str, Any], fields: Mapping[str, Any], now_ms: int) -> Override:
    merged = dict(known)
    for name in (_PROVISIONED, _ON_DEMAND, _CLASS):
        if name in fields:
            merged[name] = fields[name]
    if fields.get(_CLASS):
        merged[_CLASS_MS] = now_ms
    if fields.get(_INDEXES):
        indexes = {name: dict(about) for name, about in known.get(_INDEXES, {}).items()}
        for one in fields[_INDEXES]:
            about = indexes.setdefault(one["IndexName"], {})
            about |= {name: one[name] for name in (_PROVISIONED, _ON_DEMAND) if name in one}
        merged[_INDEXES] = {name: about for name, about in indexes.items() if about}
    return {name: value for name, value in merged.items() if value}


def _drop_equal(override: Override, reads: int, settings: Mapping[str, Any]) -> None:
    if override.get(_PROVISIONED, {}).get(_READS) == reads:
        del override[_PROVISIONED]
    most = settings.get("OnDemandThroughput", {}).get(_MAX_READS, -1)
    if override.get(_ON_DEMAND, {}).get(_MAX_READS) == most:
        del override[_ON_DEMAND]


# --- keys ---------------------------------------------------------------------------------------

_KEY_FOR_EACH: Final = f"{OMP}KMSMasterKeyId must be specified for each replica."


def replica_key(table: Table, region: str, fields: Mapping[str, Any]) -> str | None:
    """The ARN of a new replica's customer's key; None with one of AWS's. Raises Validation.

    All replicas have the same kind of key, and the key must be the region's own.
    """
    asked: str | None = fields.get("KMSMasterKeyId")
    settings = table.schema.settings
    if customer_key(settings) is None:
        if asked is not None and not ("SSE" in settings and asked == MANAGED_KEY):
            raise Validation(_KEY_FOR_EACH if "SSE" not in settings else _ONE_KIND)
        return None
    if asked is None:
        raise Validation(_KEY_FOR_EACH)
    if asked == MANAGED_KEY:
        raise Validation(_ONE_KIND)
    if asked.startswith("arn:"):
        if asked.split(":")[3:4] != [region]:
            raise Validation(f"KMS validation error for region {region}: Invalid arn {asked}")
        return asked
    kind = "" if asked.startswith("alias/") else "key/"
    return f"arn:aws:kms:{region}:{table.scope.account}:{kind}{asked}"


_ONE_KIND: Final = f"{OMP}All replica keys must either be Customer Managed CMK or AWS Managed CMK."


# --- described ----------------------------------------------------------------------------------


def described_replicas(tx: Transaction, table: Table) -> list[dict[str, Any]]:
    """ReplicaDescription of each replica but the table itself; what is empty is left out."""
    return [
        _described(tx, table, region, about) for region, about in replicas_of(table.schema).items()
    ]


def _described(
    tx: Transaction, table: Table, region: str, about: Mapping[str, Any]
) -> dict[str, Any]:
    schema = table.schema
    described = {
        "RegionName": region,
        "ReplicaStatus": about["Status"],
        "ReplicaArn": table_arn(Scope(table.scope.account, region), table.name),
    }
    if about.get("Why"):
        described["ReplicaStatusDescription"] = about["Why"]
    if about["Status"] == CREATING:
        described["ReplicaStatusPercentProgress"] = str(_progress(tx, table, region))
    if (key := value_of(schema, f"key/{region}")) is not None:
        described["KMSMasterKeyId"] = key
    override = value_of(schema, f"override/{region}") or {}
    for name in (_PROVISIONED, _ON_DEMAND):
        if name in override:
            described[name] = override[name]
    indexes = override.get(_INDEXES, {})
    if shown := [{"IndexName": name, **indexes[name]} for name in indexes if name in table.indexes]:
        described[_INDEXES] = shown
    if _CLASS in override:
        described["ReplicaTableClassSummary"] = _class_summary(override)
    return described


def _class_summary(override: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "TableClass": override[_CLASS],
        "LastUpdateDateTime": override[_CLASS_MS] / 1000,
    }


def _progress(tx: Transaction, table: Table, region: str) -> int:
    """How much is copied, in percent: items are copied in the order of the hash of their keys."""
    link = link_to(tx, table.schema.id, region)
    if link is None or link.walked == "":
        return 0
    if link.walked is None:
        return 100
    return int(link.walked[:4].ljust(4, "0"), 16) * 100 // 0x10000


def own_reads(table: Table, reads: int, index: Index | None = None) -> int:
    """Provisioned read units, of the table or of an index, as this replica has them."""
    about = _own(table, index)
    found: int = about.get(_PROVISIONED, {}).get(_READS, reads)
    return found if table.schema.billing != ON_DEMAND else reads


def own_caps(
    table: Table, caps: Mapping[str, int] | None, index: Index | None = None
) -> Mapping[str, int] | None:
    """OnDemandThroughput, of the table or of an index, as this replica has it."""
    override = _own(table, index).get(_ON_DEMAND)
    if override is None or table.schema.billing != ON_DEMAND:
        return caps
    return {**(caps or {}), **override}


def own_class(table: Table) -> dict[str, Any] | None:
    """TableClassSummary of a class that this replica has for itself."""
    override = _own(table, None)
    return _class_summary(override) if _CLASS in override else None


def _own(table: Table, index: Index | None) -> Mapping[str, Any]:
    if not table.replicated:
        return {}
    override: Mapping[str, Any] = value_of(table.schema, f"override/{table.scope.region}") or {}
    if index is None:
        return override
    about: Mapping[str, Any] = override.get(_INDEXES, {}).get(index.name, {})
    return about
