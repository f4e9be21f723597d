"""Replicas on their way from wanted to done: made, changed and dropped, step by step.

What is wanted is in the table's schema. Each step may be done again: a node that dies in between
goes on when it starts. A region that does not answer is asked until it does; one that says that it
cannot leaves a replica CREATION_FAILED, with the reason.
"""

import asyncio
import logging
from functools import partial
from typing import Any

import orjson

from headwater.arns import Scope
from headwater.clock import sleep_ms
from headwater.consumers.replication.batch import Head
from headwater.consumers.replication.context import Parts, pause_ms
from headwater.consumers.replication.lines import Answer, PeerRefused
from headwater.consumers.replication.link import Link
from headwater.consumers.replication.receiver import PROTECTED
from headwater.consumers.replication.roster import open_link, remove_member, settled, told
from headwater.consumers.replication.running import Running
from headwater.loops import Tasks
from headwater.outbound.failure import CallFailed
from headwater.storage.engine import Transaction
from headwater.tables.definition import change
from headwater.tables.replicas import CREATION_FAILED, group_of, replicas_of, with_replica
from headwater.tables.schema import ACTIVE, CREATING, DELETING, UPDATING, Table

log = logging.getLogger("headwater.regions")

Named = tuple[Scope, str]


class Driver:
    """Of all tables of a node. Built once, by Regions.

    troubles  why what is wanted has to wait, by table
    """

    def __init__(self, parts: Parts, tasks: Tasks, running: Running) -> None:
        self._parts = parts
        self._tasks = tasks
        self._running = running
        self._driving: dict[Named, asyncio.Event] = {}
        self._held: set[Named] = set()
        self.troubles: dict[Named, str] = {}

    @property
    def busy(self) -> list[Named]:
        """Tables whose replicas are being made, changed or dropped from here."""
        return list(self._driving)

    @property
    def in_hand(self) -> list[str]:
        """Of those, the tables that wait neither for another region nor for the clock."""
        waiting = self.troubles.keys() | self._held
        return [named[1] for named in self._driving if named not in waiting]

    async def forget(self, table: Table, region: str) -> None:
        """Take the replica in `region` for gone, without asking."""
        await self._parts.engine.run(partial(self._forget, table=table, region=region))

    def look_again(self, named: Named) -> None:
        """Something has changed that a replica may have waited for."""
        bell = self._driving.get(named)
        if bell is not None:
            bell.set()

    def drive_soon(self, table: Table) -> None:
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
                    self.troubles.pop(named, None)
                    if not is_done:
                        await bell.wait()
                except (CallFailed, PeerRefused) as trouble:
                    failures += 1
                    if self.troubles.get(named) != trouble.text:
                        facts = {"table": table.name, "region": region, "why": trouble.text}
                        log.warning("replica has to wait", extra=facts)
                        await self._note_why(table, region, trouble.text)
                    self.troubles[named] = trouble.text
                    await sleep_ms(parts.clock, pause_ms(failures, parts.ids.fraction()))
        finally:
            self._driving.pop(named, None)
            self.troubles.pop(named, None)

    async def _advance(self, table: Table, region: str, status: str) -> bool:
        """Do all that can be done for one replica now; False: it waits for the bell."""
        if status == CREATING:
            return await self._create(table, region)
        if status == UPDATING:
            return await self._update(table, region)
        return await self._drop(table, region)

    async def _create(self, table: Table, region: str) -> bool:
        is_one_way = self._parts.lines.is_one_way
        others = [one for one in _others_of(table, region) if not is_one_way(one)]
        # Only this region ships to an endpoint, and the others need not know of it.
        told_too = [] if is_one_way(region) else others
        is_made = False
        try:
            members = [table.scope.region, *others]
            schema = told(table.schema)
            made = await ask(self._parts, table, region, "create", schema=schema, members=members)
            is_made = True
            for other in told_too:
                # What `other` ships to the new replica begins before the copy does.
                await ask(self._parts, table, other, "join", region=region, replica=made["replica"])
        except PeerRefused as refusal:
            if refusal.may_pass:
                raise
            about = {"Status": CREATION_FAILED, "Made": is_made, "Why": refusal.text}
            await self._note(table, region, **about)
            facts = {"table": table.name, "region": region, "why": refusal.text}
            log.warning("replica not made", extra=facts)
            return True
        opening = partial(self._open, table=table, region=region, replica=made["replica"])
        link = await self._parts.engine.run(opening)
        if link is None or link.walked is not None:
            return False
        await self._wait_until(table, region)
        await ask(self._parts, table, region, "active", region=region)
        for other in told_too:
            await ask(self._parts, table, other, "active", region=region)
        await self._note(table, region, Status=ACTIVE, Why=None)
        log.info("replica made", extra={"table": table.name, "region": region})
        return True

    async def _update(self, table: Table, region: str) -> bool:
        """Wait until a replica knows what it has for itself."""
        about = replicas_of(table.schema)[region]
        if about.get("Told", 0) < about["Version"]:
            return False
        await self._wait_until(table, region)
        await self._note(table, region, Status=ACTIVE, Why=None)
        return True

    async def _drop(self, table: Table, region: str) -> bool:
        """Have a replica dropped; it says farewell to all when it has shipped what it had."""
        await self._wait_until(table, region)
        if replicas_of(table.schema)[region].get("Made", True):
            try:
                answer = await ask(self._parts, table, region, "leave")
            except PeerRefused as refusal:
                if refusal.code != PROTECTED:
                    raise
                await self._note(table, region, Status=ACTIVE, Why=refusal.text)
                return True
            if not answer.get("gone"):
                return False
        await self._parts.engine.run(partial(self._forget, table=table, region=region))
        return True

    async def _wait_until(self, table: Table, region: str) -> None:
        """A replica shows a transient status for as long as the node is told."""
        clock, named = self._parts.clock, (table.scope, table.name)
        until_ms = replicas_of(table.schema)[region].get("UntilMs", 0)
        if (rest_ms := until_ms - clock.now_ms()) > 0:
            self._held.add(named)
            try:
                await sleep_ms(clock, rest_ms)
            finally:
                self._held.discard(named)

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

    async def _note(self, table: Table, region: str, **about: Any) -> None:
        """Keep that of the replica in `region`, by the names of tables/replicas.py."""

        def work(tx: Transaction) -> None:
            known = self._current(tx, table)
            if known is None or region not in replicas_of(known.schema):
                return
            group = group_of(known.schema)
            assert group is not None
            schema = with_replica(known.schema, group, region, **about)
            settled(tx, self._parts, change(tx, self._parts.catalog, known, schema))

        await self._parts.engine.run(work)

    async def _note_why(self, table: Table, region: str, why: str) -> None:
        """What a replica waits for is in the table's description."""
        if replicas_of(table.schema)[region].get("Why") != why:
            await self._note(table, region, Why=why)

    def _forget(self, tx: Transaction, table: Table, region: str) -> None:
        """There is no replica in `region`, nor anything that it has still to ship."""
        known = self._current(tx, table)
        if known is not None and region in replicas_of(known.schema):
            settled(tx, self._parts, remove_member(tx, self._parts, known, region))
            tx.after_commit(partial(self._running.end_link, known.schema.id, region))

    def _current(self, tx: Transaction, table: Table) -> Table | None:
        known = self._parts.catalog.find(tx, table.scope, table.name)
        return known if known is not None and known.schema.id == table.schema.id else None


async def ask(parts: Parts, table: Table, target: str, verb: str, **about: Any) -> Answer:
    """Ask another replica something. Raises CallFailed, PeerRefused."""
    group = group_of(table.schema)
    head = Head(table.scope.account, table.name, group or "", table.scope.region, target)
    return await parts.lines.to(target).ask(verb, orjson.dumps({**head._asdict(), **about}))


def _job_of(table: Table) -> tuple[str, str] | None:
    """A replica that is being made or dropped from here, and which of both."""
    for region, about in replicas_of(table.schema).items():
        status = about["Status"]
        is_job = status in (CREATING, DELETING, UPDATING)
        if is_job and about.get("Driver") == table.scope.region:
            return region, status
    return None


def _others_of(table: Table, region: str) -> list[str]:
    """The other replicas that a new one in `region` exchanges writes with."""
    return [
        one
        for one, about in replicas_of(table.schema).items()
        if one != region and about["Status"] != CREATION_FAILED
    ]
