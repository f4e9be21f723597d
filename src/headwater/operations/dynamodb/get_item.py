"""GetItem: read one item by its key. Without a projection the stored bytes are the answer."""

import orjson

from headwater.expressions.projection import Projection
from headwater.operations.call import Call
from headwater.operations.dynamodb.consumed import Usage, wants_capacity
from headwater.operations.dynamodb.item_params import item_table, only_projection
from headwater.operations.used import used_of
from headwater.tables import read
from headwater.tables.capacity import read_units
from headwater.tables.keys import key_of_request
from headwater.values.attribute import canonical_item
from headwater.values.codec import decode_item, encode_item

_PLAIN = frozenset({"TableName", "Key", "ConsistentRead"})


def get_item(call: Call) -> bytes:
    """Source: AWS, API reference, "GetItem"."""
    params = call.params
    if not params.keys() <= _PLAIN:
        return _get_with_options(call)
    given, _ = canonical_item(params["Key"])
    table = item_table(call)
    found = read.get(call.tx, key_of_request(table, given))
    units = read_units(found.size, consistent=params.get("ConsistentRead", False))
    call.used = used_of(table, False, units, {})
    return b'{"Item":' + found.json + b"}" if found.json else b"{}"


def _get_with_options(call: Call) -> bytes:
    params = call.params
    projection = only_projection(params)
    given, _ = canonical_item(params["Key"])
    table = item_table(call)
    found = read.get(call.tx, key_of_request(table, given))
    units = read_units(found.size, consistent=params.get("ConsistentRead", False))
    call.used = used_of(table, False, units, {})
    members = []
    if found.json:
        members.append(b'"Item":' + projected(found.json, projection))
    mode = wants_capacity(params.get("ReturnConsumedCapacity"))
    if mode is not None:
        usage = Usage(table)
        usage.charge(units, {})
        members.append(b'"ConsumedCapacity":' + orjson.dumps(usage.shape(mode)))
    return b"{" + b",".join(members) + b"}"


def projected(item_json: bytes, projection: Projection | None) -> bytes:
    """The JSON of an item's asked-for parts; an item that has none of them is {}."""
    if projection is None:
        return item_json
    return encode_item(projection.project(decode_item(item_json)))
