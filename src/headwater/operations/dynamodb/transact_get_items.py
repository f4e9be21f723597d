"""TransactGetItems: read up to 100 items of several tables as they are at one moment."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import orjson

from headwater.errors import Validation
from headwater.operations.call import Call
from headwater.operations.dynamodb.consumed import READ_UNITS, Usages
from headwater.operations.dynamodb.get_item import projected
from headwater.operations.dynamodb.item_params import item_table_named, only_projection
from headwater.operations.dynamodb.transacting import check_once, check_total, located
from headwater.tables import read
from headwater.tables.capacity import read_units
from headwater.tables.keys import Key
from headwater.tables.transaction import run_all
from headwater.values.attribute import canonical_item


def transact_get_items(call: Call) -> bytes:
    """Source: AWS, API reference, "TransactGetItems"."""
    params = call.params
    gets: list[Mapping[str, Any]] = [entry["Get"] for entry in params["TransactItems"]]
    projections = [only_projection(get) for get in gets]
    given = [canonical_item(get["Key"])[0] for get in gets]
    tables = [item_table_named(call, get["TableName"]) for get in gets]
    places = [located(table, key, is_whole=False) for table, key in zip(tables, given, strict=True)]
    check_once(places)
    keys = run_all([partial(_valid, place) for place in places])
    found = read.get_many(call.tx, keys)
    check_total(one.size for one in found)
    usages = Usages(params.get("ReturnConsumedCapacity"), READ_UNITS)
    rows = []
    for table, one, projection in zip(tables, found, projections, strict=True):
        usages.charge(table, read_units(one.size, consistent=True, transactional=True), {})
        row = b'{"Item":' + projected(one.json, projection) + b"}" if one.json else b"{}"
        rows.append(row)
    call.used = usages.used(is_write=False)
    answer = b'{"Responses":[' + b",".join(rows) + b"]"
    capacity = usages.member()
    return answer + (b"," + orjson.dumps(capacity)[1:] if capacity else b"}")


def _valid(place: Key | Validation) -> Key:
    if isinstance(place, Validation):
        raise place
    return place
