"""BatchExecuteStatement: up to 25 PartiQL statements, each of which succeeds or fails by itself.

All read or all write, each one item by its whole key. A member that fails before it comes to its
table is answered without the table's name (recorded).
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson

from headwater.errors import AwsError, ConditionalCheckFailed, ServiceUnavailable, Validation
from headwater.operations.call import Call
from headwater.operations.dynamodb.batch_get_item import check_no_duplicates
from headwater.operations.dynamodb.consumed import Usages
from headwater.operations.dynamodb.item_params import item_table_named, wants_old_on_failure
from headwater.operations.dynamodb.statement_params import Request, key_of_plan, statement_param
from headwater.partiql.changing import WritePlan, plan_write, returned, run_write
from headwater.partiql.reading import shown_of
from headwater.partiql.selecting import ReadPlan, plan_select
from headwater.partiql.syntax import Exists, Select
from headwater.tables import read
from headwater.tables.capacity import read_units, write_units
from headwater.tables.keys import Key

_CODES = {"ValidationException": "ValidationError", "ThrottlingException": "ThrottlingError"}


class _Member(NamedTuple):
    """A statement that can be run."""

    params: Mapping[str, Any]
    plan: ReadPlan | WritePlan
    key: Key


def batch_execute_statement(call: Call) -> bytes:
    """Source: AWS, API reference, "BatchExecuteStatement"."""
    params = call.params
    requests = [_request(member) for member in params["Statements"]]
    kinds = {
        isinstance(request.statement, Select)
        for request in requests
        if isinstance(request, Request)
    }
    if len(kinds) > 1:
        raise Validation("Read and write requests together in the same batch is not supported.")
    members = [
        _member(call, raw, request)
        for raw, request in zip(params["Statements"], requests, strict=True)
    ]
    check_no_duplicates([member.key for member in members if isinstance(member, _Member)])
    usages = Usages(params.get("ReturnConsumedCapacity"))
    rows = [
        _run(call, member, usages) if isinstance(member, _Member) else _failed(member)
        for member in members
    ]
    call.used = usages.used(is_write=True not in kinds)
    answer = b'{"Responses":[' + b",".join(rows) + b"]"
    capacity = usages.member()
    return answer + (b"," + orjson.dumps(capacity)[1:] if capacity else b"}")


def _request(raw: Mapping[str, Any]) -> Request | AwsError:
    """A member's statement, or why there is none."""
    try:
        request = statement_param(raw)
        if isinstance(request.statement, Exists):
            raise Validation("EXISTS is only supported in ExecuteTransaction")
        return request
    except AwsError as fault:
        return fault


def _member(call: Call, raw: Mapping[str, Any], request: Request | AwsError) -> _Member | AwsError:
    if isinstance(request, AwsError):
        return request
    try:
        return _planned(call, raw, request)
    except AwsError as fault:
        return fault


def _planned(call: Call, raw: Mapping[str, Any], request: Request) -> _Member:
    statement = request.statement
    table = item_table_named(call, statement.target.table_name)
    if not isinstance(statement, Select):
        written = plan_write(table, statement, request.constants)
        return _Member(raw, written, key_of_plan(written))
    consistent = raw.get("ConsistentRead", False)
    plan = plan_select(table, statement, request.constants, consistent=consistent)
    if plan.key is None:
        raise Validation(
            "Select statements within BatchExecuteStatement must specify the primary key in the "
            "where clause."
        )
    return _Member(raw, plan, plan.key)


def _run(call: Call, member: _Member, usages: Usages) -> bytes:
    """The response of a member. One that fails has written nothing: write.py writes last."""
    plan = member.plan
    name = orjson.dumps(plan.table.name)
    if isinstance(plan, ReadPlan):
        found = read.get(call.tx, member.key)
        consistent = member.params.get("ConsistentRead", False)
        usages.charge(plan.table, read_units(found.size, consistent=consistent), {})
        return _response(name, b"".join(shown_of(plan, found)))
    try:
        return _response(name, _write(call, member, plan, usages))
    except ServiceUnavailable:  # the node's trouble: no statement has a code for it
        raise
    except AwsError as fault:
        if isinstance(fault, ConditionalCheckFailed):
            # A failed condition is paid for like a write of the item it met.
            size = read.get(call.tx, member.key).size
            usages.charge(plan.table, write_units(size), {})
        return _failed(fault, plan.table.name)


def _write(call: Call, member: _Member, plan: WritePlan, usages: Usages) -> bytes:
    written = run_write(
        call.tx,
        plan,
        member.key,
        call.node.clock.now_ms(),
        old_on_failure=wants_old_on_failure(member.params),
    )
    usages.charge(plan.table, write_units(written.charged_size), written.index_units)
    return returned(plan, written)


def _response(name: bytes, item: bytes) -> bytes:
    return b'{"TableName":' + name + (b',"Item":' + item if item else b"") + b"}"


def _failed(fault: AwsError, table_name: str | None = None) -> bytes:
    code = _CODES.get(fault.code, fault.code.removesuffix("Exception"))
    response: dict[str, Any] = {"Error": {"Code": code, "Message": fault.message, **fault.fields}}
    if table_name is not None:
        response["TableName"] = table_name
    return orjson.dumps(response)
