"""What a replica answers to the others: writes to repeat, and what is to be known of its table.

    exists     is there a table of that name?
    create     make an empty replica of this table
    join       another replica is there: ship to it too
    active     a replica (perhaps this one) has all there is
    leave      drop this replica
    farewell   the sender's replica is gone, and all it had to ship has been shipped
    share      what the sender knows of the settings that all replicas share
    apply      writes, see batch.py
    digests    what tells whether both hold the same items in these ranges of keys
    watermark  everything up to this sequence is shipped to the sender

Each may be asked again, and most are JSON. Writes are repeated in small transactions, so that the
node's own callers are not held up.
"""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Final

import orjson

from headwater.arns import Scope
from headwater.consumers.replication.batch import Head, Write, decode_batch
from headwater.consumers.replication.context import Parts
from headwater.consumers.replication.lines import Answer, PeerRefused
from headwater.consumers.replication.link import Link, every_link
from headwater.consumers.replication.roster import (
    add_member,
    join_link,
    make_replica,
    remove_member,
    settled,
)
from headwater.consumers.replication.running import Running
from headwater.consumers.replication.sharing import Sharing, accept
from headwater.consumers.replication.walk import digests_of
from headwater.errors import AwsError, OperatorError, ServiceUnavailable
from headwater.storage.engine import Transaction
from headwater.storage.sequence import ms_of
from headwater.tables.definition import change, drop
from headwater.tables.keys import key_of_item
from headwater.tables.replicas import group_of, replicas_of, with_replica
from headwater.tables.schema import ACTIVE, CREATING, Table
from headwater.tables.shared import newest_time
from headwater.tables.write import repeat
from headwater.values.codec import decode_item

WRITES_A_STEP: Final = 128
# A clock that runs ahead takes the stamps of everybody along: so far and no further.
AHEAD_MS_MAX: Final = 24 * 60 * 60 * 1000

NO_REPLICA, EXISTS, NO_PEER, PROTECTED, CLOCK = (
    "NoReplica",
    "TableExists",
    "NoPeer",
    "Protected",
    "ClockAhead",
)

Question = dict[str, Any]


class Receiver:
    """Answers the other regions. Built once; `receive` is given to who listens."""

    def __init__(self, parts: Parts, running: Running, sharing: Sharing) -> None:
        self._parts = parts
        self._running = running
        self._sharing = sharing
        self.received: dict[tuple[str, str, str], list[int]] = {}
        self._verbs: dict[str, Callable[[Question], Awaitable[Answer]]] = {
            "exists": self._exists,
            "create": self._create,
            "join": self._join,
            "active": self._active,
            "leave": self._leave,
            "farewell": self._farewell,
            "share": self._share,
            "digests": self._digests,
            "watermark": self._watermark,
        }

    @property
    def verbs(self) -> list[str]:
        """All that can be asked."""
        return ["apply", *self._verbs]

    async def receive(self, verb: str, body: bytes) -> Answer:
        """Raises PeerRefused."""
        try:
            return await self._answer(verb, body)
        except ServiceUnavailable as trouble:
            raise PeerRefused("503", str(trouble)) from trouble  # it may pass
        except (AwsError, OperatorError) as trouble:
            raise PeerRefused("Refused", str(trouble)) from trouble

    async def _answer(self, verb: str, body: bytes) -> Answer:
        if verb == "apply":
            return await self._apply(body)
        try:
            question: Question = orjson.loads(body)
            head = Head(*(str(question[name]) for name in Head._fields))
        except (orjson.JSONDecodeError, LookupError, TypeError) as trouble:
            raise OperatorError(f"this is no question of another node's: {trouble}.") from None
        self._running.heard_of(head.source)
        return await self._verbs[verb](question | {"head": head})

    # --- writes --------------------------------------------------------------------------------

    async def _apply(self, body: bytes) -> Answer:
        head, writes = decode_batch(body)
        counts = self.received.setdefault((head.table, head.source, head.target), [0, 0, 0])
        older = 0
        for start in range(0, len(writes), WRITES_A_STEP):
            step = writes[start : start + WRITES_A_STEP]
            late = await self._parts.engine.run(partial(self._repeat, head=head, writes=step))
            counts[0] += len(step)
            counts[1] += late
            older += late
        self._running.heard_of(head.source)
        return {"applied": len(writes) - older, "older": older}

    def _repeat(self, tx: Transaction, head: Head, writes: list[Write]) -> int:
        """Repeat some writes; how many were older than what another region had written.

        Raises ServiceUnavailable when the disk is nearly full: the sender tries again.
        """
        table = self._replica(tx, head)
        if any(write.item for write in writes):
            tx.require_room()
        now_ms = self._parts.clock.now_ms()
        newest = max(write.stamp.time for write in writes)
        if ms_of(newest) > now_ms + AHEAD_MS_MAX:
            raise PeerRefused(
                CLOCK,
                f"writes of region {head.source} are stamped a day ahead of this node's clock. "
                "Set both nodes' clocks right.",
            )
        # A write here that follows these wins over them, whatever this node's clock says.
        tx.pass_sequence(newest)
        older = 0
        for keys, item, size, stamp, _ in writes:
            key = key_of_item(table, decode_item(keys or item))
            known = repeat(tx, table, key, item, size, stamp, now_ms)
            older += known is not None and known > stamp and known.region != stamp.region
        return older

    async def _digests(self, question: Question) -> Answer:
        after = bytes.fromhex(question["after"])
        ends = [None if end is None else bytes.fromhex(end) for end in question["ends"]]

        def look(tx: Transaction) -> list[str]:
            return digests_of(tx, self._replica(tx, question["head"]), after, ends)

        return {"digests": await self._parts.engine.run(look)}

    async def _watermark(self, question: Question) -> Answer:
        head: Head = question["head"]
        table = await self._parts.engine.run(partial(self._replica, head=head))
        return {"sequence": await self._running.watermark(table, head.source)}

    # --- members -------------------------------------------------------------------------------

    async def _exists(self, question: Question) -> Answer:
        head: Head = question["head"]
        table = await self._parts.engine.run(partial(self._find, head=head))
        if table is None:
            return {"exists": False}
        return {"exists": True, "protected": is_protected(table)}

    async def _create(self, question: Question) -> Answer:
        return await self._parts.engine.run(partial(self._make, question=question))

    def _make(self, tx: Transaction, question: Question) -> Answer:
        head: Head = question["head"]
        known = self._find(tx, head)
        if known is not None:
            if group_of(known.schema) == head.group:
                return {"replica": known.schema.uuid}
            raise PeerRefused(EXISTS, f"region {head.target} has a table {head.table} already.")
        members: list[str] = question["members"]
        for region in members:
            self._require_way(tx, head, region)
        scope = Scope(head.account, head.target)
        table = make_replica(
            tx, self._parts, scope, head.table, head.group, question["schema"], members
        )
        self._running.run_links_of(tx, table)
        return {"replica": table.schema.uuid}

    def _require_way(self, tx: Transaction, head: Head, region: str) -> None:
        """The new replica must be able to ship to `region`."""
        if not self._parts.lines.is_own(region):
            return
        own = self._parts.catalog.find(tx, Scope(head.account, region), head.table)
        if own is None or group_of(own.schema) != head.group:
            raise PeerRefused(
                NO_PEER,
                f"the node of region {head.target} knows no node of region {region}. Start it "
                f"with --peer {region}=URL.",
            )

    async def _join(self, question: Question) -> Answer:
        region = str(question["region"])

        def work(tx: Transaction) -> None:
            head: Head = question["head"]
            table = self._replica(tx, head)
            self._require_way(tx, head, region)
            replica = str(question["replica"])
            known = replicas_of(table.schema).get(region)
            if known is not None and known.get("Replica", replica) != replica:
                # An earlier replica there, whose farewell has not been heard.
                self._running.end_link(table.schema.id, region)
                table = remove_member(tx, self._parts, table, region)
                known = None
            if known is None:
                about = {"Status": CREATING, "Replica": replica}
                table = add_member(tx, self._parts, table, head.group, region, **about)
            join_link(tx, self._parts, table, head.group, region, head.source)
            self._running.run_links_of(tx, table)

        await self._parts.engine.run(work)
        return {}

    async def _active(self, question: Question) -> Answer:
        region = str(question["region"])

        def work(tx: Transaction) -> None:
            head: Head = question["head"]
            table = self._replica(tx, head)
            schema = table.schema
            if region == head.target:
                if schema.status == CREATING:
                    self._running.become_active(tx, table)
            elif region in replicas_of(schema):
                active = with_replica(schema, head.group, region, Status=ACTIVE)
                change(tx, self._parts.catalog, table, active)

        await self._parts.engine.run(work)
        return {}

    async def _leave(self, question: Question) -> Answer:
        def work(tx: Transaction) -> bool:
            """Whether no replica is there, and none that has still to ship something."""
            head: Head = question["head"]
            table = self._find(tx, head)
            if table is None or group_of(table.schema) != head.group:
                return not any(_is_back(link, head) for link in every_link(tx))
            if is_protected(table):
                raise PeerRefused(
                    PROTECTED,
                    f"the replica in {head.target} is protected against deletion. Disable its "
                    "deletion protection first.",
                )
            drop(tx, self._parts.catalog, table, self._parts.clock.now_ms())
            return False

        return {"gone": await self._parts.engine.run(work)}

    async def _farewell(self, question: Question) -> Answer:
        def work(tx: Transaction) -> None:
            head: Head = question["head"]
            table = self._find(tx, head)
            if table is None or group_of(table.schema) != head.group:
                return
            known = replicas_of(table.schema).get(head.source)
            if known is not None and known.get("Replica") in (None, question["replica"]):
                table = remove_member(tx, self._parts, table, head.source)
                settled(tx, self._parts, table)
                tx.after_commit(partial(self._running.end_link, table.schema.id, head.source))

        await self._parts.engine.run(work)
        return {}

    async def _share(self, question: Question) -> Answer:
        def work(tx: Transaction) -> None:
            head: Head = question["head"]
            table = self._replica(tx, head)
            document = question["shared"]
            self._require_clock(head, newest_time(document))
            added = accept(tx, self._parts, table, document)
            if added:
                tx.after_commit(partial(self._sharing.fill, table, added))

        await self._parts.engine.run(work)
        return {}

    # --- what they share -----------------------------------------------------------------------

    def _require_clock(self, head: Head, newest: int) -> None:
        """A stamp that is taken takes the clock of this node along."""
        if ms_of(newest) > self._parts.clock.now_ms() + AHEAD_MS_MAX:
            raise PeerRefused(
                CLOCK,
                f"region {head.source} has stamps a day ahead of this node's clock. Set both "
                "nodes' clocks right.",
            )

    def _find(self, tx: Transaction, head: Head) -> Table | None:
        if not self._parts.lines.is_own(head.target):
            raise PeerRefused(
                NO_PEER,
                f"this node does not serve region {head.target}: it was told that another one "
                "does. Look at the --peer settings of both.",
            )
        return self._parts.catalog.find(tx, Scope(head.account, head.target), head.table)

    def _replica(self, tx: Transaction, head: Head) -> Table:
        """The table, if it is a replica of the sender's. Raises PeerRefused."""
        table = self._find(tx, head)
        if (
            table is None
            or group_of(table.schema) != head.group
            or head.source not in replicas_of(table.schema)
        ):
            raise PeerRefused(
                NO_REPLICA,
                f"region {head.target} has no table {head.table} that is a replica of that in "
                f"{head.source}.",
            )
        return table


def is_protected(table: Table) -> bool:
    return bool(table.schema.settings.get("DeletionProtectionEnabled"))


def _is_back(link: Link, head: Head) -> bool:
    """Whether a link leads from the replica that is asked to that which asks."""
    return (
        link.table == head.table
        and link.group == head.group
        and link.scope == Scope(head.account, head.target)
        and link.region == head.source
    )
