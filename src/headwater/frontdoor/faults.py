"""Faults set by hand: calls that fail, are late, or answer less than they could, on purpose.

A fault is met by calls of one operation, optionally of one table, a number of times or by the
throw of seeded dice, so that a run can be repeated. The pipeline asks only while some are set;
which ones may be set is checked in stage/fault_page.py. This file decides which call meets which
fault, and what that makes of the call.
"""

import copy
import itertools
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from typing import Any

from headwater.arns import StreamName, parse_stream_arn
from headwater.changelog.position import issued_ms_of
from headwater.errors import AwsError, ExpiredIterator
from headwater.frontdoor.plans import Plan
from headwater.ids import Ids
from headwater.operations.call import Call
from headwater.operations.streams.get_records import get_no_records


class StagedError(AwsError):
    """An error whose code was chosen by hand."""

    def __init__(self, code: str, message: str, fields: dict[str, Any]) -> None:
        super().__init__(message, **fields)
        self.code = code  # type: ignore[misc]  # the one error whose code is not its class's


@dataclass(slots=True, kw_only=True)
class StagedFault:
    """One fault.

    service, operation  of the calls that meet it
    table      only calls that name this table; None: all
    error      what they are answered; None: as they would be
    after      the error is told only when the operation has been done
    delay_ms   real time before anything is done
    limit      the call's Limit is at most this
    empty      GetRecords finds nothing, and goes on where it was
    shards     the name of what is done first
    iterators  only GetRecords with one of these
    issued_before_ms  only GetRecords with an iterator from before then
    first      done before the call is: what it is to find has just happened
    times      how many more calls meet it; None: no end
    rate       the share of calls that meet it
    met        how many have
    """

    service: str
    operation: str
    table: str | None = None
    error: AwsError | None = None
    after: bool = False
    delay_ms: int = 0
    limit: int | None = None
    empty: bool = False
    iterators: Collection[str] = ()
    issued_before_ms: int | None = None
    shards: str | None = None
    first: Callable[[], Awaitable[None]] | None = None
    times: int | None = None
    rate: float = 1.0
    seed: int | None = None
    dice: Ids | None = None
    id: int = 0
    met: int = field(default=0)

    def is_met_by(self, call: Call) -> bool:
        """Whether `call` meets it. Dice are thrown only for calls that otherwise would, so that
        others do not change what a seed does."""
        if call.operation != self.operation or call.service != self.service:
            return False
        if self.table is not None and self.table not in tables_of(call):
            return False
        if (self.iterators or self.issued_before_ms is not None) and not self._expires(call):
            return False
        return self.dice is None or self.dice.fraction() < self.rate

    def _expires(self, call: Call) -> bool:
        iterator = call.params["ShardIterator"]
        if iterator in self.iterators:
            return True
        issued_ms = issued_ms_of(iterator)
        before_ms = self.issued_before_ms
        return before_ms is not None and issued_ms is not None and issued_ms < before_ms

    def bend(self, plan: Plan, call: Call) -> Plan:
        """Change `call` into what it now is; returns how to answer it. Raises the error, unless
        it is told after."""
        if self.error is not None and not self.after:
            raise self.error
        if self.limit is not None:
            call.params["Limit"] = min(call.params.get("Limit", self.limit), self.limit)
        if self.empty:
            plan = copy.copy(plan)
            plan.handler = get_no_records
        return plan


class Faults:
    """The faults that are set. rules: in the order they were set; a call meets the first."""

    def __init__(self) -> None:
        self.rules: list[StagedFault] = []
        self._numbers = itertools.count(1)

    def add(self, fault: StagedFault) -> None:
        fault.id = next(self._numbers)
        self.rules.append(fault)

    def clear(self, number: int | None = None) -> int:
        """Forget one, or all; returns how many that were."""
        kept = [fault for fault in self.rules if number is not None and fault.id != number]
        gone = len(self.rules) - len(kept)
        self.rules = kept
        return gone

    def meet(self, call: Call) -> StagedFault | None:
        """The fault that `call` meets, if any, counted as met."""
        for fault in self.rules:
            if fault.is_met_by(call):
                fault.met += 1
                if fault.times is not None:
                    fault.times -= 1
                    if fault.times == 0:
                        self.rules.remove(fault)
                return fault
        return None


def expired_iterators(
    iterators: Collection[str] = (), issued_before_ms: int | None = None
) -> StagedFault:
    """The fault that makes iterators expire before their 15 minutes are over."""
    return StagedFault(
        service="streams",
        operation="GetRecords",
        error=ExpiredIterator(),
        iterators=iterators,
        issued_before_ms=issued_before_ms,
    )


def tables_of(call: Call) -> set[str]:
    """Names of the tables that a call names, itself or by a stream of theirs."""
    params = call.params
    named: set[str] = set()
    if "TableName" in params:
        named.add(params["TableName"])
    requests = params.get("RequestItems")
    if isinstance(requests, dict):
        named.update(requests)
    for action in params.get("TransactItems", ()):
        named.update(part["TableName"] for part in action.values() if "TableName" in part)
    names = {name.rpartition("/")[2] for name in named}
    for text in (params.get("StreamArn"), params.get("ShardIterator")):
        stream = _stream(text)
        if stream is not None:
            names.add(stream.table)
    return names


def _stream(text: Any) -> StreamName | None:
    """The stream that an ARN or an iterator begins with."""
    return parse_stream_arn(text.partition("|")[0]) if isinstance(text, str) else None
