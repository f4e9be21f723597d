"""BatchWriteItem: put and delete up to 25 items of several tables, without conditions.

AWS promises no atomicity here; this node gives it all the same, since a call is one transaction.
Only items that a transaction in flight holds stay unprocessed: the operation has no error for them.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple

from headwater.errors import TransactionConflict, Validation
from headwater.limits import BATCH_WRITE_REQUESTS_MAX
from headwater.metrics.aws import table_series
from headwater.operations.call import Call
from headwater.operations.dynamodb.batch_get_item import check_no_duplicates
from headwater.operations.dynamodb.consumed import Usages, metrics_of_many
from headwater.operations.dynamodb.item_params import item_table_named
from headwater.tables import write
from headwater.tables.capacity import write_units
from headwater.tables.keys import Key, key_of_request
from headwater.tables.schema import Table
from headwater.tables.write import Written
from headwater.values.attribute import Item, canonical_item

# AWS has these for every union of its model, of which AttributeValue is the best known.
_NONE_OF_TWO = (
    "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"
)
_BOTH_OF_TWO = (
    "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the "
    "supported datatypes"
)


class _Request(NamedTuple):
    """One put (item and its size) or delete (key, and None)."""

    table: str
    item: Item
    size: int | None
    raw: Mapping[str, Any]


def batch_write_item(call: Call) -> dict[str, Any]:
    """Source: AWS, API reference, "BatchWriteItem"."""
    params = call.params
    requests = [
        _request(table, raw) for table, raws in params["RequestItems"].items() for raw in raws
    ]
    if len(requests) > BATCH_WRITE_REQUESTS_MAX:
        raise Validation("Too many items requested for the BatchWriteItem call")
    tables = {name: item_table_named(call, name) for name in params["RequestItems"]}
    keys = [_key(tables[request.table], request) for request in requests]
    check_no_duplicates(keys)
    usages = Usages(params.get("ReturnConsumedCapacity"))
    now_ms = call.node.clock.now_ms()
    unprocessed: dict[str, list[Mapping[str, Any]]] = {}
    touched = []
    for request, key in zip(requests, keys, strict=True):
        table = tables[request.table]
        try:
            written = _write(call, table, request, key, now_ms)
        except TransactionConflict:
            unprocessed.setdefault(request.table, []).append(request.raw)
            call.tx.after_commit(partial(_count_conflict, call, table))
            continue
        touched.append((table, request.item))
        usages.charge(table, write_units(written.charged_size), written.index_units)
    call.used = usages.used(is_write=True)
    mode = params.get("ReturnItemCollectionMetrics")
    metrics = metrics_of_many(call.tx, mode, touched)
    return {"UnprocessedItems": unprocessed, **metrics, **usages.member()}


def _count_conflict(call: Call, table: Table) -> None:
    call.node.recorder.add(table_series(call.scope, "TransactionConflict", table.name), 1)


def _request(table: str, raw: Mapping[str, Any]) -> _Request:
    put, delete = raw.get("PutRequest"), raw.get("DeleteRequest")
    if put is not None and delete is not None:
        raise Validation(_BOTH_OF_TWO)
    if put is not None:
        item, size = canonical_item(put["Item"])
        return _Request(table, item, size, raw)
    if delete is not None:
        return _Request(table, canonical_item(delete["Key"])[0], None, raw)
    raise Validation(_NONE_OF_TWO)


def _key(table: Table, request: _Request) -> Key:
    """The key of a request. A put with a wrong key is told as a delete is (recorded)."""
    if request.size is None:
        return key_of_request(table, request.item)
    item = request.item
    return key_of_request(table, {name: item[name] for name in table.key_names if name in item})


def _write(call: Call, table: Table, request: _Request, key: Key, now_ms: int) -> Written:
    if request.size is None:
        return write.delete(call.tx, table, key, now_ms)
    return write.put(call.tx, table, request.item, request.size, now_ms)
