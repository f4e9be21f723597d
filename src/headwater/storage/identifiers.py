"""Numbers that name things on disk: tables, streams and logs share one sequence of them."""

from headwater.storage import keyspace
from headwater.storage.engine import Transaction


def take_id(tx: Transaction) -> int:
    """A number, from 1 on, that names nothing else in this database and never will."""
    stored = tx.get(keyspace.NEXT_ID)
    taken = int.from_bytes(stored, "big") if stored else 1
    tx.put(keyspace.NEXT_ID, (taken + 1).to_bytes(4, "big"))
    return taken
