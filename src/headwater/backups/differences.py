"""What changed in a table between two moments: each item as it was and as it became.

A sink for the walk of rewind.py, which brings the newest change of an item first: that one says
what became of it, the oldest what it was. An item that came and went in between leaves nothing.
Source: AWS, developer guide, "DynamoDB table export output format", incremental export.
"""

import orjson

from headwater.backups.rewind import Gathering
from headwater.changelog.record import Change
from headwater.storage.engine import Transaction


class Differences(Gathering):
    """Gathers differences on disk, in place of items."""

    def undo(self, tx: Transaction, suffix: bytes, change: Change) -> None:
        key = self.prefix + suffix
        known = tx.get(key)
        if known is None:
            new: list[object] = [change.created_ms, change.keys.decode(), change.new.decode()]
        else:
            new = orjson.loads(known)[:3]
        tx.put(key, orjson.dumps([*new, change.old.decode()]))


def difference_line(stored: bytes, view: str) -> bytes:
    """The line of a difference in an incremental export, b"" if there is none.

    view  NEW_IMAGE or NEW_AND_OLD_IMAGES
    """
    created_ms, keys, new, old = orjson.loads(stored)
    if not new and not old:
        return b""
    parts = [f'{{"Metadata":{{"WriteTimestampMicros":{{"N":"{created_ms * 1000}"}}}},"Keys":{keys}']
    if old and view == "NEW_AND_OLD_IMAGES":
        parts.append(f',"OldImage":{old}')
    if new:
        parts.append(f',"NewImage":{new}')
    parts.append("}\n")
    return "".join(parts).encode()
