"""Transactions that last: while one is in flight, other requests for its items conflict with it.

A node runs one operation after another, so transactions meet only where one is given a time to
last (--transaction-time). Such a one is prepared first: done, and discarded. What refuses it then
is answered at once; else its items are held until it is done for good and durable. Writes of a
held item and transactions with it are refused as AWS refuses them; plain reads see the item as it
was. This file wraps handlers and leaves them as they are where no time is set. Source: AWS,
developer guide, "Amazon DynamoDB Transactions: How it works", conflict handling and isolation.
"""

import functools
from collections.abc import Container, Mapping, Sequence
from typing import Any, Final, cast

from headwater.arns import Scope
from headwater.clock import sleep_ms
from headwater.errors import AwsError, TransactionConflict, TransactionInProgress
from headwater.operations.call import AsyncHandler, Call, Handler, SyncHandler
from headwater.partiql.statements import parse
from headwater.partiql.syntax import Select
from headwater.storage.engine import Transaction
from headwater.storage.keyspace import data_prefix
from headwater.tables.transaction import CONFLICT, canceled
from headwater.wire.reply import Answer

_TRANSACTIONS: Final = ("TransactWriteItems", "ExecuteTransaction")
_GUARDED: Final = (
    "PutItem",
    "UpdateItem",
    "DeleteItem",
    "BatchWriteItem",
    "TransactGetItems",
    "ExecuteStatement",
    "BatchExecuteStatement",
)
Token = tuple[Scope, str, str | None]
"""Where, of which operation, and the ClientRequestToken."""

_IN_PROGRESS: Final = "The transaction with the given request token is already in progress."


def with_conflicts(served: Mapping[str, Handler], time_ms: int) -> dict[str, Handler]:
    """The operations of a node whose transactions last.

    served   by name, as they are
    time_ms  on the node's clock, above 0
    """
    assert time_ms > 0, time_ms
    flights = Flights(time_ms)
    wrapped = dict(served)
    for name in _GUARDED:
        wrapped[name] = _guarded(cast(SyncHandler, served[name]), flights)
    for name in _TRANSACTIONS:
        wrapped[name] = _lasting(cast(SyncHandler, served[name]), flights)
    return wrapped


class Flights:
    """What the transactions in flight hold.

    items   keys in storage
    tokens  of requests that carry one
    """

    def __init__(self, time_ms: int) -> None:
        self.time_ms = time_ms
        self.items: set[bytes] = set()
        self.tokens: set[Token] = set()


class _Guard:
    """A transaction of the engine in which held items are met as conflicts.

    seen  filled with the keys of items that it looks at, if given
    """

    def __init__(
        self, tx: Transaction, held: Container[bytes], seen: set[bytes] | None = None
    ) -> None:
        self._tx = tx
        self._held = held
        self._seen = seen

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tx, name)

    def get(self, key: bytes) -> bytes | None:
        """As the engine's. Every write looks at its item first."""
        if key in self._held:
            raise TransactionConflict
        if self._seen is not None and _is_item(key):
            self._seen.add(key)
        return self._tx.get(key)

    def get_many(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """As the engine's; transactions that read ask for all of their items like this."""
        codes = [CONFLICT if key in self._held else None for key in keys]
        if any(codes):
            raise canceled([reason or {"Code": "None"} for reason in codes])
        return self._tx.get_many(keys)


def _is_item(key: bytes) -> bool:
    """Whether a key is that of an item, not of an index's entry or of a document."""
    return key.startswith(data_prefix(int.from_bytes(key[1:5], "big"), 0))


def _guarded(handler: SyncHandler, flights: Flights) -> SyncHandler:
    """`handler`, refused where it meets what a transaction holds."""

    @functools.wraps(handler)
    def guarded(call: Call) -> Answer:
        if flights.items and not _selects(call.params):
            call.tx = cast(Transaction, _Guard(call.tx, flights.items))
        return handler(call)

    return guarded


def _selects(params: Mapping[str, Any]) -> bool:
    """Whether a request is of statements that read: those see items as they were."""
    members = params.get("Statements", (params,))
    texts = [member["Statement"] for member in members if "Statement" in member]
    return any(_is_select(text) for text in texts)


def _is_select(text: str) -> bool:
    try:
        return isinstance(parse(text).statement, Select)
    except AwsError:
        return False  # which its handler tells


class _Prepared(Exception):
    """Everything holds: what was done to see that is discarded."""


def _lasting(handler: SyncHandler, flights: Flights) -> AsyncHandler:
    """`handler`, whose items are held from when it was seen to hold until it is durable."""

    @functools.wraps(handler)
    async def lasting(call: Call) -> Answer:
        flight = _Flight(flights, handler, call)
        engine = call.node.engine
        try:
            return await engine.run(flight.prepare)
        except _Prepared:
            await sleep_ms(call.node.clock, flights.time_ms)
            return await engine.run(flight.finish)
        finally:
            flight.end()

    return lasting


class _Flight:
    """One transaction, from its preparation to its end."""

    def __init__(self, flights: Flights, handler: SyncHandler, call: Call) -> None:
        self._flights = flights
        self._handler = handler
        self._call = call
        self._items: set[bytes] = set()
        self._tokens: set[Token] = set()

    def prepare(self, tx: Transaction) -> Answer:
        """The answer of one that has nothing to hold: it reads, or has been answered before.

        Raises _Prepared if the others hold now, and what refuses the transaction.
        """
        self.end()  # of an attempt that the engine gave up
        call, flights = self._call, self._flights
        given = call.params.get("ClientRequestToken")
        token = (call.scope, call.operation, given)
        if token in flights.tokens:
            raise TransactionInProgress(_IN_PROGRESS)
        seen: set[bytes] = set()
        call.tx = cast(Transaction, _Guard(tx, flights.items, seen))
        answer = self._handler(call)
        if not seen:
            return answer
        self._items = seen
        flights.items |= seen
        if given is not None:
            self._tokens = {token}
            flights.tokens |= self._tokens
        raise _Prepared

    def finish(self, tx: Transaction) -> Answer:
        """Do it for good."""
        self._call.tx = tx
        self._call.used = None
        return self._handler(self._call)

    def end(self) -> None:
        """Let go of what is held."""
        self._flights.items -= self._items
        self._flights.tokens -= self._tokens
        self._items, self._tokens = set(), set()
