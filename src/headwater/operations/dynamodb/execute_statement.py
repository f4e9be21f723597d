"""ExecuteStatement: read items, or write one, as a PartiQL statement says."""

import orjson

from headwater.errors import Validation
from headwater.operations.call import Call
from headwater.operations.dynamodb.consumed import Usage, wants_capacity
from headwater.operations.dynamodb.item_params import item_table_named, wants_old_on_failure
from headwater.operations.dynamodb.statement_params import Request, key_of_plan, statement_param
from headwater.operations.used import Used
from headwater.partiql.changing import plan_write, returned, run_write
from headwater.partiql.next_token import decode_token, encode_token, request_digest
from headwater.partiql.reading import read_rows
from headwater.partiql.selecting import plan_select
from headwater.partiql.syntax import Exists, Select, Write
from headwater.tables.capacity import write_units
from headwater.tables.schema import Table


def execute_statement(call: Call) -> bytes:
    """Source: AWS, API reference, "ExecuteStatement"."""
    request = statement_param(call.params)
    statement = request.statement
    if isinstance(statement, Exists):
        raise Validation("EXISTS is only supported in ExecuteTransaction")
    table = item_table_named(call, statement.target.table_name)
    call.used = Used(table.name, True, 0.0)  # so that a failure knows whose it is
    if isinstance(statement, Select):
        return _read(call, table, request, statement)
    return _write(call, table, request, statement)


def _read(call: Call, table: Table, request: Request, select: Select) -> bytes:
    params = call.params
    consistent = params.get("ConsistentRead", False)
    plan = plan_select(table, select, request.constants, consistent=consistent)
    secret = call.node.iterator_secret
    digest = request_digest(table, request.text, request.parameters)
    token = params.get("NextToken")
    rows = read_rows(
        call.tx,
        plan,
        consistent=consistent,
        limit=params.get("Limit"),
        start=None if token is None else decode_token(token, digest, secret),
    )
    members = [b'"Items":[' + b",".join(rows.items) + b"]"]
    if rows.last is not None:
        next_token = encode_token(rows.last, digest, secret)
        members.append(b'"NextToken":' + orjson.dumps(next_token))
        members.append(b'"LastEvaluatedKey":' + orjson.dumps(rows.last_key))
    usage = Usage(table)
    usage.charge(
        rows.table_units, {} if plan.plan is None else {plan.plan.index.name: rows.index_units}
    )
    call.used = usage.used(is_write=False)
    return _answer(call, members, usage)


def _write(call: Call, table: Table, request: Request, statement: Write) -> bytes:
    params = call.params
    plan = plan_write(table, statement, request.constants)
    if "NextToken" in params:
        raise Validation("NextToken does not match request")
    written = run_write(
        call.tx,
        plan,
        key_of_plan(plan),
        call.node.clock.now_ms(),
        old_on_failure=wants_old_on_failure(params),
    )
    usage = Usage(table)
    usage.charge(write_units(written.charged_size), written.index_units)
    call.used = usage.used(is_write=True)
    return _answer(call, [b'"Items":[' + returned(plan, written) + b"]"], usage)


def _answer(call: Call, members: list[bytes], usage: Usage) -> bytes:
    mode = wants_capacity(call.params.get("ReturnConsumedCapacity"))
    if mode is not None:
        members.append(b'"ConsumedCapacity":' + orjson.dumps(usage.shape(mode)))
    return b"{" + b",".join(members) + b"}"
