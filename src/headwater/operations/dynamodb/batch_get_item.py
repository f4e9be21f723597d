"""BatchGetItem: read up to 100 items of several tables, as far as 16 MB reach."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson

from headwater.errors import Validation
from headwater.expressions.projection import Projection
from headwater.limits import BATCH_GET_BYTES_MAX, BATCH_GET_KEYS_MAX
from headwater.operations.call import Call
from headwater.operations.dynamodb.consumed import Usages
from headwater.operations.dynamodb.get_item import projected
from headwater.operations.dynamodb.item_params import item_table_named, only_projection
from headwater.tables import read
from headwater.tables.capacity import read_units
from headwater.tables.keys import Key, key_of_request
from headwater.tables.schema import Table
from headwater.values.attribute import Item, canonical_item

DUPLICATES = "Provided list of item keys contains duplicates"


class _Part(NamedTuple):
    """What is asked of one table."""

    name: str  # as the request has it, which may be an ARN
    request: Mapping[str, Any]
    keys: list[Item]
    projection: Projection | None


def batch_get_item(call: Call) -> bytes:
    """Source: AWS, API reference, "BatchGetItem"."""
    params = call.params
    parts = [_part(name, request) for name, request in params["RequestItems"].items()]
    if sum(len(part.keys) for part in parts) > BATCH_GET_KEYS_MAX:
        raise Validation("Too many items requested for the BatchGetItem call")
    tables = [item_table_named(call, part.name) for part in parts]
    keys = [
        [key_of_request(table, key) for key in part.keys]
        for table, part in zip(tables, parts, strict=True)
    ]
    check_no_duplicates([key for some in keys for key in some])
    usages = Usages(params.get("ReturnConsumedCapacity"))
    reader = _Reader(call, usages)
    for table, part, some in zip(tables, parts, keys, strict=True):
        reader.read(table, part, some)
    return reader.answer()


def check_no_duplicates(keys: list[Key]) -> None:
    """Raises Validation if one item is named twice."""
    if len({key.data for key in keys}) < len(keys):
        raise Validation(DUPLICATES)


def _part(name: str, request: Mapping[str, Any]) -> _Part:
    projection = only_projection(request)
    return _Part(name, request, [canonical_item(key)[0] for key in request["Keys"]], projection)


class _Reader:
    """Collects what is found, until 16 MB of items have been read."""

    __slots__ = ("_call", "_found", "_left", "_unprocessed", "_usages")

    def __init__(self, call: Call, usages: Usages) -> None:
        self._call = call
        self._usages = usages
        self._left = BATCH_GET_BYTES_MAX
        self._found: dict[str, list[bytes]] = {}
        self._unprocessed: dict[str, Any] = {}

    def read(self, table: Table, part: _Part, keys: list[Key]) -> None:
        """Read one table's items; those that do not fit any more stay unprocessed."""
        consistent = part.request.get("ConsistentRead", False)
        rows = self._found.setdefault(part.name, [])
        for number, one in enumerate(read.get_many(self._call.tx, keys)):
            self._left -= one.size
            if self._left < 0:
                rest = part.request["Keys"][number:]
                self._unprocessed[part.name] = {**part.request, "Keys": rest}
                self._left = 0
                return
            self._usages.charge(table, read_units(one.size, consistent=consistent), {})
            if one.json:
                rows.append(projected(one.json, part.projection))

    def answer(self) -> bytes:
        self._call.used = self._usages.used(is_write=False)
        responses = (
            orjson.dumps(name) + b":[" + b",".join(rows) + b"]"
            for name, rows in self._found.items()
        )
        rest = {"UnprocessedKeys": self._unprocessed, **self._usages.member()}
        return b'{"Responses":{' + b",".join(responses) + b"}," + orjson.dumps(rest)[1:]
