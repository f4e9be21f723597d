"""ReplicaUpdates of UpdateTable: replicas of a table in other regions, made and dropped.

Source: AWS, API reference, UpdateTable and ReplicationGroupUpdate; the texts are recorded, except
those that say otherwise.
"""

from collections.abc import Coroutine, Mapping
from typing import Any, Final

from headwater.consumers.replication.lines import PeerRefused
from headwater.errors import NotSupported, ServiceUnavailable, Validation
from headwater.operations.call import Call
from headwater.operations.dynamodb.statuses import require_settled
from headwater.operations.dynamodb.table_params import table_of
from headwater.outbound.failure import CallFailed
from headwater.storage.engine import Transaction
from headwater.tables.replicas import replicas_of
from headwater.tables.schema import Table

_LOCAL: Final = (
    "Cannot add, delete, or update the local region through ReplicaUpdates. Use CreateTable, "
    "DeleteTable, or UpdateTable as required."
)
_NOT_SCALED: Final = "Table write capacity should either be Pay-Per-Request or AutoScaled."
_MISSING: Final = (
    "Update global table operation failed because one or more replicas were not part of the "
    "global table."
)
# Members of Create that say nothing Headwater could do otherwise are taken as they are.
_SERVED: Final = frozenset(("Create", "Delete"))


def ask_regions(call: Call) -> Coroutine[Any, Any, None] | None:
    """What must be asked of other regions before anything is changed; None: nothing."""
    return _ask(call) if call.params.get("ReplicaUpdates") else None


async def _ask(call: Call) -> None:
    """Raises Validation, ResourceNotFound, ResourceInUse, NotSupported, and ServiceUnavailable
    if a region cannot be asked."""

    def require_table(tx: Transaction) -> None:
        call.tx = tx
        require_settled(table_of(call))

    _check_form(call)
    await call.node.engine.run(require_table)
    for kind, entry in _asked(call.params):
        if kind == "Create":
            await _require_no_table(call, entry["RegionName"])


def apply_replica_updates(call: Call, table: Table) -> Table:
    """Begin what the request asks for; `table` as it is then. Raises Validation."""
    regions = call.node.regions
    for kind, entry in _asked(call.params):
        region = entry["RegionName"]
        known = replicas_of(table.schema)
        if kind == "Create":
            if table.schema.billing == "PROVISIONED":
                raise Validation(_NOT_SCALED)
            if region in known:
                raise Validation(_taken(table.name))
            table = regions.create_replica(call.tx, table, region)
        else:
            if region not in known:
                raise Validation(_MISSING)
            table = regions.delete_replica(call.tx, table, region)
    return table


def _asked(params: Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """(kind, entry) of the one update that a request may have."""
    updates = params.get("ReplicaUpdates") or []
    if len(updates) > 1:
        # Ours: AWS's text is not known.
        raise Validation("Only one replica can be added, changed or deleted by one UpdateTable")
    return [next(iter(update.items())) for update in updates if update]


def _check_form(call: Call) -> None:
    """Raises Validation, NotSupported."""
    for kind, entry in _asked(call.params):
        if kind not in _SERVED:
            raise NotSupported(f"Headwater does not support {kind} in ReplicaUpdates")
        for name in entry:
            if name not in ("RegionName", "KMSMasterKeyId"):
                raise NotSupported(f"Headwater does not support {name} in ReplicaUpdates")
        if entry["RegionName"] == call.scope.region:
            raise Validation(_LOCAL)


async def _require_no_table(call: Call, region: str) -> None:
    name = call.params["TableName"].rpartition("/")[2]
    try:
        is_taken = await call.node.regions.has_table(call.scope, name, region)
    except (CallFailed, PeerRefused) as trouble:
        raise ServiceUnavailable(f"Region {region} cannot be asked: {trouble}") from None
    if is_taken:
        raise Validation(_taken(name))


def _taken(name: str) -> str:
    # So spelt.
    return (
        f"Failed to create a the new replica of table with name: '{name}' because one or more "
        "replicas already existed as tables."
    )
