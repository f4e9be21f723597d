"""All Kinesis destinations of a node: enabled, changed, disabled, and kept running.

The four operations are synchronous, each within its caller's transaction. They answer with the
transitional status, as AWS does; when their transaction takes effect the destination is settled in
the background, and then its final status is stored. A node that died in between settles what it
finds when it starts. Texts of errors are AWS's, recorded, except those that say otherwise.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Final

from headwater.changelog.wakeup import Wakeup
from headwater.clock import Clock, SystemClock
from headwater.consumers.checkpoint import forget_checkpoints
from headwater.consumers.kinesis.context import Context, renderer_of
from headwater.consumers.kinesis.destination import (
    ACTIVE,
    DISABLED,
    DISABLING,
    ENABLE_FAILED,
    ENABLING,
    OFF,
    UPDATING,
    Destination,
    current,
    destinations_of,
    every_destination,
    is_kinesis_stream,
    reading,
)
from headwater.consumers.kinesis.probe import trouble_with
from headwater.consumers.kinesis.worker import Worker
from headwater.consumers.reader import start_at_latest
from headwater.errors import LimitExceeded, NotSupported, Validation
from headwater.ids import Ids
from headwater.limits import STREAM_RETENTION_MS
from headwater.loops import Tasks
from headwater.metrics.counters import Registry
from headwater.metrics.names import KINESIS_LAG, KINESIS_RECORDS
from headwater.metrics.recorder import Recorder
from headwater.outbound.endpoints import Outbound
from headwater.outbound.failure import CallFailed
from headwater.storage.engine import Engine, Transaction
from headwater.tables.catalog import Catalog
from headwater.tables.definition import need_log, release_log
from headwater.tables.schema import Table

log = logging.getLogger("headwater.kinesis")

DESTINATIONS_MAX: Final = 2  # of one table, that are not off
DRAIN_MS: Final = 30_000  # what a destination that is disabled gets to deliver what was before
LISTED_MS: Final = STREAM_RETENTION_MS  # how long one that is off is shown
CLOSE_GRACE_MS: Final = 1000

_STATE: Final = "Table is not in a valid state to enable Kinesis Streaming Destination: "
_NOTHING: Final = (
    "Streaming destination cannot be updated with given parameters: "
    "UpdateKinesisStreamingConfiguration cannot be null or contain only null values"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What destinations work with."""

    engine: Engine
    clock: Clock
    ids: Ids
    catalog: Catalog
    wakeup: Wakeup
    outbound: Outbound
    real_clock: Clock = field(default_factory=SystemClock)
    recorder: Recorder = field(default_factory=Recorder)


class KinesisDestinations:
    """Built once by the node. Operations reach it as `call.node.kinesis`."""

    def __init__(self, parts: Parts, registry: Registry) -> None:
        self._parts = parts
        self._counter = registry.counter(KINESIS_RECORDS)
        registry.gauge(KINESIS_LAG, self._lag_ms)
        parts.recorder.each_minute(self._look)
        self._workers: dict[str, Worker] = {}
        self._settling = 0
        self._tasks = Tasks()

    async def start(self) -> None:
        """Deliver what is enabled, and end transitions that a crash has cut off."""
        for destination in await self._parts.engine.run(every_destination):
            if destination.status == ACTIVE:
                self._run(destination)
            elif destination.status not in OFF:
                self._settle_soon(destination)
            elif not self._is_listed(destination):
                await self._parts.engine.run(_forget(destination))

    async def close(self, grace_ms: int = CLOSE_GRACE_MS) -> None:
        """Stop delivering. Nothing is lost: what was not acknowledged is sent again.

        grace_ms  real time that requests in flight get to end, so that they need not be repeated
        """
        workers = [worker for worker in self._workers.values() if not worker.task.done()]
        for worker in workers:
            worker.stop()
        if workers and grace_ms > 0:
            await asyncio.wait([worker.task for worker in workers], timeout=grace_ms / 1000)
        await self._tasks.close()
        self._workers.clear()

    # --- the operations ------------------------------------------------------------------------

    def enable(self, tx: Transaction, table: Table, arn: str, precision: str) -> Destination:
        """Deliver the table's changes from now on to the Kinesis stream `arn`.

        precision  MILLISECOND or MICROSECOND
        Raises Validation, LimitExceeded; NotSupported when the node knows no Kinesis.
        """
        parts = self._parts
        if not is_kinesis_stream(arn, table.scope.region):
            raise Validation(
                f"Invalid StreamArn: {arn} is not a Kinesis stream of {table.scope.region}"
            )
        self._require_endpoint()
        others = [one for one in destinations_of(tx, table.schema.id) if one.status not in OFF]
        if any(one.arn == arn for one in others):
            raise Validation(
                f"{_STATE}EnableKinesisStreamingDestination must be DISABLED or ENABLE_FAILED to "
                "perform ENABLE operation."
            )
        if len(others) >= DESTINATIONS_MAX:
            raise LimitExceeded(
                f"Table {table.name} has {DESTINATIONS_MAX} Kinesis streaming destinations, which "
                "is the most it can have"
            )
        uuid, now_ms = parts.ids.uuid(), parts.clock.now_ms()
        changed = need_log(tx, parts.catalog, parts.ids, now_ms, table, f"kinesis/{uuid}")
        assert changed.stream is not None
        stream = changed.stream.stream
        destination = Destination(
            scope=table.scope,
            table=table.name,
            table_id=table.schema.id,
            uuid=uuid,
            arn=arn,
            precision=precision,
            changed_ms=now_ms,
            **reading(stream),
        )
        assert destination.user in changed.schema.log_users
        # Durable with the destination itself: a write that follows the answer is delivered.
        start_at_latest(tx, destination.owner, stream)
        return self._put(tx, destination)

    def update(self, tx: Transaction, table: Table, arn: str, precision: str | None) -> Destination:
        """Change the precision. Raises Validation."""
        if precision is None:
            raise Validation(_NOTHING)
        destination = self._settled(tx, table, arn, "UPDATE")
        if destination.precision == precision:
            raise Validation(
                f"Invalid Request: Precision is already set to the desired value of {precision} "
                f"for tableId: {table.schema.uuid}, kdsArn: {arn}"
            )
        now_ms = self._parts.clock.now_ms()
        return self._put(
            tx, replace(destination, precision=precision, status=UPDATING, changed_ms=now_ms)
        )

    def disable(self, tx: Transaction, table: Table, arn: str) -> Destination:
        """End delivery with the changes there are now. Raises Validation."""
        destination = self._settled(tx, table, arn, "DISABLE")
        now_ms = self._parts.clock.now_ms()
        until = tx.sequence()
        self._release(tx, destination)
        return self._put(tx, replace(destination, status=DISABLING, changed_ms=now_ms, until=until))

    def describe(self, tx: Transaction, table: Table) -> list[dict[str, str]]:
        """KinesisDataStreamDestinations of a table."""
        return [
            self._shown(destination)
            for destination in destinations_of(tx, table.schema.id)
            if self._is_listed(destination)
        ]

    # --- for others ----------------------------------------------------------------------------

    def status(self) -> list[dict[str, Any]]:
        """Where each running destination stands, shard by shard, as plain values."""
        return [worker.status() for worker in self._workers.values()]

    @property
    def idle(self) -> bool:
        """True if no transition is under way and every change committed is delivered."""
        return not self._settling and all(worker.idle for worker in self._workers.values())

    def _look(self) -> None:
        """Count in how old the oldest change is that waits, for each destination."""
        now_ms = self._parts.clock.now_ms()
        for worker in self._workers.values():
            if worker.oldest_ms is not None:
                age_ms = max(0, now_ms - worker.oldest_ms)
                worker.context.add("AgeOfOldestUnreplicatedRecord", age_ms)

    def _lag_ms(self) -> float:
        moments = [
            worker.oldest_ms for worker in self._workers.values() if worker.oldest_ms is not None
        ]
        return max(0, self._parts.clock.now_ms() - min(moments)) if moments else 0

    # --- what the operations share -------------------------------------------------------------

    def _require_endpoint(self) -> None:
        try:
            self._parts.outbound.require("kinesis")
        except CallFailed as trouble:
            raise NotSupported(f"Kinesis destinations are not available: {trouble.text}") from None

    def _settled(self, tx: Transaction, table: Table, arn: str, verb: str) -> Destination:
        """The destination that `verb` is to change, which must be ACTIVE."""
        for destination in destinations_of(tx, table.schema.id):
            if destination.arn == arn and destination.status == ACTIVE:
                return destination
        # Whether there is another one, or none: the same (recorded, October 2026).
        if verb == "UPDATE":
            raise Validation(
                f"{_STATE}Kinesis streaming is not in ACTIVE state. Updates are only allowed in "
                f"ACTIVE state. TableName: {table.name}, kdsArn: {arn}"
            )
        raise Validation(
            f"{_STATE}KinesisStreamingDestination must be ACTIVE to perform {verb} operation."
        )

    def _is_listed(self, destination: Destination) -> bool:
        age_ms = self._parts.clock.now_ms() - destination.changed_ms
        return destination.status not in OFF or age_ms <= LISTED_MS

    def _shown(self, destination: Destination) -> dict[str, str]:
        shown = {
            "StreamArn": destination.arn,
            "DestinationStatus": destination.status,
            "ApproximateCreationDateTimePrecision": destination.precision,
        }
        worker = self._workers.get(destination.uuid)
        trouble = destination.description
        if not trouble and worker is not None and worker.context.trouble is not None:
            trouble = f"Delivery fails and is tried again: {worker.context.trouble}"
        if trouble:
            shown["DestinationStatusDescription"] = trouble
        return shown

    def _put(self, tx: Transaction, destination: Destination) -> Destination:
        tx.put(destination.key, destination.encode())
        tx.after_commit(lambda: self._settle_soon(destination))
        return destination

    # --- from wanted to done -------------------------------------------------------------------

    def _settle_soon(self, destination: Destination) -> None:
        def settled(task: asyncio.Task[None]) -> None:
            self._settling -= 1

        self._settling += 1
        name = f"settle kinesis destination {destination.uuid}"
        self._tasks.spawn(name, self._settle(destination)).add_done_callback(settled)

    async def _settle(self, destination: Destination) -> None:
        """Do what the stored `destination` asks for, then store that it is done."""
        parts = self._parts
        if destination.status == ENABLING:
            trouble = await trouble_with(destination, parts.outbound, parts.clock, parts.ids)
            if trouble is not None:
                await self._store(destination, ENABLE_FAILED, trouble)
                return
            self._run(destination)
        elif destination.status == UPDATING:
            self._run(destination)
        elif destination.status == DISABLING:
            await self._drain(destination)
            await self._store(destination, DISABLED)
            return
        await self._store(destination, ACTIVE)

    async def _drain(self, destination: Destination) -> None:
        """Let what was committed before be delivered, if that does not take too long."""
        worker = self._run(destination)
        clock = self._parts.clock
        timer = clock.call_at(clock.now_ms() + DRAIN_MS, worker.stop)
        await asyncio.wait([worker.task])
        timer.cancel()
        if worker.context.stopping:
            facts = {"table": destination.table, "stream": destination.arn}
            log.warning("destination disabled before all was delivered", extra=facts)
        self._workers.pop(destination.uuid, None)

    async def _store(self, known: Destination, status: str, description: str = "") -> None:
        """Store how a transition ended, if the destination is still the one it was made for."""
        changed_ms = self._parts.clock.now_ms()

        def work(tx: Transaction) -> Destination | None:
            stored = current(tx, known)
            if stored is None:
                return None
            if status in OFF:
                forget_checkpoints(tx, stored.owner)
                self._release(tx, stored)
            settled = replace(stored, status=status, description=description, changed_ms=changed_ms)
            tx.put(settled.key, settled.encode())
            return settled

        settled = await self._parts.engine.run(work)
        facts = {"table": known.table, "stream": known.arn, "status": status, "why": description}
        log.info("kinesis destination", extra=facts)
        worker = self._workers.get(known.uuid)
        if settled is not None and worker is not None:
            worker.change(settled)

    def _release(self, tx: Transaction, destination: Destination) -> None:
        """The destination needs no more changes of its table, if that is still there."""
        parts = self._parts
        table = parts.catalog.find(tx, destination.scope, destination.table)
        if table is None or table.schema.id != destination.table_id:
            return
        if destination.user in table.schema.log_users:
            now_ms = parts.clock.now_ms()
            release_log(tx, parts.catalog, parts.ids, now_ms, table, destination.user)

    def _run(self, destination: Destination) -> Worker:
        worker = self._workers.get(destination.uuid)
        if worker is not None and not worker.task.done():
            worker.change(destination)
            return worker
        parts = self._parts
        context = Context(
            engine=parts.engine,
            clock=parts.clock,
            real_clock=parts.real_clock,
            ids=parts.ids,
            outbound=parts.outbound,
            counter=self._counter,
            destination=destination,
            renderer=renderer_of(destination),
            recorder=parts.recorder,
        )
        worker = Worker(context, parts.wakeup, self._tasks, lambda: self._ended(destination))
        self._workers[destination.uuid] = worker
        return worker

    def _ended(self, destination: Destination) -> None:
        """All is delivered that ever will be. If the table is gone, so is its destination."""
        name = f"end kinesis destination {destination.uuid}"
        self._tasks.spawn(name, self._parts.engine.run(self._erase_orphan(destination)))

    def _erase_orphan(self, destination: Destination) -> Callable[[Transaction], None]:
        def work(tx: Transaction) -> None:
            table = self._parts.catalog.find(tx, destination.scope, destination.table)
            if table is None or table.schema.id != destination.table_id:
                stored = current(tx, destination)
                if stored is not None:
                    _forget(stored)(tx)
                tx.after_commit(lambda: self._drop_worker(destination.uuid))

        return work

    def _drop_worker(self, uuid: str) -> None:
        self._workers.pop(uuid, None)


def _forget(destination: Destination) -> Callable[[Transaction], None]:
    def work(tx: Transaction) -> None:
        forget_checkpoints(tx, destination.owner)
        tx.delete(destination.key)

    return work
