"""What PutItem, UpdateItem and DeleteItem answer.

The images in a `Written` are JSON already; an answer is a join of bytes, and a write that asked for
nothing back is answered with a constant.
"""

import orjson

from headwater.operations.call import Call
from headwater.operations.dynamodb.consumed import (
    Usage,
    collection_metrics,
    wants_capacity,
)
from headwater.operations.used import used_of
from headwater.tables.capacity import write_units
from headwater.tables.collections import has_collections
from headwater.tables.schema import Table
from headwater.tables.write import Written
from headwater.values.size import Item

NOTHING_ASKED = b"{}"


def written_answer(
    call: Call, table: Table, item: Item, written: Written, attributes: bytes = b""
) -> bytes:
    """The answer of a single write.

    item        the item or its key
    attributes  JSON of what ReturnValues asked for; b"" leaves the member out
    """
    units = write_units(written.charged_size)
    call.used = used_of(table, True, units, written.index_units)
    members = []
    if attributes:
        members.append(b'"Attributes":' + attributes)
    mode = wants_capacity(call.params.get("ReturnConsumedCapacity"))
    if mode is not None:
        usage = Usage(table)
        usage.charge(units, written.index_units)
        members.append(b'"ConsumedCapacity":' + orjson.dumps(usage.shape(mode)))
    if call.params.get("ReturnItemCollectionMetrics") == "SIZE" and has_collections(table):
        metrics = collection_metrics(call.tx, table, item)
        members.append(b'"ItemCollectionMetrics":' + orjson.dumps(metrics))
    return b"{" + b",".join(members) + b"}"
