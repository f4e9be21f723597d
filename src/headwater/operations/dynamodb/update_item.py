"""UpdateItem: change some attributes of an item, or make it."""

from headwater.expressions.legacy import legacy_update
from headwater.expressions.placeholders import Placeholders, check_parameters
from headwater.expressions.update import Update, parse_update
from headwater.operations.call import Call
from headwater.operations.dynamodb.item_params import (
    Params,
    answers_prefixed,
    condition_param,
    item_table,
    placeholders_of,
    wants_old_on_failure,
)
from headwater.operations.dynamodb.writing import NOTHING_ASKED, written_answer
from headwater.operations.used import used_of
from headwater.tables import write
from headwater.tables.capacity import write_units
from headwater.tables.keys import check_not_key, key_of_request
from headwater.tables.write import Written
from headwater.values.attribute import canonical_item
from headwater.values.codec import decode_item, encode_item

# Room that AWS reserves in the limit of 400 KB when it measures an UpdateItem (recorded).
_OVERHEAD_BYTES = 3
_WRITING_ACTION_BYTES = 19
_CLEARING_ACTION_BYTES = 2

_ASKING = frozenset({"ReturnValues", "ReturnConsumedCapacity", "ReturnItemCollectionMetrics"})


@answers_prefixed
def update_item(call: Call) -> bytes:
    """Source: AWS, API reference, "UpdateItem"."""
    params = call.params
    check_parameters(
        params,
        expressions=("UpdateExpression", "ConditionExpression"),
        others=("AttributeUpdates", "Expected", "ConditionalOperator"),
    )
    given, _ = canonical_item(params["Key"])
    placeholders = placeholders_of(params)
    update = update_param(params, placeholders)
    condition = condition_param(params, placeholders)
    placeholders.check_all_used()
    table = item_table(call)
    key = key_of_request(table, given)
    if update is not None:
        check_not_key(table, update.attributes)
    written = write.update(
        call.tx,
        table,
        key,
        update,
        call.node.clock.now_ms(),
        condition=condition,
        old_on_failure=wants_old_on_failure(params),
        overhead_bytes=_overhead_bytes(update),
    )
    call.used = used_of(table, True, write_units(written.charged_size), written.index_units)
    if params.keys().isdisjoint(_ASKING):
        return NOTHING_ASKED
    attributes = _returned(params.get("ReturnValues", "NONE"), update, written)
    return written_answer(call, table, key.item, written, attributes)


def update_param(params: Params, placeholders: Placeholders) -> Update | None:
    """The update of a request, in either form; None if it asks for none."""
    text = params.get("UpdateExpression")
    if text is not None:
        return parse_update(text, placeholders)
    updates = params.get("AttributeUpdates")
    return legacy_update(updates) if updates else None


def _overhead_bytes(update: Update | None) -> int:
    if update is None:
        return 0
    return (
        _OVERHEAD_BYTES
        + _WRITING_ACTION_BYTES * update.writing_actions
        + _CLEARING_ACTION_BYTES * update.clearing_actions
    )


def _returned(wanted: str, update: Update | None, written: Written) -> bytes:
    """JSON of what ReturnValues asks for; b"" if there is nothing to return."""
    if wanted == "NONE":
        return b""
    image = written.old if wanted.endswith("OLD") else written.new
    if not image or wanted.startswith("ALL"):
        return image
    if update is None:
        return b""
    touched = update.touched(decode_item(image))
    return encode_item(touched) if touched else b""
