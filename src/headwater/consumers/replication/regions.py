"""All replication of a node: links that run, replicas that are made and dropped, what is told.

The operations' part is synchronous, within their caller's transaction, and answers with the
transitional status, as AWS does. What it asks for is then done step by step in the background,
each step of which may be done again: a node that dies in between goes on when it starts.
"""

import asyncio
import logging
from dataclasses import replace
from functools import partial
from typing import Any, Final

import orjson

from headwater.arns import Scope
from headwater.clock import sleep_ms
from headwater.consumers.replication.batch import Head
from headwater.consumers.replication.context import Parts, facts_of, pause_ms
from headwater.consumers.replication.driving import Driver, ask
from headwater.consumers.replication.lines import Answer, PeerRefused
from headwater.consumers.replication.link import Link, current, every_link, forget_link
from headwater.consumers.replication.receiver import NO_REPLICA, Receiver
from headwater.consumers.replication.roster import (
    add_member,
)
from headwater.consumers.replication.running import Running
from headwater.consumers.replication.sharing import Sharing, note_changes, note_values
from headwater.consumers.replication.worker import COUNTED_MAX, Worker
from headwater.errors import OperatorError
from headwater.limits import STREAM_RETENTION_MS
from headwater.loops import Tasks
from headwater.outbound.failure import CallFailed
from headwater.storage.engine import Transaction
from headwater.tables.definition import change
from headwater.tables.replicas import group_of, replicas_of, with_replica
from headwater.tables.schema import ACTIVE, CREATING, DELETING, UPDATING, Table
from headwater.tables.shared import customer_key, version_of
from headwater.tables.tombstones import sweep_tombstones, tombstones

log = logging.getLogger("headwater.regions")

SWEEP_INTERVAL_MS: Final = 60 * 60 * 1000
TOMBSTONE_MS: Final = STREAM_RETENTION_MS + SWEEP_INTERVAL_MS
CLOSE_GRACE_S: Final = 1.0


class Regions:
    """Built once by the node. Operations reach it as `call.node.regions`."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._tasks = Tasks()
        self._running = Running(parts, self._tasks, self._copied, self._link_ended)
        self._sharing = Sharing(parts, self._tasks)
        self.receiver = Receiver(parts, self._running, self._sharing)
        self._driver = Driver(parts, self._tasks, self._running)
        parts.lines.serve(self.receiver.receive)

    async def start(self) -> None:
        """Ship what is to be shipped, and go on with what a crash has cut off."""
        parts = self._parts
        parts.catalog.watch(self._table_changed)
        for link in await parts.engine.run(every_link):
            self._running.run_link(link)
        for table in await parts.engine.run(parts.catalog.every):
            if table.replicated:
                self._driver.drive_soon(table)
                self._sharing.table_changed(table)
        self._tasks.spawn("sweep tombstones", self._sweep_for_ever())

    async def close(self) -> None:
        """Stop shipping. Nothing is lost: what was not acknowledged is shipped again."""
        workers = [one for one in self._running.workers.values() if not one.task.done()]
        for worker in workers:
            worker.stop()
        if workers:
            await asyncio.wait([worker.task for worker in workers], timeout=CLOSE_GRACE_S)
        await self._tasks.close()
        self._running.workers.clear()

    # --- the operations ------------------------------------------------------------------------

    @property
    def served(self) -> list[str] | None:
        """The regions that a table can be replicated to; None: any."""
        return self._parts.served

    def is_own(self, region: str) -> bool:
        """Whether this node serves the region itself."""
        return self._parts.lines.is_own(region)

    async def look(self, scope: Scope, table: str, region: str) -> Answer:
        """Whether there is a table of that name in another region: `exists`, and if so whether it
        is `protected` against deletion. Raises CallFailed, PeerRefused."""
        head = Head(scope.account, table, "", scope.region, region)
        return await self._parts.lines.to(region).ask("exists", orjson.dumps(head._asdict()))

    def create_replica(
        self,
        tx: Transaction,
        table: Table,
        region: str,
        *,
        override: dict[str, Any] | None = None,
        key: str | None = None,
        delay_ms: int = 0,
    ) -> Table:
        """Begin a replica in `region`. The request has been checked.

        override  what it has for itself, see tables/shared.py
        key       ARN of its customer's key
        delay_ms  how long it is CREATING at least
        """
        parts, own = self._parts, table.scope.region
        group = group_of(table.schema) or parts.ids.uuid()
        now_ms = parts.clock.now_ms()
        member = {"Status": CREATING, "Driver": own, "UntilMs": now_ms + delay_ms}
        table = add_member(tx, parts, table, group, region, **member)
        facets: dict[str, Any] = {
            f"source/{region}": {"From": own, "Ms": now_ms},
            f"override/{region}": override,
            f"key/{region}": key,
        }
        if (own_key := customer_key(table.schema.settings)) is not None:
            facets[f"key/{own}"] = own_key
        return self._updating(tx, note_values(tx, parts, table, facets))

    def update_replica(
        self,
        tx: Transaction,
        table: Table,
        region: str,
        override: dict[str, Any] | None,
        delay_ms: int = 0,
    ) -> Table:
        """Begin to change what the replica in `region` has for itself."""
        table = note_values(tx, self._parts, table, {f"override/{region}": override})
        return self._begin(tx, table, region, UPDATING, delay_ms)

    def delete_replica(
        self, tx: Transaction, table: Table, region: str, delay_ms: int = 0
    ) -> Table:
        """Begin to drop the replica in `region`. The request has been checked."""
        return self._begin(tx, table, region, DELETING, delay_ms)

    def note_changes(self, tx: Transaction, before: Table) -> None:
        """See that what a request has changed of a table reaches its other replicas.

        before  as it was when the transaction began
        """
        after = self._parts.catalog.find(tx, before.scope, before.name)
        if after is None or not after.replicated:
            return
        added = note_changes(tx, self._parts, before, after)
        if added:
            tx.after_commit(partial(self._sharing.fill, after, added))

    def _begin(
        self, tx: Transaction, table: Table, region: str, status: str, delay_ms: int
    ) -> Table:
        group = group_of(table.schema)
        assert group is not None and region in replicas_of(table.schema), f"no replica in {region}"
        about = {
            "Status": status,
            "Driver": table.scope.region,
            "UntilMs": self._parts.clock.now_ms() + delay_ms,
            "Version": version_of(table.schema),
        }
        schema = with_replica(table.schema, group, region, **about)
        return self._updating(tx, change(tx, self._parts.catalog, table, schema))

    def _updating(self, tx: Transaction, table: Table) -> Table:
        schema = replace(table.schema, status=UPDATING)
        table = change(tx, self._parts.catalog, table, schema)
        tx.after_commit(partial(self._driver.drive_soon, table))
        return table

    # --- for others ----------------------------------------------------------------------------

    async def links(self) -> list[dict[str, Any]]:
        """How each link stands."""
        workers = list(self._running.workers.values())
        behind = await self._parts.engine.run(lambda tx: [one.behind(tx) for one in workers])
        return _joined(workers, behind)

    async def status(self) -> dict[str, Any]:
        """Peers, tables, links and what has been received, as plain values."""
        workers = list(self._running.workers.values())
        tables, behind = await self._parts.engine.run(partial(self._look, workers=workers))
        return {
            "now_ms": self._parts.clock.now_ms(),
            "peers": sorted(self._parts.lines.peers),
            "nodes": {region: line.place for region, line in self._parts.lines.peers.items()},
            "tables": tables,
            "links": _joined(workers, behind),
            "received": [
                {
                    "table": table,
                    "from": source,
                    "to": target,
                    "writes": counts[0],
                    "late": counts[1],
                }
                for (table, source, target), counts in self.receiver.received.items()
            ],
            "settings": [
                {"table": table, "from": scope.region, "to": region, "trouble": text}
                for (scope, table, region), text in self._sharing.troubles.items()
            ],
            "troubles": {name: text for (_, name), text in self._driver.troubles.items()},
        }

    def _look(
        self, tx: Transaction, workers: list[Worker]
    ) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        tables = [
            {
                "table": table.name,
                "account": table.scope.account,
                "region": table.scope.region,
                "status": table.schema.status,
                "replicas": {
                    region: about["Status"] for region, about in replicas_of(table.schema).items()
                },
                "marks": len(tombstones(tx, table, b"", None, COUNTED_MAX)),
            }
            for table in self._parts.catalog.every(tx)
            if table.replicated
        ]
        return tables, [worker.behind(tx) for worker in workers]

    def resync(self, table: Table, region: str) -> None:
        """Compare with the replica in `region`, and copy there what it lacks.

        Raises OperatorError if there is none.
        """
        worker = self._running.workers.get((table.schema.id, region))
        if worker is None or worker.task.done():
            raise _no_replica(table, region)
        worker.context.report_loss()

    async def forget(self, table: Table, region: str) -> None:
        """Take a replica for gone whose node is lost. Raises OperatorError while it answers."""
        if region not in replicas_of(table.schema):
            raise _no_replica(table, region)
        try:
            answer = await self.look(table.scope, table.name, region)
        except (CallFailed, PeerRefused):
            answer = {}
        if answer.get("exists"):
            raise OperatorError(
                f"region {region} answers, and has table {table.name}: delete the replica with "
                "ReplicaUpdates of UpdateTable."
            )
        await self._driver.forget(table, region)

    def in_hand(self) -> list[str]:
        """What is on its way to other regions now, for people; not what waits for them."""
        busy = [one.context for one in self._running.workers.values() if one.in_hand]
        shipping = [f"writes of {one.link.table} for {one.link.region}" for one in busy]
        made = [f"replicas of {name}" for name in self._driver.in_hand if not shipping]
        return shipping + made

    def undone(self) -> list[dict[str, Any]]:
        """Links with something to ship, and tables whose replicas are being made or dropped."""
        waiting = [one.status() for one in self._running.workers.values() if not one.idle]
        waiting += [{"table": name, "replicas": "changing"} for _, name in self._driver.busy]
        return waiting + [{"table": name, "settings": to} for _, name, to in self._sharing.busy]

    def reset(self, tx: Transaction) -> None:
        """Forget all links: the tables go."""
        for link in every_link(tx):
            forget_link(tx, link)
            tx.after_commit(partial(self._running.end_link, link.table_id, link.region))

    @property
    def idle(self) -> bool:
        """True if every write and setting is everywhere, no replica is being made or dropped."""
        if self._driver.busy or self._sharing.busy:
            return False
        return all(one.idle for one in self._running.workers.values())

    # --- what links tell -----------------------------------------------------------------------

    def _table_changed(self, table: Table) -> None:
        self._sharing.table_changed(table)
        self._driver.look_again((table.scope, table.name))

    def _copied(self, link: Link) -> None:
        self._driver.look_again((link.scope, link.table))

    def _link_ended(self, link: Link) -> None:
        self._tasks.spawn(f"farewell of {link.table} to {link.region}", self._say_farewell(link))

    async def _say_farewell(self, link: Link) -> None:
        """Tell a replica that this one is gone, until it has heard."""
        parts = self._parts
        failures = 0
        while await parts.engine.run(lambda tx: current(tx, link)) is not None:
            try:
                body = orjson.dumps({**link.head._asdict(), "replica": link.replica})
                await parts.lines.to(link.region).ask("farewell", body)
                break
            except PeerRefused as refusal:
                if refusal.code == NO_REPLICA:
                    break
                trouble = refusal.text
            except CallFailed as failed:
                trouble = failed.text
            failures += 1
            log.warning("farewell not heard", extra=facts_of(link) | {"why": trouble})
            await sleep_ms(parts.clock, pause_ms(failures, parts.ids.fraction()))

        def forget(tx: Transaction) -> None:
            stored = current(tx, link)
            if stored is not None:
                forget_link(tx, stored)
                tx.after_commit(partial(self._running.end_link, link.table_id, link.region))

        await parts.engine.run(forget)

    # --- tombstones ----------------------------------------------------------------------------

    async def _sweep_for_ever(self) -> None:
        while True:
            await sleep_ms(self._parts.clock, SWEEP_INTERVAL_MS)
            try:
                await self.sweep()
            except Exception:
                # One sweep that fails must not be the last one.
                log.exception("sweeping tombstones failed")

    async def sweep(self) -> None:
        """Forget the marks of deletes that nothing older can come after any more."""
        parts = self._parts
        for table in await parts.engine.run(parts.catalog.every):
            if not table.replicated:
                continue
            before = await self._everywhere(table)
            after: bytes | None = b"" if before else None
            buried_before_ms = parts.clock.now_ms() - TOMBSTONE_MS
            while after is not None:
                step = partial(
                    sweep_tombstones,
                    table=table,
                    after=after,
                    before=before,
                    buried_before_ms=buried_before_ms,
                )
                after = await parts.engine.run(step)
                await sleep_ms(parts.clock, 0)

    async def _everywhere(self, table: Table) -> int:
        """A sequence up to which all writes of all replicas have come from here to there and from
        there to here; 0 if that cannot be told."""
        marks = []
        for region, about in replicas_of(table.schema).items():
            if about["Status"] != ACTIVE:
                return 0
            marks.append(await self._running.watermark(table, region))
            try:
                answer = await ask(self._parts, table, region, "watermark")
            except (CallFailed, PeerRefused):
                return 0
            marks.append(int(answer.get("sequence", 0)))
        return min(marks, default=0)


def _no_replica(table: Table, region: str) -> OperatorError:
    there = ", ".join(replicas_of(table.schema)) or "none"
    return OperatorError(
        f"table {table.name} in {table.scope.region} has no replica in {region} that it ships to. "
        f"Its replicas: {there}."
    )


def _joined(workers: list[Worker], behind: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [worker.status() | late for worker, late in zip(workers, behind, strict=True)]
