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
from headwater.consumers.replication.lines import Answer, PeerRefused
from headwater.consumers.replication.link import Link, current, every_link, forget_link
from headwater.consumers.replication.receiver import EXISTS, NO_REPLICA, PROTECTED, Receiver
from headwater.consumers.replication.roster import (
    add_member,
    open_link,
    remove_member,
    settled,
    told,
)
from headwater.consumers.replication.running import Running
from headwater.consumers.replication.worker import COUNTED_MAX, Worker
from headwater.limits import STREAM_RETENTION_MS
from headwater.loops import Tasks
from headwater.outbound.failure import CallFailed
from headwater.storage.engine import Transaction
from headwater.tables.definition import change
from headwater.tables.replicas import group_of, replicas_of, with_replica
from headwater.tables.schema import ACTIVE, CREATING, DELETING, UPDATING, Table
from headwater.tables.tombstones import sweep_tombstones, tombstones

log = logging.getLogger("headwater.regions")

SWEEP_INTERVAL_MS: Final = 60 * 60 * 1000
TOMBSTONE_MS: Final = STREAM_RETENTION_MS + SWEEP_INTERVAL_MS
CLOSE_GRACE_S: Final = 1.0

Named = tuple[Scope, str]


class Regions:
    """Built once by the node. Operations reach it as `call.node.regions`."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._tasks = Tasks()
        self._running = Running(parts, self._tasks, self._copied, self._link_ended)
        self.receiver = Receiver(parts, self._running)
        self._driving: dict[Named, asyncio.Event] = {}
        self._troubles: dict[Named, str] = {}
        parts.lines.serve(self.receiver.receive)

    async def start(self) -> None:
        """Ship what is to be shipped, and go on with what a crash has cut off."""
        parts = self._parts
        parts.catalog.watch(self._table_changed)
        for link in await parts.engine.run(every_link):
            self._running.run_link(link)
        for table in await parts.engine.run(parts.catalog.every):
            if table.replicated:
                self._drive_soon(table)
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

    async def has_table(self, scope: Scope, table: str, region: str) -> bool:
        """Whether there is a table of that name in another region.

        Raises CallFailed, PeerRefused.
        """
        head = Head(scope.account, table, "", scope.region, region)
        answer = await self._parts.lines.to(region).ask("exists", orjson.dumps(head._asdict()))
        return bool(answer.get("exists"))

    def create_replica(self, tx: Transaction, table: Table, region: str, **about: Any) -> Table:
        """Begin a replica in `region`. The request has been checked.

        about  what is kept of it, by AWS's names
        """
        group = group_of(table.schema) or self._parts.ids.uuid()
        member = {"Status": CREATING, "Driver": table.scope.region, **about}
        table = add_member(tx, self._parts, table, group, region, **member)
        return self._updating(tx, table)

    def delete_replica(self, tx: Transaction, table: Table, region: str) -> Table:
        """Begin to drop the replica in `region`. The request has been checked."""
        group = group_of(table.schema)
        assert group is not None and region in replicas_of(table.schema), f"no replica in {region}"
        schema = with_replica(
            table.schema, group, region, Status=DELETING, Driver=table.scope.region
        )
        return self._updating(tx, change(tx, self._parts.catalog, table, schema))

    def _updating(self, tx: Transaction, table: Table) -> Table:
        schema = replace(table.schema, status=UPDATING)
        table = change(tx, self._parts.catalog, table, schema)
        tx.after_commit(partial(self._drive_soon, table))
        return table

    # --- for others ----------------------------------------------------------------------------

    async def status(self) -> dict[str, Any]:
        """Peers, tables, links and what has been received, as plain values."""
        workers = list(self._running.workers.values())
        tables, behind = await self._parts.engine.run(partial(self._look, workers=workers))
        return {
            "peers": sorted(self._parts.lines.peers),
            "tables": tables,
            "links": [worker.status() | late for worker, late in zip(workers, behind, strict=True)],
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
            "troubles": {name: text for (_, name), text in self._troubles.items()},
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

    def in_hand(self) -> list[str]:
        """What is on its way to other regions now, for people; not what waits for them."""
        busy = [one.context for one in self._running.workers.values() if one.in_hand]
        shipping = [f"writes of {one.link.table} for {one.link.region}" for one in busy]
        made = [name for scope, name in self._driving if (scope, name) not in self._troubles]
        return shipping + [f"replicas of {name}" for name in made if not shipping]

    def undone(self) -> list[dict[str, Any]]:
        """Links with something to ship, and tables whose replicas are being made or dropped."""
        waiting = [one.status() for one in self._running.workers.values() if not one.idle]
        return waiting + [{"table": name, "replicas": "changing"} for _, name in self._driving]

    def reset(self, tx: Transaction) -> None:
        """Forget all links: the tables go."""
        for link in every_link(tx):
            forget_link(tx, link)
            tx.after_commit(partial(self._running.end_link, link.table_id, link.region))

    @property
    def idle(self) -> bool:
        """True if every write is everywhere and no replica is being made or dropped."""
        return not self._driving and all(one.idle for one in self._running.workers.values())

    # --- from wanted to done -------------------------------------------------------------------

    def _drive_soon(self, table: Table) -> None:
        """See that the replicas that are being made or dropped from here come to their end."""
        named = (table.scope, table.name)
        if named in self._driving:
            self._driving[named].set()
            return
        bell = self._driving[named] = asyncio.Event()
        work = self._drive(named, bell)
        self._tasks.spawn(f"replicas of {table.name}", work)

    async def _drive(self, named: Named, bell: asyncio.Event) -> None:
        parts = self._parts
        failures = 0
        try:
            while True:
                bell.clear()
                table = await parts.engine.run(lambda tx: parts.catalog.find(tx, *named))
                job = None if table is None else _job_of(table)
                if table is None or job is None:
                    if bell.is_set():
                        continue
                    return
                region, status = job
                try:
                    is_done = await self._advance(table, region, status)
                    failures = 0
                    self._troubles.pop(named, None)
                    if not is_done:
                        await bell.wait()
                except (CallFailed, PeerRefused) as trouble:
                    failures += 1
                    self._troubles[named] = trouble.text
                    facts = {"table": table.name, "region": region, "why": trouble.text}
                    log.warning("replica has to wait", extra=facts)
                    await sleep_ms(parts.clock, pause_ms(failures, parts.ids.fraction()))
        finally:
            self._driving.pop(named, None)
            self._troubles.pop(named, None)

    async def _advance(self, table: Table, region: str, status: str) -> bool:
        """Do all that can be done for one replica now; False: it waits for the bell."""
        if status == CREATING:
            return await self._create(table, region)
        return await self._drop(table, region)

    async def _create(self, table: Table, region: str) -> bool:
        others = [one for one in replicas_of(table.schema) if one != region]
        try:
            answer = await self._ask(
                table,
                region,
                "create",
                schema=told(table.schema),
                members=[table.scope.region, *others],
            )
        except PeerRefused as refusal:
            if refusal.code != EXISTS:
                raise
            await self._parts.engine.run(partial(self._failed, table=table, region=region))
            return True
        for other in others:
            # What `other` ships to the new replica begins before the copy does.
            await self._ask(table, other, "join", region=region, replica=answer["replica"])
        opening = partial(self._open, table=table, region=region, replica=answer["replica"])
        link = await self._parts.engine.run(opening)
        if link is None or link.walked is not None:
            return False
        await self._ask(table, region, "active", region=region)
        for other in others:
            await self._ask(table, other, "active", region=region)
        await self._parts.engine.run(partial(self._note, table=table, region=region, status=ACTIVE))
        log.info("replica made", extra={"table": table.name, "region": region})
        return True

    async def _drop(self, table: Table, region: str) -> bool:
        """Have a replica dropped; it says farewell to all when it has shipped what it had."""
        try:
            await self._ask(table, region, "leave")
        except PeerRefused as refusal:
            if refusal.code != PROTECTED:
                raise
            await self._parts.engine.run(
                partial(self._note, table=table, region=region, status=ACTIVE)
            )
            return True
        return False

    async def _ask(self, table: Table, target: str, verb: str, **about: Any) -> Answer:
        group = group_of(table.schema)
        head = Head(table.scope.account, table.name, group or "", table.scope.region, target)
        body = orjson.dumps({**head._asdict(), **about})
        return await self._parts.lines.to(target).ask(verb, body)

    def _open(self, tx: Transaction, table: Table, region: str, replica: str) -> Link | None:
        known = self._current(tx, table)
        group = None if known is None else group_of(known.schema)
        if known is None or group is None or region not in replicas_of(known.schema):
            return None
        if replicas_of(known.schema)[region].get("Replica") != replica:
            schema = with_replica(known.schema, group, region, Replica=replica)
            known = change(tx, self._parts.catalog, known, schema)
        link = open_link(tx, self._parts, known, group, region, copies=True)
        tx.after_commit(partial(self._running.run_link, link))
        return link

    def _note(self, tx: Transaction, table: Table, region: str, status: str) -> None:
        """The replica in `region` has that status from now on."""
        known = self._current(tx, table)
        if known is None or region not in replicas_of(known.schema):
            return
        group = group_of(known.schema)
        assert group is not None
        schema = with_replica(known.schema, group, region, Status=status)
        settled(tx, self._parts, change(tx, self._parts.catalog, known, schema))

    def _failed(self, tx: Transaction, table: Table, region: str) -> None:
        """There is a table of that name in `region`: the replica is not made."""
        known = self._current(tx, table)
        if known is not None and region in replicas_of(known.schema):
            settled(tx, self._parts, remove_member(tx, self._parts, known, region))
            log.warning("replica not made", extra={"table": table.name, "region": region})

    def _current(self, tx: Transaction, table: Table) -> Table | None:
        known = self._parts.catalog.find(tx, table.scope, table.name)
        return known if known is not None and known.schema.id == table.schema.id else None

    # --- what links tell -----------------------------------------------------------------------

    def _table_changed(self, table: Table) -> None:
        bell = self._driving.get((table.scope, table.name))
        if bell is not None:
            bell.set()

    def _copied(self, link: Link) -> None:
        bell = self._driving.get((link.scope, link.table))
        if bell is not None:
            bell.set()

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
                answer = await self._ask(table, region, "watermark")
            except (CallFailed, PeerRefused):
                return 0
            marks.append(int(answer.get("sequence", 0)))
        return min(marks, default=0)


def _job_of(table: Table) -> tuple[str, str] | None:
    """A replica that is being made or dropped from here, and which of both."""
    for region, about in replicas_of(table.schema).items():
        status = about["Status"]
        if status in (CREATING, DELETING) and about.get("Driver") == table.scope.region:
            return region, status
    return None
