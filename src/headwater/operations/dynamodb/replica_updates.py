"""ReplicaUpdates of UpdateTable: replicas of a table in other regions, made, changed and dropped.

What a replica has for itself is in replica_overrides.py. Other regions are asked before the
transaction begins: whether a table is in the way, and whether one is protected.

Source: AWS, API reference, UpdateTable and ReplicationGroupUpdate; the texts are recorded answers,
except those that say otherwise.
"""

from collections.abc import Coroutine, Mapping
from typing import Any, Final, NamedTuple

from headwater.consumers.replication.lines import Answer, PeerRefused
from headwater.consumers.replication.regions import Regions
from headwater.errors import NotSupported, ServiceUnavailable, Validation
from headwater.operations.call import Call
from headwater.operations.dynamodb.key_params import OMP
from headwater.operations.dynamodb.replica_overrides import (
    changed_override,
    check_update,
    created_override,
    replica_key,
)
from headwater.operations.dynamodb.statuses import delay_ms, require_settled
from headwater.operations.dynamodb.table_params import table_of
from headwater.operations.dynamodb.throughput_params import PROVISIONED
from headwater.outbound.failure import CallFailed
from headwater.storage.engine import Transaction
from headwater.tables.replicas import replicas_of
from headwater.tables.schema import Table
from headwater.tables.shared import has_sourced
from headwater.wire.models import known_regions

_LOCAL: Final = (
    "Cannot add, delete, or update the local region through ReplicaUpdates. Use CreateTable, "
    "DeleteTable, or UpdateTable as required."
)
_NOT_SCALED: Final = "Table write capacity should either be Pay-Per-Request or AutoScaled."
_NOTHING: Final = "There are no actions specified in the Replica Update Action of the request."
_TWO_KINDS: Final = "Update table operation with more than one type of replica actions not allowed."
_TWO: Final = (
    "Update table operation with more than one create or delete replica actions not allowed"
)
_DISASSOCIATE: Final = (
    "Headwater does not support Disassociate in ReplicaUpdates: it leaves a table of its own "
    "behind, with what it has by then; export the table and import it under another name"
)
SOURCE: Final = (
    "Replica cannot be deleted because it has acted as a source region for new replica(s) being "
    "added to the table in the last 24 hours."
)

_KINDS: Final = ("Create", "Update", "Delete", "Disassociate")


class Asked(NamedTuple):
    """The one thing that a request asks. kind: Create, Update or Delete"""

    kind: str
    region: str
    fields: Mapping[str, Any]


def protected(table: str, region: str) -> Validation:
    """Of a replica that must not be deleted."""
    return Validation(
        f"Cannot delete table {table} in region {region} because it has deletion protection "
        "enabled. Disable deletion protection first."
    )


def ask_regions(call: Call) -> Coroutine[Any, Any, None] | None:
    """What must be asked of other regions before anything is changed; None: nothing."""
    return _ask(call) if call.params.get("ReplicaUpdates") else None


async def _ask(call: Call) -> None:
    """Raises Validation, ResourceNotFound, ResourceInUse, NotSupported, and ServiceUnavailable
    if a region cannot be asked."""
    asked = _asked(call)

    def look(tx: Transaction) -> Table:
        call.tx = tx
        table = table_of(call)
        require_settled(table)
        _check(call, table, asked)
        return table

    table = await call.node.engine.run(look)
    if asked.kind == "Create":
        if (await _look(call, table, asked.region)).get("exists"):
            raise Validation(_taken(table.name))
    elif asked.kind == "Delete":
        await _require_unprotected(call, table, asked.region)


def apply_replica_updates(call: Call, table: Table) -> Table:
    """Begin what the request asks for; `table` as it is then. Raises Validation."""
    regions: Regions = call.node.regions
    asked = _asked(call)
    region, delay = asked.region, delay_ms(call)
    now_ms = call.node.clock.now_ms()
    _check(call, table, asked)
    if asked.kind == "Create":
        return regions.create_replica(
            call.tx,
            table,
            region,
            override=created_override(asked.fields, now_ms),
            key=replica_key(table, region, asked.fields),
            delay_ms=delay,
        )
    if asked.kind == "Update":
        override = changed_override(table, region, asked.fields, now_ms)
        return regions.update_replica(call.tx, table, region, override, delay)
    return regions.delete_replica(call.tx, table, region, delay)


def _asked(call: Call) -> Asked:
    """Raises Validation for a request that asks nothing or too much, NotSupported."""
    updates: list[Mapping[str, Any]] = call.params["ReplicaUpdates"]
    found: list[Asked] = []
    for update in updates:
        kinds = [kind for kind in _KINDS if kind in update]
        if not kinds:
            raise Validation(_NOTHING)
        if len(kinds) > 1 or (found and found[0].kind != kinds[0]):
            raise Validation(_TWO_KINDS)
        kind, fields = kinds[0], update[kinds[0]]
        if kind == "Disassociate":
            raise NotSupported(_DISASSOCIATE)
        asked = Asked(kind, fields["RegionName"], fields)
        # AWS takes what is said twice for said once.
        if asked not in found:
            found.append(asked)
    if len(found) > 1:
        raise Validation(_TWO)
    if found[0].region == call.scope.region:
        raise Validation(_LOCAL)
    if call.node.settings.shared_db:
        raise NotSupported(
            "Headwater does not support ReplicaUpdates with --shared-db, which makes all regions "
            "one"
        )
    return found[0]


def _check(call: Call, table: Table, asked: Asked) -> None:
    """What the table itself says of the request. Raises Validation."""
    region, schema = asked.region, table.schema
    if asked.kind == "Create":
        _require_known(call, region)
        if region in replicas_of(schema):
            raise Validation(_taken(table.name))
        if schema.billing == PROVISIONED:
            raise Validation(_NOT_SCALED)
        replica_key(table, region, asked.fields)
        return
    if region not in replicas_of(schema):
        raise Validation(
            "Update global table operation failed because one or more replicas were not part of "
            f"the global table. Please retry the request without these replicas: [{region}]."
        )
    if asked.kind == "Update":
        check_update(table, region, asked.fields)
    elif has_sourced(schema, region, call.node.clock.now_ms()):
        raise Validation(SOURCE)


def _require_known(call: Call, region: str) -> None:
    """There must be such a region: one that was named to this node, or any of AWS's if none was."""
    served = call.node.regions.served
    regions = served if served is not None else known_regions()
    if region not in regions:
        raise Validation(
            f"Region {region} is not supported. The latest version of global tables are only "
            f"supported in the following regions: [{', '.join(regions)}]"
        )


async def _look(call: Call, table: Table, region: str) -> Answer:
    regions: Regions = call.node.regions
    try:
        return await regions.look(call.scope, table.name, region)
    except (CallFailed, PeerRefused) as trouble:
        raise ServiceUnavailable(f"Region {region} cannot be asked: {trouble}") from None


async def _require_unprotected(call: Call, table: Table, region: str) -> None:
    """A region that does not answer is asked again when it does, and may still refuse."""
    try:
        answer = await call.node.regions.look(call.scope, table.name, region)
    except (CallFailed, PeerRefused):
        return
    if answer.get("protected"):
        raise protected(table.name, region)


def _taken(name: str) -> str:
    # So spelt.
    return (
        f"Failed to create a the new replica of table with name: '{name}' because one or more "
        "replicas already existed as tables."
    )


def refuse_stream_change(table: Table, enabled: bool) -> None:
    """Replicas have a stream, and keep it. Raises Validation."""
    if table.replicated and not enabled:
        raise Validation(f"{OMP}Disabling Stream is not allowed for a Global Table replica.")
