"""Adding a change to the log. Only tables/write.py may call this: one write path."""

from headwater.changelog.record import Change, pack
from headwater.changelog.stream import OpenStream
from headwater.storage.engine import Transaction


def append(tx: Transaction, stream: OpenStream, hash_value: int, change: Change) -> int:
    """Add `change` to the open shard that its key's hash belongs to; returns its sequence."""
    log = stream.shards.at(hash_value).log
    stream.writes[log] = stream.writes.get(log, 0) + 1
    return tx.append(log, pack(change))
