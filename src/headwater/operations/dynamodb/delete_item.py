"""DeleteItem: delete the item of a key, if there is one."""

from headwater.operations.call import Call
from headwater.operations.dynamodb.item_params import (
    check_write_parameters,
    item_table,
    only_condition,
    wants_old_on_failure,
)
from headwater.operations.dynamodb.writing import NOTHING_ASKED, written_answer
from headwater.operations.used import used_of
from headwater.tables import write
from headwater.tables.capacity import write_units
from headwater.tables.keys import key_of_request
from headwater.values.attribute import canonical_item

_PLAIN = frozenset({"TableName", "Key"})


def delete_item(call: Call) -> bytes:
    """Source: AWS, API reference, "DeleteItem"."""
    params = call.params
    if not params.keys() <= _PLAIN:
        return _delete_with_options(call)
    given, _ = canonical_item(params["Key"])
    table = item_table(call)
    key = key_of_request(table, given)
    written = write.delete(call.tx, table, key, call.node.clock.now_ms())
    call.used = used_of(table, True, write_units(written.charged_size), written.index_units)
    return NOTHING_ASKED


def _delete_with_options(call: Call) -> bytes:
    params = call.params
    check_write_parameters(params)
    given, _ = canonical_item(params["Key"])
    condition = only_condition(params)
    table = item_table(call)
    key = key_of_request(table, given)
    written = write.delete(
        call.tx,
        table,
        key,
        call.node.clock.now_ms(),
        condition=condition,
        old_on_failure=wants_old_on_failure(params),
    )
    old = written.old if params.get("ReturnValues") == "ALL_OLD" else b""
    return written_answer(call, table, key.item, written, old)
