"""POST /_headwater/reset: a node as it was when it was new, for the next test.

Mappings, views, functions, layers, queues, tables and streams of all accounts and regions go, and
so do metrics, alarms and faults. What functions have logged stays, and a virtual clock: time does
not go back.
"""

from functools import partial
from typing import Any

from headwater.arns import Scope
from headwater.changelog.retention import kept_streams
from headwater.changelog.stream import load_shards
from headwater.clock import SystemClock, monotonic_ns, sleep_ms
from headwater.consumers.mappings.registry import every_mapping
from headwater.consumers.mappings.supervisor import Mappings
from headwater.errors import OperatorError, ResourceInUse
from headwater.functions.functions import Functions
from headwater.queues.document import Queue, decode_queue
from headwater.queues.queues import Queues
from headwater.stage.house import House
from headwater.storage import function_keys, keyspace, monitoring_keys, queue_keys
from headwater.storage.engine import Transaction
from headwater.tables.definition import drop

_SETTLE_MS_MAX = 10_000


async def reset(house: House) -> dict[str, Any]:
    """Answers what was deleted. Raises OperatorError where that is not allowed."""
    settings = house.services.settings
    if not (settings.in_memory or settings.allow_reset):
        raise OperatorError(
            "this node keeps its data on disk, and reset deletes all of it. Start it with "
            "--allow-reset if that is meant, or with --in-memory."
        )
    house.faults.clear()
    mappings = await _delete_mappings(house)
    functions = await _delete_functions(house)
    queues = await _delete_queues(house)
    views = await house.services.engine.run(house.services.views.delete_all)
    tables, streams = await house.services.engine.run(lambda tx: _delete_tables(tx, house))
    house.services.recorder.take()
    await house.keeper.settle(0)
    return {
        "tables": tables,
        "streams": streams,
        "functions": functions,
        "mappings": mappings,
        "queues": queues,
        "views": views,
    }


async def _delete_mappings(house: House) -> int:
    """Delete all, those under way to another state too, as soon as they have come there."""
    engine = house.services.engine
    mappings: Mappings = house.services.mappings
    deadline_ns = monotonic_ns() + _SETTLE_MS_MAX * 1_000_000
    deleted: set[str] = set()

    def delete(tx: Transaction) -> int:
        left = every_mapping(tx)
        for mapping in left:
            try:
                mappings.delete(tx, mapping.scope, mapping.uuid)
                deleted.add(mapping.uuid)
            except ResourceInUse:
                pass  # it is on its way to another state, or out; asked again in a moment
        return len(left)

    while await engine.run(delete):
        if monotonic_ns() > deadline_ns:
            raise OperatorError("a mapping does not come to rest. Look at the node's log.")
        await sleep_ms(SystemClock(), 1)
    return len(deleted)


async def _delete_functions(house: House) -> int:
    def named(tx: Transaction) -> list[tuple[Scope, str]]:
        prefix = function_keys.all_functions_prefix()
        found = []
        for key, _ in tx.range(prefix, keyspace.successor(prefix)):
            account, region, name = key[len(prefix) :].decode().split("/", 2)
            found.append((Scope(account, region), name))
        return found

    functions: Functions = house.services.functions
    every = await house.services.engine.run(named)
    for scope, name in every:
        await functions.registry.delete(scope, name)
    layers = function_keys.all_layers_prefix()
    # Their code is removed when a node starts.
    await house.services.engine.run(lambda tx: tx.delete_range(layers, keyspace.successor(layers)))
    return len(every)


async def _delete_queues(house: House) -> int:
    engine = house.services.engine
    queues: Queues = house.services.queues

    def every(tx: Transaction) -> list[Queue]:
        prefix = queue_keys.all_queues_prefix()
        return [decode_queue(data) for _, data in tx.range(prefix, keyspace.successor(prefix))]

    found = await engine.run(every)
    for queue in found:
        await engine.run(partial(queues.drop, queue=queue))
    return len(found)


def _delete_tables(tx: Transaction, house: House) -> tuple[int, int]:
    """Tables with their items, then streams with their records, those of older tables too."""
    services = house.services
    services.regions.reset(tx)
    tables = services.catalog.every(tx)
    for table in tables:
        drop(tx, services.catalog, table, services.clock.now_ms())
    streams = kept_streams(tx)
    for stream in streams:
        for shard in load_shards(tx, stream):
            tx.delete_range(*keyspace.log_range(shard.log))
            tx.delete(keyspace.shard_key(stream.id, shard.id))
        tx.delete(stream.key)
    for prefix in (
        keyspace.all_tokens_prefix(),
        keyspace.all_backups_prefix(),
        keyspace.all_gathered_prefix(),
        keyspace.all_jobs_prefix(),
        *monitoring_keys.all_monitoring_prefixes(),
    ):
        tx.delete_range(prefix, keyspace.successor(prefix))
    return len(tables), len(streams)
