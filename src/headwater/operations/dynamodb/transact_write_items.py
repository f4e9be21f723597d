"""TransactWriteItems: up to 100 puts, updates, deletes and checks that happen all or not at all.

The engine's transaction is the atom, tables/transaction.py collects the reasons. A request that
comes again under its ClientRequestToken within ten minutes is answered and does nothing.
"""

from collections.abc import Mapping
from functools import partial
from hashlib import blake2b
from typing import Any, NamedTuple

import orjson

from headwater.errors import Validation
from headwater.expressions.condition import Condition
from headwater.expressions.placeholders import check_parameters
from headwater.expressions.update import Update, parse_update
from headwater.limits import ITEM_BYTES_MAX
from headwater.operations.call import Call
from headwater.operations.dynamodb.consumed import (
    READ_UNITS,
    WRITE_UNITS,
    Usages,
    metrics_of_many,
)
from headwater.operations.dynamodb.item_params import (
    condition_param,
    item_table_named,
    placeholders_of,
    wants_old_on_failure,
)
from headwater.operations.dynamodb.transacting import check_once, check_total, located
from headwater.tables import write
from headwater.tables.capacity import read_units, write_units
from headwater.tables.indexes import check_index_keys_not_empty
from headwater.tables.keys import Key, check_not_key
from headwater.tables.schema import Table
from headwater.tables.transaction import recall, remember, run_all
from headwater.values.attribute import NESTED, Item, canonical_item

_KINDS = ("ConditionCheck", "Put", "Delete", "Update")
_EXPRESSIONS = {
    "ConditionCheck": ("ConditionExpression",),
    "Put": ("ConditionExpression",),
    "Delete": ("ConditionExpression",),
    "Update": ("UpdateExpression", "ConditionExpression"),
}


class _Action(NamedTuple):
    """One action as the request alone tells it."""

    kind: str
    request: Mapping[str, Any]
    item: Item  # to be put, or the key
    size: int
    condition: Condition | None
    update: Update | None
    fault: Validation | None  # told as this action's reason


class _Outcome(NamedTuple):
    """What an action did."""

    charged_size: int
    index_units: Mapping[str, float]


def transact_write_items(call: Call) -> dict[str, Any]:
    """Source: AWS, API reference, "TransactWriteItems"."""
    params = call.params
    actions = [_action(entry) for entry in params["TransactItems"]]
    check_total(action.size for action in actions)
    mode = params.get("ReturnConsumedCapacity")
    token = params.get("ClientRequestToken")
    digest = _digest(params) if token is not None else ""
    now_ms = call.node.clock.now_ms()
    if token is not None:
        known = recall(call.tx, call.scope, _token(token), digest, now_ms)
        if known is not None:
            return _replayed(call, known, mode)
    tables = [item_table_named(call, action.request["TableName"]) for action in actions]
    keys = [_located(table, action) for table, action in zip(tables, actions, strict=True)]
    check_once(keys)
    outcomes = run_all(
        [
            partial(_run, call, table, key, action, now_ms)
            for table, key, action in zip(tables, keys, actions, strict=True)
        ]
    )
    check_total(outcome.charged_size for outcome in outcomes)
    if token is not None:
        reads = [
            [table.name, outcome.charged_size]
            for table, outcome in zip(tables, outcomes, strict=True)
        ]
        remember(call.tx, call.scope, _token(token), digest, now_ms, {"reads": reads})
    return _answer(call, mode, tables, actions, outcomes)


def _action(entry: Mapping[str, Any]) -> _Action:
    """Everything that can be checked without the table. Raises Validation."""
    given = [kind for kind in _KINDS if kind in entry]
    if len(given) != 1:
        raise Validation("TransactItems can only contain one of Check, Put, Update or Delete")
    kind = given[0]
    request = entry[kind]
    check_parameters(request, expressions=_EXPRESSIONS[kind])
    item, size = canonical_item(request["Item" if kind == "Put" else "Key"])
    if kind == "Put" and size > ITEM_BYTES_MAX:
        raise Validation("Item size has exceeded the maximum allowed size")
    condition, update, fault = None, None, None
    try:
        condition, update = _expressions(request)
    except Validation as refusal:
        # Values nested too deep are met by an update while it runs (recorded).
        if kind != "Update" or refusal.message != NESTED:
            raise
        fault = refusal
    return _Action(kind, request, item, size, condition, update, fault)


def _expressions(request: Mapping[str, Any]) -> tuple[Condition | None, Update | None]:
    placeholders = placeholders_of(request)
    text = request.get("UpdateExpression")
    update = None if text is None else parse_update(text, placeholders)
    condition = condition_param(request, placeholders)
    placeholders.check_all_used()
    return condition, update


def _located(table: Table, action: _Action) -> Key | Validation:
    is_put = action.kind == "Put"
    if is_put and table.plans:
        check_index_keys_not_empty(table, action.item)
    return located(table, action.item, is_whole=is_put)


def _run(call: Call, table: Table, key: Key | Validation, action: _Action, now_ms: int) -> _Outcome:
    """One action inside the transaction; what it raises becomes its reason."""
    fault = key if isinstance(key, Validation) else action.fault
    if fault is not None:
        raise fault
    assert not isinstance(key, Validation)
    condition = action.condition
    shows_old = wants_old_on_failure(action.request)
    if action.kind == "ConditionCheck":
        assert condition is not None, "the model requires it"
        size = write.check(call.tx, table, key, condition, old_on_failure=shows_old)
        return _Outcome(size, {})
    if action.kind == "Put":
        put = write.put(
            call.tx,
            table,
            action.item,
            action.size,
            now_ms,
            condition=condition,
            old_on_failure=shows_old,
        )
        return _Outcome(put.charged_size, put.index_units)
    if action.kind == "Delete":
        deleted = write.delete(
            call.tx, table, key, now_ms, condition=condition, old_on_failure=shows_old
        )
        return _Outcome(deleted.charged_size, deleted.index_units)
    return _run_update(call, table, key, action, now_ms)


def _run_update(call: Call, table: Table, key: Key, action: _Action, now_ms: int) -> _Outcome:
    update = action.update
    assert update is not None, "the model requires it"
    check_not_key(table, update.attributes)
    updated = write.update(
        call.tx,
        table,
        key,
        update,
        now_ms,
        condition=action.condition,
        old_on_failure=wants_old_on_failure(action.request),
    )
    return _Outcome(updated.charged_size, updated.index_units)


def _answer(
    call: Call,
    mode: str | None,
    tables: list[Table],
    actions: list[_Action],
    outcomes: list[_Outcome],
) -> dict[str, Any]:
    usages = Usages(mode, WRITE_UNITS)
    for table, outcome in zip(tables, outcomes, strict=True):
        # The price of a transaction doubles on the table alone (recorded).
        units = write_units(outcome.charged_size, transactional=True)
        usages.charge(table, units, outcome.index_units)
    call.used = usages.used(is_write=True)
    written = [
        (table, action.item)
        for table, action in zip(tables, actions, strict=True)
        if action.kind != "ConditionCheck"
    ]
    metrics = metrics_of_many(call.tx, call.params.get("ReturnItemCollectionMetrics"), written)
    return {**usages.member(), **metrics}


def _replayed(call: Call, known: Mapping[str, Any], mode: str | None) -> dict[str, Any]:
    """The answer of a request that has been here: it costs a read of the items it had written."""
    usages = Usages(mode, READ_UNITS)
    for name, size in known["reads"]:
        table = call.node.catalog.find(call.tx, call.scope, name)
        if table is not None:
            usages.charge(table, read_units(size, consistent=True, transactional=True), {})
    call.used = usages.used(is_write=False)
    return usages.member()


def _digest(params: Mapping[str, Any]) -> str:
    content = orjson.dumps(params["TransactItems"], option=orjson.OPT_SORT_KEYS)
    return blake2b(content, digest_size=16).hexdigest()


def _token(token: str) -> str:
    """Tokens of one operation never meet those of another."""
    return f"TransactWriteItems/{token}"
