"""Item collections: what one partition key's items and their entries in local indexes weigh.

Kept for tables with a local index only, where AWS bounds it to 10 GB. One number of eight bytes is
written along with each write that changes it.

Source: AWS, developer guide, "Local secondary indexes", "Item collection size limit": writes that
let a collection grow beyond 10 GB are refused, those that shrink it are not.
"""

from headwater.errors import ItemCollectionSizeLimitExceeded
from headwater.limits import COLLECTION_BYTES_MAX
from headwater.storage.engine import Transaction
from headwater.storage.keyspace import collection_key
from headwater.tables.schema import Table
from headwater.values.ordering import encode_key
from headwater.values.size import Item


def has_collections(table: Table) -> bool:
    """Whether the items of a table make collections that AWS measures and bounds."""
    return table.has_local_indexes


def collection_bytes(tx: Transaction, table: Table, item: Item) -> int:
    """What the collection weighs that an item, or the item of a key, belongs to."""
    data = tx.get(_key(table, item))
    return 0 if data is None else int.from_bytes(data, "big")


def grow(
    tx: Transaction, table: Table, item: Item, growth: int, *, is_bounded: bool = True
) -> None:
    """Add to the weight of an item's collection; a negative growth takes away.

    is_bounded  False lets it grow beyond what AWS allows
    Raises ItemCollectionSizeLimitExceeded if it grows beyond what AWS allows.
    """
    if growth == 0:
        return
    size = max(0, collection_bytes(tx, table, item) + growth)
    if is_bounded and growth > 0 and size > COLLECTION_BYTES_MAX:
        raise ItemCollectionSizeLimitExceeded("Collection size exceeded.")
    if size:
        tx.put(_key(table, item), size.to_bytes(8, "big"))
    else:
        tx.delete(_key(table, item))


def _key(table: Table, item: Item) -> bytes:
    return collection_key(table.schema.id, encode_key(item[table.hash_name]))
