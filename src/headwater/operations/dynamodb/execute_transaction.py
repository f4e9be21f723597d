"""ExecuteTransaction: up to 100 PartiQL statements that happen all or not at all.

All read or all write; EXISTS, which checks an item, goes with writes. What can be seen in the
statements alone refuses the request and names the first statement at fault (recorded), what items
have to say becomes the reason of its statement. A request of writes that comes again under its
ClientRequestToken within ten minutes is answered and does nothing.
"""

from collections.abc import Callable, Mapping
from functools import partial
from hashlib import blake2b
from typing import Any, NamedTuple, TypeVar

import orjson

from headwater.errors import Validation
from headwater.limits import ITEM_BYTES_MAX
from headwater.operations.call import Call
from headwater.operations.dynamodb.consumed import READ_UNITS, WRITE_UNITS, Usages
from headwater.operations.dynamodb.item_params import item_table_named, wants_old_on_failure
from headwater.operations.dynamodb.statement_params import Request, statement_param
from headwater.operations.dynamodb.transacting import check_once, check_total, located
from headwater.partiql.changing import WritePlan, plan_write, run_write
from headwater.partiql.reading import shown_of
from headwater.partiql.selecting import ReadPlan, plan_select
from headwater.partiql.syntax import Delete, Select, Update
from headwater.tables import read
from headwater.tables.capacity import read_units, write_units
from headwater.tables.indexes import check_index_keys_not_empty
from headwater.tables.keys import Key
from headwater.tables.transaction import recall, remember, run_all
from headwater.tables.write import Written

R = TypeVar("R")


class _Action(NamedTuple):
    """One write of the transaction."""

    params: Mapping[str, Any]
    plan: WritePlan
    key: Key | Validation


def execute_transaction(call: Call) -> bytes:
    """Source: AWS, API reference, "ExecuteTransaction"."""
    members = call.params["TransactStatements"]
    requests = _each(members, _request)
    reads = sum(isinstance(request.statement, Select) for request in requests)
    if reads == 0:
        return _write(call, requests)
    if reads < len(requests):
        raise Validation(
            "ExecuteTransaction API does not support both read and write operations in the same "
            "request."
        )
    return _read(call, requests)


def _each(members: list[Any], work: Callable[[Any], R]) -> list[R]:
    """What `work` makes of each member; its Validation is told with the member's place."""
    results = []
    for number, member in enumerate(members):
        try:
            results.append(work(member))
        except Validation as fault:
            raise Validation(
                f"Validation failed in TransactStatements[{number}]: {fault.message}"
            ) from None
    return results


def _request(raw: Mapping[str, Any]) -> Request:
    request = statement_param(raw)
    statement = request.statement
    if isinstance(statement, Update | Delete) and statement.returning:
        raise Validation("RETURNING clause is not supported in ExecuteTransaction.")
    if isinstance(statement, Select) and statement.target.index_name:
        raise Validation("Reads on indices are not supported within transactions.")
    return request


# --- reads ---------------------------------------------------------------------------------------


def _read(call: Call, requests: list[Request]) -> bytes:
    plans = _each(requests, partial(_read_plan, call))
    keys = [plan.key for plan in plans if plan.key is not None]
    check_once(keys)
    found = read.get_many(call.tx, keys)
    check_total(one.size for one in found)
    usages = Usages(call.params.get("ReturnConsumedCapacity"), READ_UNITS)
    rows = []
    for plan, one in zip(plans, found, strict=True):
        usages.charge(plan.table, read_units(one.size, consistent=True, transactional=True), {})
        item = b"".join(shown_of(plan, one))
        rows.append(b'{"Item":' + item + b"}" if item else b"{}")
    call.used = usages.used(is_write=False)
    return _answer(rows, usages)


def _read_plan(call: Call, request: Request) -> ReadPlan:
    select = request.statement
    assert isinstance(select, Select)
    table = item_table_named(call, select.target.table_name)
    plan = plan_select(table, select, request.constants)
    if plan.key is None:
        raise Validation(
            "Select statements within ExecuteTransaction must specify the primary key in the "
            "where clause."
        )
    return plan


# --- writes --------------------------------------------------------------------------------------


def _write(call: Call, requests: list[Request]) -> bytes:
    params = call.params
    members = params["TransactStatements"]
    token = params.get("ClientRequestToken")
    now_ms = call.node.clock.now_ms()
    digest = _digest(members) if token is not None else ""
    if token is not None:
        known = recall(call.tx, call.scope, _token(token), digest, now_ms)
        if known is not None:
            return _replayed(call, known)
    plans = _each(requests, partial(_write_plan, call))
    check_total(plan.size for plan in plans)
    actions = [_Action(raw, plan, _located(plan)) for raw, plan in zip(members, plans, strict=True)]
    check_once(action.key for action in actions)
    outcomes = run_all([partial(_run, call, action, now_ms) for action in actions])
    check_total(written.charged_size for written in outcomes)
    if token is not None:
        sizes = [
            [plan.table.name, written.charged_size]
            for plan, written in zip(plans, outcomes, strict=True)
        ]
        remember(call.tx, call.scope, _token(token), digest, now_ms, {"reads": sizes})
    usages = Usages(params.get("ReturnConsumedCapacity"), WRITE_UNITS)
    for plan, written in zip(plans, outcomes, strict=True):
        units = write_units(written.charged_size, transactional=True)
        usages.charge(plan.table, units, written.index_units)
    call.used = usages.used(is_write=True)
    return _answer([b"{}"] * len(outcomes), usages)


def _write_plan(call: Call, request: Request) -> WritePlan:
    statement = request.statement
    assert not isinstance(statement, Select)
    table = item_table_named(call, statement.target.table_name)
    return plan_write(table, statement, request.constants)


def _located(plan: WritePlan) -> Key | Validation:
    """As in TransactWriteItems, an empty key refuses the request and a wrong one its action."""
    is_insert = plan.kind == "Insert"
    if is_insert and plan.size > ITEM_BYTES_MAX:
        raise Validation("Item size has exceeded the maximum allowed size")
    if is_insert and plan.table.plans:
        check_index_keys_not_empty(plan.table, plan.item)
    return located(plan.table, plan.item, is_whole=is_insert)


def _run(call: Call, action: _Action, now_ms: int) -> Written:
    if isinstance(action.key, Validation):
        raise action.key
    shows_old = wants_old_on_failure(action.params)
    return run_write(call.tx, action.plan, action.key, now_ms, old_on_failure=shows_old)


def _replayed(call: Call, known: Mapping[str, Any]) -> bytes:
    """The answer of a request that has been here: it costs a read of the items it had written."""
    usages = Usages(call.params.get("ReturnConsumedCapacity"), READ_UNITS)
    for name, size in known["reads"]:
        table = call.node.catalog.find(call.tx, call.scope, name)
        if table is not None:
            usages.charge(table, read_units(size, consistent=True, transactional=True), {})
    call.used = usages.used(is_write=False)
    return _answer([b"{}"] * len(known["reads"]), usages)


def _answer(rows: list[bytes], usages: Usages) -> bytes:
    answer = b'{"Responses":[' + b",".join(rows) + b"]"
    capacity = usages.member()
    return answer + (b"," + orjson.dumps(capacity)[1:] if capacity else b"}")


def _digest(members: list[Any]) -> str:
    content = orjson.dumps(members, option=orjson.OPT_SORT_KEYS)
    return blake2b(content, digest_size=16).hexdigest()


def _token(token: str) -> str:
    """Tokens of one operation never meet those of another."""
    return f"ExecuteTransaction/{token}"
