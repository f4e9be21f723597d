"""A small world for readers and mappings: a stream on an engine in memory, a clock that is moved
by hand, and functions that are Python callables."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from typing import Any, NamedTuple

import orjson
import pytest

from headwater.arns import Scope
from headwater.changelog.append import append
from headwater.changelog.record import Change
from headwater.changelog.shards import Shard, partition_bounds
from headwater.changelog.stream import (
    OpenStream,
    close_shard,
    close_stream,
    load_shards,
    open_shard,
    open_stream,
)
from headwater.changelog.wakeup import Wakeup
from headwater.clock import ManualClock
from headwater.consumers.mappings.supervisor import Mappings
from headwater.ids import SeededIds
from headwater.outbound.failure import CallFailed
from headwater.storage import function_keys, keyspace
from headwater.storage.engine import Transaction
from headwater.storage.keyspace import HASH_SPACE
from headwater.storage.memory import open_memory

NOW_MS = 1_772_600_800_000
SCOPE = Scope("111122223333", "us-east-1")
FUNCTION = "on-order"
QUEUE = "arn:aws:sqs:us-east-1:111122223333:failed"


class Said(NamedTuple):
    """What a function answered."""

    payload: bytes = b"null"
    error: str | None = None
    request_id: str = "5b0c2f7e-41d9-4e07-b6f3-2a9d8c1e7f60"
    executed_version: str = "$LATEST"


FAILED = Said(b'{"errorMessage":"boom","errorType":"ValueError"}', "Unhandled")
Behaviour = Callable[[list[dict[str, Any]]], Said | Awaitable[Said]]


class Functions:
    """Stands in for the node's functions. `behave` gets the records of each event."""

    def __init__(self) -> None:
        self.behave: Behaviour = lambda records: Said()
        self.events: list[list[dict[str, Any]]] = []
        self.frames: list[dict[str, Any]] = []  # what is around the records of each event
        self.names: list[str] = []
        self.qualifiers: list[str | None] = []

    async def invoke(
        self, scope: Scope, name: str, payload: bytes, *, qualifier: str | None = None
    ) -> Said:
        assert scope == SCOPE
        event = orjson.loads(payload)
        records = event.pop("Records")
        self.events.append(records)
        self.frames.append(event)
        self.names.append(name)
        self.qualifiers.append(qualifier)
        said = self.behave(records)
        return said if isinstance(said, Said) else await said

    @property
    def seen(self) -> list[list[str]]:
        """The values written, batch by batch."""
        return [[value_of(record) for record in records] for records in self.events]


def value_of(record: dict[str, Any]) -> str:
    """What `World.write` was given for this record."""
    return str(record["dynamodb"]["Keys"]["pk"]["S"])


class Queues:
    """Stands in for the node's queues: messages are kept by the engine, so a crash keeps them."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def exists(self, tx: Transaction, scope: Scope, queue: str) -> bool:
        return scope == SCOPE and queue in self.names

    def send(self, tx: Transaction, scope: Scope, queue: str, body: str) -> None:
        tx.put(b"z" + queue.encode() + b"/%020d" % tx.sequence(), body.encode())


class Caller:
    """Stands in for other endpoints. `trouble`: what the next calls raise, until it is None."""

    def __init__(self) -> None:
        self.services: set[str] = set()
        self.trouble: Exception | None = None
        self.calls: list[tuple[str, str, str, dict[str, Any]]] = []

    def require(self, service: str) -> None:
        if service not in self.services:
            raise CallFailed("NotConfigured", f"no endpoint for {service}.")

    async def call(
        self, service: str, operation: str, region: str, params: dict[str, Any]
    ) -> dict[str, Any]:
        self.require(service)
        await asyncio.sleep(0)
        if self.trouble is not None:
            raise self.trouble
        self.calls.append((service, operation, region, params))
        return {"QueueUrl": "http://localhost:9324/q"} if operation == "get_queue_url" else {}


class World:
    """One stream, its writers, and the mappings that read it."""

    def __init__(self, partitions: int = 1, view: str = "NEW_AND_OLD_IMAGES") -> None:
        self.clock = ManualClock(NOW_MS)
        self.ids = SeededIds(1)
        self.engine = open_memory(self.clock)
        self.functions = Functions()
        self.queues = Queues()
        self.caller = Caller()
        self.mappings = self._mappings()
        self.partitions = partitions
        self.view = view
        self.stream: OpenStream

    def _mappings(self) -> Mappings:
        wakeup = Wakeup(self.engine)
        return Mappings(
            self.engine, self.clock, self.ids, wakeup, self.functions, self.queues, self.caller
        )

    async def open(self) -> "World":
        """Make the stream and the function."""
        await self.engine.run(self._open)
        return self

    def _open(self, tx: Transaction) -> None:
        tx.put(function_keys.function_key(SCOPE, FUNCTION), b"{}")
        self.stream = open_stream(
            tx,
            self.ids,
            self.clock.now_ms(),
            SCOPE,
            "Orders",
            self.view,
            [{"AttributeName": "pk", "KeyType": "HASH"}],
            partition_bounds(self.partitions),
        )

    @property
    def arn(self) -> str:
        return self.stream.stream.arn

    # --- writers -------------------------------------------------------------------------------

    async def write(self, *values: str, hash_value: int = 0, kind: str = "INSERT") -> None:
        """Commit one change for each value, in one transaction."""
        await self.engine.run(lambda tx: [self.put(tx, v, hash_value, kind) for v in values])

    def put(self, tx: Transaction, value: str, hash_value: int = 0, kind: str = "INSERT") -> int:
        """Add one change of the item `value`; returns its sequence."""
        image = orjson.dumps({"pk": {"S": value}})
        new = b"" if kind == "REMOVE" else image
        old = b"" if kind == "INSERT" else image
        change = Change(self.clock.now_ms(), image, 9, new, 9, old, 9)
        return append(tx, self.stream, hash_value, change)

    async def split(self, at: int = 0) -> None:
        """Close the open shard that holds hash `at`, and open two children."""
        await self.engine.run(lambda tx: self.split_in(tx, at))

    def split_in(self, tx: Transaction, at: int = 0) -> list[Shard]:
        """As `split`, within a transaction; returns the children."""
        stream = self.stream.stream
        parent = close_shard(tx, stream, self.stream.shards.at(at), self.clock.now_ms())
        middle = (parent.first_hash + parent.end_hash) // 2
        children = [
            open_shard(tx, self.ids, stream, parent, *bounds, self.clock.now_ms())
            for bounds in ((parent.first_hash, middle), (middle, parent.end_hash))
        ]
        self.stream = OpenStream(stream, load_shards(tx, stream))
        return children

    async def turn_off(self) -> None:
        """Disable the stream."""
        await self.engine.run(lambda tx: close_stream(tx, self.stream, self.clock.now_ms()))

    # --- mappings ------------------------------------------------------------------------------

    async def create(self, **params: Any) -> dict[str, Any]:
        """CreateEventSourceMapping, on this stream from its horizon unless `params` say so."""
        given = {
            "EventSourceArn": self.arn,
            "FunctionName": FUNCTION,
            "StartingPosition": "TRIM_HORIZON",
        }
        request = given | params
        return await self.engine.run(lambda tx: self.mappings.create(tx, SCOPE, request))

    async def get(self, uuid: str) -> dict[str, Any]:
        return await self.engine.run(lambda tx: self.mappings.get(tx, SCOPE, uuid))

    async def update(self, uuid: str, **params: Any) -> dict[str, Any]:
        return await self.engine.run(lambda tx: self.mappings.update(tx, SCOPE, uuid, params))

    async def delete(self, uuid: str) -> dict[str, Any]:
        return await self.engine.run(lambda tx: self.mappings.delete(tx, SCOPE, uuid))

    async def page(self, **params: Any) -> dict[str, Any]:
        return await self.engine.run(lambda tx: self.mappings.page(tx, SCOPE, params))

    async def mapped(self, **params: Any) -> str:
        """A new mapping that has been settled; its UUID."""
        answer = await self.create(**params)
        await self.settle()
        return str(answer["UUID"])

    async def settle(self, turns: int = 60) -> None:
        """Let everything happen that does not need time to pass."""
        for _ in range(turns):
            await asyncio.sleep(0)

    async def pass_time(self, **duration: float) -> None:
        """Move the clock in steps, letting everything happen at its moment."""
        ms = round(duration.get("ms", 0) + duration.get("seconds", 0) * 1000)
        ms += round(duration.get("hours", 0) * 3_600_000)
        await self.clock.advance(ms, settle_turns=30)
        await self.settle()

    async def crash(self) -> None:
        """End the mappings as a kill would, and start them again on the same data."""
        await self.mappings.close(grace_ms=0)
        self.mappings = self._mappings()
        await self.mappings.start()
        await self.settle()

    async def messages(self, queue: str = "failed") -> list[dict[str, Any]]:
        """What lies in a queue, oldest first."""
        prefix = b"z" + queue.encode() + b"/"
        found = await self.engine.run(lambda tx: tx.range(prefix, keyspace.successor(prefix)))
        return [orjson.loads(body) for _, body in found]

    async def mapped_to_queue(self, **params: Any) -> str:
        """A mapping whose failures go to the queue "failed"; its UUID."""
        self.queues.names.add("failed")
        return await self.mapped(DestinationConfig={"OnFailure": {"Destination": QUEUE}}, **params)

    def lanes(self) -> list[dict[str, Any]]:
        """The status of all lanes."""
        return [lane for worker in self.mappings.status() for lane in worker["lanes"]]


def run_world(story: Callable[[World], Coroutine[Any, Any, None]], **about: Any) -> None:
    """Run `story` in a world of its own, and end that world."""

    async def main() -> None:
        world = await World(**about).open()
        try:
            await story(world)
        finally:
            await world.mappings.close(grace_ms=0)

    asyncio.run(main())


@pytest.fixture(scope="session")
def play() -> Iterator[Callable[..., None]]:
    """play(story, partitions=1): see run_world."""
    yield run_world


@pytest.fixture(scope="session")
def failed() -> Said:
    """The answer of a function that raised."""
    return FAILED


@pytest.fixture(scope="session")
def half() -> int:
    """A hash in the upper half of the hash space."""
    return HASH_SPACE // 2
