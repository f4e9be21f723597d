"""PutItem: put a whole item in the place of what its key holds."""

from headwater.operations.call import Call
from headwater.operations.dynamodb.item_params import (
    answers_prefixed,
    check_write_parameters,
    item_table,
    only_condition,
    wants_old_on_failure,
)
from headwater.operations.dynamodb.writing import NOTHING_ASKED, written_answer
from headwater.operations.used import used_of
from headwater.tables import write
from headwater.tables.capacity import write_units
from headwater.values.attribute import canonical_item

_PLAIN = frozenset({"TableName", "Item"})


@answers_prefixed
def put_item(call: Call) -> bytes:
    """Source: AWS, API reference, "PutItem"."""
    params = call.params
    if not params.keys() <= _PLAIN:
        return _put_with_options(call)
    item, size = canonical_item(params["Item"])
    table = item_table(call)
    written = write.put(call.tx, table, item, size, call.node.clock.now_ms())
    call.used = used_of(table, True, write_units(written.charged_size), written.index_units)
    return NOTHING_ASKED


def _put_with_options(call: Call) -> bytes:
    params = call.params
    check_write_parameters(params)
    item, size = canonical_item(params["Item"])
    condition = only_condition(params)
    table = item_table(call)
    written = write.put(
        call.tx,
        table,
        item,
        size,
        call.node.clock.now_ms(),
        condition=condition,
        old_on_failure=wants_old_on_failure(params),
    )
    old = written.old if params.get("ReturnValues") == "ALL_OLD" else b""
    return written_answer(call, table, item, written, old)
