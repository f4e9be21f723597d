"""What the calls that back up, restore, export and import share: tables, backups, descriptions.

They have words of their own for a table that is not there. Source: service model; AWS, API
reference, BackupDetails, SourceTableDetails, SourceTableFeatureDetails.
"""

from typing import Any

from headwater.arns import Scope
from headwater.backups.document import Backup, find_backup, named_anywhere
from headwater.errors import (
    AccessDenied,
    BackupNotFound,
    ResourceNotFound,
    TableInUse,
    TableNotFound,
    Validation,
)
from headwater.operations.call import Call
from headwater.operations.dynamodb.encryption import encryption
from headwater.operations.dynamodb.table_description import index_definition
from headwater.operations.dynamodb.table_params import table_named
from headwater.tables.definition import table_key_schema
from headwater.tables.schema import CREATING, DELETING, Schema, Table


def check_account(own: Scope, other: Scope) -> None:
    """Raises AccessDenied for what is another account's."""
    if other.account != own.account:
        raise AccessDenied("Access is denied")


def kept_table(call: Call, reference: str) -> Table:
    """The table to be backed up, restored from or exported. Raises TableNotFound."""
    try:
        return table_named(call, reference)
    except ResourceNotFound:
        name = reference.rpartition("/")[2]
        raise TableNotFound(f"Table not found: {name}") from None


def ready_table(call: Call, reference: str) -> Table:
    """As `kept_table`; raises TableInUse while the table itself is being made or dropped."""
    table = kept_table(call, reference)
    for status, busy in ((CREATING, "created"), (DELETING, "deleted")):
        if table.schema.status == status:
            raise TableInUse(f"Table is being {busy}: {table.name}")
    return table


def backup_of(call: Call) -> Backup:
    """The backup that BackupArn names. Raises BackupNotFound, AccessDenied for another account's,
    Validation for what is no ARN of a backup."""
    arn: str = call.params["BackupArn"]
    name = named_anywhere(arn, "backup")
    if name is None:
        raise Validation("Invalid Backup ARN")
    check_account(call.scope, name[0])
    backup = find_backup(call.tx, call.scope, arn)
    if backup is None:
        raise BackupNotFound(f"Backup not found: {arn}")
    return backup


def backup_details(backup: Backup) -> dict[str, Any]:
    """BackupDetails."""
    return {
        "BackupArn": backup.arn,
        "BackupName": backup.name,
        "BackupSizeBytes": backup.size,
        "BackupStatus": backup.status,
        "BackupType": "USER",
        "BackupCreationDateTime": backup.created_ms / 1000,
    }


def backup_description(backup: Backup) -> dict[str, Any]:
    """BackupDescription: the backup, and the table at its moment."""
    return {
        "BackupDetails": backup_details(backup),
        "SourceTableDetails": _source(backup),
        "SourceTableFeatureDetails": _features(backup.source),
    }


def _source(backup: Backup) -> dict[str, Any]:
    schema = backup.source
    reads, writes = schema.throughput
    described: dict[str, Any] = {
        "TableName": schema.name,
        "TableId": schema.uuid,
        "TableArn": backup.arn.rpartition("/backup/")[0],
        "TableSizeBytes": backup.size,
        "KeySchema": table_key_schema(schema),
        "TableCreationDateTime": schema.created_ms / 1000,
        "ProvisionedThroughput": {"ReadCapacityUnits": reads, "WriteCapacityUnits": writes},
        "ItemCount": backup.items,
        "BillingMode": schema.billing,
    }
    if "OnDemandThroughput" in schema.settings:
        described["OnDemandThroughput"] = schema.settings["OnDemandThroughput"]
    return described


def _features(schema: Schema) -> dict[str, Any]:
    described: dict[str, Any] = encryption(schema.settings, "ENABLED")
    local = [index_definition(index) for index in schema.indexes if not index.is_global]
    others = [
        index_definition(index)
        | {
            "ProvisionedThroughput": {
                "ReadCapacityUnits": index.throughput[0],
                "WriteCapacityUnits": index.throughput[1],
            }
        }
        for index in schema.indexes
        if index.is_global
    ]
    if local:
        described["LocalSecondaryIndexes"] = local
    if others:
        described["GlobalSecondaryIndexes"] = others
    if schema.stream_view is not None:
        described["StreamDescription"] = {
            "StreamEnabled": True,
            "StreamViewType": schema.stream_view,
        }
    if schema.ttl_name is not None:
        described["TimeToLiveDescription"] = {
            "TimeToLiveStatus": "ENABLED",
            "AttributeName": schema.ttl_name,
        }
    return described
