"""/_headwater/faults: what is to go wrong, set, listed and cleared.

    POST {"operation": "PutItem", "error": "ThrottlingException"}            the next call fails
    POST {"operation": "PutItem", "error": "InternalServerError", "after": true}   done, but told
                                                                             to have failed
    POST {"operation": "Query", "delay_ms": 800, "times": 3, "table": "T"}   the next 3 are late
    POST {"operation": "GetRecords", "limit": 2, "times": 5}                 short pages
    POST {"operation": "GetRecords", "empty": true}                          an empty page
    POST {"operation": "PutItem", "error": "...", "rate": 0.1, "seed": 7}    one in ten, always the
                                                                             same ones
    POST {"operation": "GetRecords", "table": "T", "shards": "split", "rate": 0.1, "seed": 7}
                                                                             before one in ten, a
                                                                             shard splits
    GET, DELETE, DELETE ?id=3

POST /_headwater/iterators/expire makes {"iterator": "..."} or, without one, all that were issued
so far expire now.
"""

import difflib
from typing import Any

from headwater.clock import sleep_ms
from headwater.errors import AwsError, OperatorError
from headwater.frontdoor.admin import AdminRequest
from headwater.frontdoor.faults import StagedError, StagedFault, expired_iterators
from headwater.ids import Ids, SeededIds
from headwater.stage.arguments import whole_number
from headwater.stage.house import House
from headwater.stage.shard_pages import STEPS, staged_step
from headwater.wire.models import load_model
from headwater.wire.protocols import SERVICES

_KNOWN = frozenset(
    (
        "operation",
        "service",
        "table",
        "error",
        "message",
        "fields",
        "after",
        "delay_ms",
        "limit",
        "empty",
        "shards",
        "times",
        "rate",
        "seed",
        "account",
        "region",
    )
)
# What AWS says where its code does not say it all; other errors have no text unless one is given.
_TEXTS = {
    "ProvisionedThroughputExceededException": (
        "The level of configured provisioned throughput for the table was exceeded. Consider "
        "increasing your provisioning level with the UpdateTable API."
    ),
    "ThrottlingException": "Rate exceeded",
    "RequestLimitExceeded": "Throughput exceeds the current throughput limit for your account.",
    "InternalServerError": "Internal server error",
    "ServiceUnavailableException": "Service is temporarily unavailable",
    "ExpiredIteratorException": "The provided iterator exceeds the maximum age allowed.",
    "TrimmedDataAccessException": "The data you are trying to access has been trimmed",
}
# Answered by every operation, though no model lists them.
_ANYWHERE = frozenset(
    (
        "AccessDeniedException",
        "InternalServerError",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ServiceUnavailableException",
        "ThrottlingException",
        "ValidationException",
    )
)


async def set_fault(house: House, request: AdminRequest) -> dict[str, Any]:
    """POST: answers the fault as it is listed. Raises OperatorError."""
    given = request.json()
    fault = fault_of(given, house.services.ids)
    if fault.shards is not None:
        seed = whole_number(given, "seed", 0) if fault.seed is None else fault.seed
        place: dict[str, Any] = {
            name: given[name] for name in ("table", "account", "region") if name in given
        }
        fault.first = await staged_step(house, fault.shards, place, SeededIds(seed))
    house.faults.add(fault)
    return shown(fault)


def list_faults(house: House) -> dict[str, Any]:
    """GET."""
    return {"faults": [shown(fault) for fault in house.faults.rules]}


def clear_faults(house: House, request: AdminRequest) -> dict[str, Any]:
    """DELETE; id: only this one. Raises OperatorError if it is not there."""
    if "id" not in request.query:
        return {"cleared": house.faults.clear()}
    number = whole_number(request.query, "id", 0)
    if not house.faults.clear(number):
        raise OperatorError(f"there is no fault {number}. GET lists those there are.")
    return {"cleared": 1}


async def expire_iterators(house: House, request: AdminRequest) -> dict[str, Any]:
    """POST iterators/expire. A virtual clock moves on by a millisecond, so that iterators which
    are asked for from now on can be told from those that were."""
    given = request.json()
    if given.keys() - {"iterator"}:
        raise OperatorError('give {"iterator": "..."}, or {} for all that were issued so far.')
    now_ms = house.services.clock.now_ms()
    if "iterator" in given:
        house.faults.add(expired_iterators(iterators=(str(given["iterator"]),)))
        return {"expired": "one", "now_ms": now_ms}
    house.faults.add(expired_iterators(issued_before_ms=now_ms + 1))
    if house.keeper.is_virtual:
        await house.keeper.travel(now_ms + 1, 0)
    while house.services.clock.now_ms() <= now_ms:
        await sleep_ms(house.services.clock, 1)
    return {"expired": "all", "now_ms": house.services.clock.now_ms()}


def fault_of(given: dict[str, Any], ids: Ids) -> StagedFault:
    """The fault that a body describes. Raises OperatorError.

    ids  a seed is drawn from it where a rate is given without one
    """
    unknown = sorted(given.keys() - _KNOWN)
    if unknown:
        raise OperatorError(
            f"unknown: {', '.join(unknown)}. There are: {', '.join(sorted(_KNOWN))}."
        )
    service, operation = _operation(given)
    rate = given.get("rate", 1.0)
    if not isinstance(rate, int | float) or isinstance(rate, bool) or not 0 < rate <= 1:
        raise OperatorError(f'"rate" is {rate!r}: give a number above 0, up to 1.')
    seed = whole_number(given, "seed", int(ids.hex(8), 16)) if "rate" in given else None
    times = None if "rate" in given and "times" not in given else whole_number(given, "times", 1)
    if times == 0:
        raise OperatorError('"times" is 0: give the number of calls that are to meet the fault.')
    fault = StagedFault(
        service=service,
        operation=operation,
        table=_table(given),
        error=_error(given, service, operation),
        after=_switch(given, "after"),
        delay_ms=whole_number(given, "delay_ms", 0),
        limit=whole_number(given, "limit", 0) if "limit" in given else None,
        empty=_switch(given, "empty"),
        shards=_shards(given),
        times=times,
        rate=float(rate),
        seed=seed,
        dice=None if seed is None else SeededIds(seed),
    )
    _check(fault)
    return fault


def shown(fault: StagedFault) -> dict[str, Any]:
    """A fault as it is listed: only what it asks for. times: how many more calls will meet it."""
    facts: dict[str, Any] = {
        "id": fault.id,
        "service": fault.service,
        "operation": fault.operation,
        "table": fault.table,
        "error": None if fault.error is None else fault.error.code,
        "message": None if fault.error is None else fault.error.message,
        "after": fault.after or None,
        "delay_ms": fault.delay_ms or None,
        "limit": fault.limit,
        "empty": fault.empty or None,
        "shards": fault.shards,
        "iterators": len(fault.iterators) or None,
        "issued_before_ms": fault.issued_before_ms,
        "rate": None if fault.seed is None else fault.rate,
        "seed": fault.seed,
    }
    kept = {name: value for name, value in facts.items() if value is not None}
    return {**kept, "times": fault.times, "met": fault.met}


def _operation(given: dict[str, Any]) -> tuple[str, str]:
    operation = given.get("operation")
    asked = given.get("service")
    known = {
        (name, one)
        for name, spec in SERVICES.items()
        if asked in (None, name)
        for one in load_model(spec.model).operations
    }
    # Services are in the order of SERVICES: of those that share a name, DynamoDB's is meant.
    for service in SERVICES:
        if (service, operation) in known:
            return service, str(operation)
    near = difflib.get_close_matches(str(operation), [one for _, one in known], n=1)
    hint = f"Did you mean {near[0]}?" if near else "Give one as PutItem or GetRecords."
    raise OperatorError(f'"operation" is {operation!r}, which is none of AWS\'s. {hint}')


def _table(given: dict[str, Any]) -> str | None:
    table = given.get("table")
    if table is not None and not (isinstance(table, str) and table):
        raise OperatorError(f'"table" is {table!r}: give a name, or leave it out for all.')
    return table


def _shards(given: dict[str, Any]) -> str | None:
    step = given.get("shards")
    if step is None:
        return None
    if step not in STEPS:
        raise OperatorError(f'"shards" is {step!r}: give one of {", ".join(STEPS)}.')
    if "table" not in given:
        raise OperatorError('"shards" is done to those of one table: give "table".')
    return str(step)


def _switch(given: dict[str, Any], name: str) -> bool:
    value = given.get(name, False)
    if not isinstance(value, bool):
        raise OperatorError(f'"{name}" is {value!r}: give true or false.')
    return value


def _error(given: dict[str, Any], service: str, operation: str) -> AwsError | None:
    code = given.get("error")
    if code is None:
        return None
    model = load_model(SERVICES[service].model)
    if code not in _ANYWHERE and (not isinstance(code, str) or model.error(code) is None):
        raise OperatorError(
            f'"error" is {code!r}, which {SERVICES[service].title} does not answer. Give a code as '
            "ThrottlingException, InternalServerError or ConditionalCheckFailedException."
        )
    fields = given.get("fields", {})
    if not isinstance(fields, dict) or fields.keys() & {"__type", "message", "Message"}:
        raise OperatorError('"fields" is an object of further members, as CancellationReasons.')
    return StagedError(code, str(given.get("message", _TEXTS.get(code, ""))), fields)


def _check(fault: StagedFault) -> None:
    """What goes together. Raises OperatorError."""
    wanted = fault.error is not None or fault.delay_ms or fault.limit is not None or fault.empty
    wanted = wanted or fault.shards is not None
    if not wanted:
        raise OperatorError(
            'say what is to go wrong: "error", "delay_ms", "limit", "empty" or '
            '"shards", see docs/testing.md.'
        )
    if fault.after and fault.error is None:
        raise OperatorError('"after" says when an error is told: give "error" too.')
    if fault.empty and fault.operation != "GetRecords":
        raise OperatorError('"empty" is for GetRecords: no other operation has empty pages.')
    model = load_model(SERVICES[fault.service].model)
    if fault.limit is not None:
        members = model.shape(model.operations[fault.operation].input).members
        if "Limit" not in members or fault.limit == 0:
            raise OperatorError(
                '"limit" is for operations that have a Limit, as GetRecords and Query, and is at '
                "least 1."
            )
