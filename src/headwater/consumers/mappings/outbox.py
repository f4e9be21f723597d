"""Messages to destinations outside this database, kept until they have been taken.

A message is stored in the transaction in which its lane moves on, so it is not lost whenever the
node dies, and a destination that does not answer holds up no lane: each destination has a courier
of its own, which sends its messages in order, tries again with growing pauses, and forgets a
message only when it has been taken. It may be taken twice: at least once, as on AWS. Messages are
sent even when their mapping has been disabled or deleted meanwhile.

This file knows waiting and keeping. How a message is sent is destination.py's business.
"""

import logging
from collections.abc import Callable, Coroutine
from typing import Any, NamedTuple

import orjson

from headwater.arns import Scope
from headwater.clock import Clock
from headwater.consumers.doorbell import Doorbell
from headwater.consumers.mappings.decide import pause_ms
from headwater.ids import Ids
from headwater.loops import Tasks
from headwater.storage import keyspace
from headwater.storage.engine import Engine, Transaction

log = logging.getLogger("headwater.mappings")

TAKEN_AT_ONCE = 16


class Message(NamedTuple):
    """What a mapping tells its destination.

    records  that it is about
    unique   a UUID: the end of an object's key
    body     as JSON has it
    event    makes what the function was given, as bytes; wanted by S3 only
    """

    scope: Scope
    mapping_uuid: str
    shard_id: str
    records: int
    now_ms: int
    unique: str
    body: dict[str, Any]
    event: Callable[[], bytes]


class Parcel(NamedTuple):
    """A message ready to be sent, as it is stored. key: of the object, for S3."""

    destination: str
    scope: Scope
    mapping_uuid: str
    records: int
    body: str
    key: str = ""

    def encode(self) -> bytes:
        return orjson.dumps(self._asdict() | {"scope": tuple(self.scope)})

    @staticmethod
    def decode(data: bytes) -> "Parcel":
        fields: dict[str, Any] = orjson.loads(data)
        fields["scope"] = Scope(*fields["scope"])
        return Parcel(**fields)


# Sends a parcel and removes the key it is stored under, or raises whatever went wrong.
Send = Callable[[bytes, Parcel], Coroutine[Any, Any, None]]


class Outbox:
    """Everything that waits to be sent, by destination."""

    def __init__(self, engine: Engine, clock: Clock, ids: Ids, send: Send) -> None:
        self._engine = engine
        self._clock = clock
        self._ids = ids
        self._send = send
        self._couriers: dict[str, Courier] = {}
        self._tasks = Tasks()
        self._closed = False

    async def start(self) -> None:
        """Send what an earlier life left."""
        for destination in await self._engine.run(_destinations):
            self._ring(destination)

    async def close(self) -> None:
        """Send no more. What was not taken stays."""
        self._closed = True
        await self._tasks.close()

    def put(self, tx: Transaction, parcel: Parcel) -> None:
        """Keep `parcel` until it has been taken, and send it when this takes effect."""
        tx.put(keyspace.outbox_key(parcel.destination, tx.sequence()), parcel.encode())
        tx.after_commit(lambda: self._ring(parcel.destination))

    def status(self) -> list[dict[str, Any]]:
        """Each destination that was sent to, or that is to be, as plain values."""
        return [courier.status() for courier in self._couriers.values()]

    def _ring(self, destination: str) -> None:
        if self._closed:
            return
        courier = self._couriers.get(destination)
        if courier is None:
            courier = Courier(destination, self._engine, self._clock, self._ids, self._send)
            self._couriers[destination] = courier
            self._tasks.spawn(f"courier to {destination}", courier.run())
        courier.bell.ring()


class Courier:
    """Takes the messages of one destination there, in their order."""

    def __init__(
        self, destination: str, engine: Engine, clock: Clock, ids: Ids, send: Send
    ) -> None:
        self.bell = Doorbell()
        self._destination = destination
        self._engine = engine
        self._clock = clock
        self._ids = ids
        self._send = send
        self._waiting = False  # whether messages wait
        self._failures = 0  # in a row
        self._trouble: str | None = None
        self._until_ms: int | None = None
        self._sent = 0

    def status(self) -> dict[str, Any]:
        return {
            "destination": self._destination,
            "waiting": self._waiting,
            "sent": self._sent,
            "failures": self._failures,
            "trouble": self._trouble,
            "until_ms": self._until_ms,
        }

    async def run(self) -> None:
        """Send for ever."""
        while True:
            self.bell.answer()
            parcels = await self._engine.run(self._next)
            self._waiting = bool(parcels)
            for key, parcel in parcels:
                if not await self._taken(key, parcel):
                    await self._pause()
                    break
            if not parcels:
                await self.bell.wait(self._clock)

    def _next(self, tx: Transaction) -> list[tuple[bytes, Parcel]]:
        prefix = keyspace.outbox_prefix(self._destination)
        found = tx.range(prefix, keyspace.successor(prefix), limit=TAKEN_AT_ONCE)
        return [(key, Parcel.decode(data)) for key, data in found]

    async def _taken(self, key: bytes, parcel: Parcel) -> bool:
        try:
            await self._send(key, parcel)
        except Exception as trouble:
            self._failures += 1
            self._trouble = str(trouble) or repr(trouble)
            return False
        self._failures, self._trouble = 0, None
        self._sent += 1
        return True

    async def _pause(self) -> None:
        wait_ms = pause_ms(self._failures, self._ids.fraction())
        facts = {"destination": self._destination, "why": self._trouble, "wait_ms": wait_ms}
        log.warning("destination takes no messages", extra=facts)
        self._until_ms = self._clock.now_ms() + wait_ms
        bell = Doorbell()  # that nobody rings: another message is no reason to hope
        while self._clock.now_ms() < self._until_ms:
            await bell.wait(self._clock, self._until_ms)
        self._until_ms = None


def _destinations(tx: Transaction) -> list[str]:
    """Where messages wait to be sent, each once."""
    found: list[str] = []
    start, end = keyspace.all_outboxes_range()
    while entries := tx.range(start, end, limit=1):
        destination = keyspace.outbox_destination(entries[0][0])
        found.append(destination)
        start = keyspace.successor(keyspace.outbox_prefix(destination))
    return found
