"""Time to live: turned on and off, and expired items deleted through the one write path.

Each function is one step in one transaction; consumers/chores.py takes them one after another,
on the node's clock.
"""

from collections.abc import Sequence
from dataclasses import replace

from headwater.changelog.record import TTL_IDENTITY
from headwater.storage import keyspace
from headwater.storage.engine import Transaction
from headwater.tables.catalog import Catalog
from headwater.tables.definition import change
from headwater.tables.expiry import PAST_S_MAX, expiry_s_of, list_expiry
from headwater.tables.keys import key_of_item
from headwater.tables.replicas import replicas_of
from headwater.tables.schema import Table
from headwater.tables.stored import json_of, stamp_of
from headwater.tables.write import delete
from headwater.values.codec import decode_item

STEP_ITEMS = 100


def turn_ttl_on(tx: Transaction, catalog: Catalog, table: Table, name: str) -> Table:
    """List expiries from now on; `fill` lists those of the items there are."""
    return change(tx, catalog, table, replace(table.schema, ttl_name=name, ttl_filled=False))


def turn_ttl_off(tx: Transaction, catalog: Catalog, table: Table) -> Table:
    """Forget all expiries."""
    tx.delete_range(*keyspace.expiries_range(table.schema.id))
    return change(tx, catalog, table, replace(table.schema, ttl_name=None, ttl_filled=True))


def fill(tx: Transaction, catalog: Catalog, table: Table, after: bytes) -> bytes | None:
    """One step of listing the items there are; b"" begins. Returns where to go on, None at the
    end. Doing a step again changes nothing."""
    start = after + b"\0" if after else table.prefix
    found = tx.range(start, keyspace.successor(table.prefix), limit=STEP_ITEMS)
    for _, value in found:
        item = decode_item(json_of(value))
        list_expiry(tx, table, key_of_item(table, item), None, item)
    if len(found) == STEP_ITEMS:
        return found[-1][0]
    change(tx, catalog, table, replace(table.schema, ttl_filled=True))
    return None


def next_expiry_ms(tx: Transaction, table: Table, now_ms: int) -> int | None:
    """When the next item is due, perhaps in the past; None if no item has an end."""
    first_s = max(0, now_ms // 1000 - PAST_S_MAX)
    found = tx.range(*keyspace.expiries_range(table.schema.id, first_s), limit=1)
    # An item is expired when its second is over: "older than the current time".
    return (keyspace.expiry_of(found[0][0]) + 1) * 1000 if found else None


def delete_expired(tx: Transaction, table: Table, now_ms: int) -> tuple[int, int]:
    """Delete up to STEP_ITEMS expired items, as the TTL service.

    Returns how many were due, and how many of those were deleted.
    """
    due = _due(tx, table, now_ms)
    deleted = 0
    for expiry_key, data_key in due:
        value = tx.get(data_key)
        item = None if value is None else decode_item(json_of(value))
        if (
            value is None
            or item is None
            or expiry_s_of(table.ttl_name or "", item) != keyspace.expiry_of(expiry_key)
        ):
            tx.delete(expiry_key)
            continue
        identity = TTL_IDENTITY if not table.replicated or _is_own(table, value) else b""
        key = key_of_item(table, item)
        delete(tx, table, key, now_ms, identity=identity, has_ended=True)
        deleted += 1
    return len(due), deleted


def _is_own(table: Table, value: bytes) -> bool:
    """Whether the end of an item is told as TTL's in this region.

    It is in one alone, that in which it was written; in the others it is a plain delete, as a
    repeated one is. Source: AWS, developer guide, "Global tables", time to live.
    """
    regions = {table.scope.region, *replicas_of(table.schema)}
    written = stamp_of(value).region
    return table.scope.region == (written if written in regions else min(regions))


def _due(tx: Transaction, table: Table, now_ms: int) -> Sequence[tuple[bytes, bytes]]:
    now_s = now_ms // 1000
    bounds = keyspace.expiries_range(table.schema.id, max(0, now_s - PAST_S_MAX), now_s)
    return tx.range(*bounds, limit=STEP_ITEMS)
