"""When items end: the list of expiries that TTL goes by, kept in the write path.

An item with a time to live is listed by the second it ends, so that finding what is due is one
range read, however large the table. Source: AWS, developer guide, "Using time to live (TTL)": a
Number in epoch seconds; anything else, and a time more than five years past, is ignored.
"""

from headwater.storage import keyspace
from headwater.storage.engine import Transaction
from headwater.tables.keys import Key
from headwater.tables.schema import Table
from headwater.values.number import number_of
from headwater.values.size import Item

PAST_S_MAX = 5 * 365 * 24 * 60 * 60
_EXPIRY_S_END = 1 << 62  # later than any clock; such an item never ends


def expiry_s_of(name: str, item: Item | None) -> int | None:
    """Epoch second in which an item with this TTL attribute ends; None if it does not."""
    text = None if item is None else item.get(name, {}).get("N")
    if text is None:
        return None
    number = number_of(text)
    return int(number) if 0 <= number < _EXPIRY_S_END else None


def list_expiry(
    tx: Transaction, table: Table, key: Key, old: Item | None, new: Item | None
) -> None:
    """Bring the list from an item's old expiry to its new one, and wake who waits for it."""
    assert table.ttl_name is not None
    before = expiry_s_of(table.ttl_name, old)
    after = expiry_s_of(table.ttl_name, new)
    if before == after:
        return
    table_id = table.schema.id
    if before is not None:
        tx.delete(keyspace.expiry_key(table_id, before, key.encoded))
    if after is not None:
        tx.put(keyspace.expiry_key(table_id, after, key.encoded), key.data)
        # Numbers of tables and logs come from one sequence, so a table's own can be watched.
        tx.touch(table_id)
