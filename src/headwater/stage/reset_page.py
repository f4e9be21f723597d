"""POST /_headwater/reset: a node as it was when it was new, for the next test.

Mappings, functions, tables and streams of all accounts and regions go, and so do faults. A virtual
clock stays where it is: time does not go back.
"""

from typing import Any

from headwater.arns import Scope
from headwater.changelog.retention import kept_streams
from headwater.changelog.stream import load_shards
from headwater.clock import SystemClock, monotonic_ns, sleep_ms
from headwater.consumers.mappings.registry import every_mapping
from headwater.errors import OperatorError, ResourceInUse
from headwater.stage.house import House
from headwater.storage import keyspace
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
    tables, streams = await house.services.engine.run(lambda tx: _delete_tables(tx, house))
    await house.keeper.settle(0)
    return {"tables": tables, "streams": streams, "functions": functions, "mappings": mappings}


async def _delete_mappings(house: House) -> int:
    """Delete all, those under way to another state too, as soon as they have come there."""
    engine, mappings = house.services.engine, house.services.mappings
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
        prefix = keyspace.all_functions_prefix()
        found = []
        for key, _ in tx.range(prefix, keyspace.successor(prefix)):
            account, region, name = key[len(prefix) :].decode().split("/", 2)
            found.append((Scope(account, region), name))
        return found

    every = await house.services.engine.run(named)
    for scope, name in every:
        await house.services.functions.delete(scope, name)
    return len(every)


def _delete_tables(tx: Transaction, house: House) -> tuple[int, int]:
    """Tables with their items, then streams with their records, those of older tables too."""
    services = house.services
    tables = services.catalog.every(tx)
    for table in tables:
        drop(tx, services.catalog, table, services.clock.now_ms())
    streams = kept_streams(tx)
    for stream in streams:
        for shard in load_shards(tx, stream):
            tx.delete_range(*keyspace.log_range(shard.log))
            tx.delete(keyspace.shard_key(stream.id, shard.id))
        tx.delete(stream.key)
    tokens = keyspace.all_tokens_prefix()
    tx.delete_range(tokens, keyspace.successor(tokens))
    return len(tables), len(streams)
