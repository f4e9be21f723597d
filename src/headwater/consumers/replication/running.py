"""The links of a node that run: started, ended, asked how far they are."""

import logging
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from headwater.consumers.replication.context import Parts
from headwater.consumers.replication.link import Link, links_of
from headwater.consumers.replication.worker import Worker
from headwater.loops import Tasks
from headwater.storage.engine import Transaction
from headwater.tables.definition import change
from headwater.tables.schema import ACTIVE, Table

log = logging.getLogger("headwater.regions")


class Running:
    """Built once by Regions, which says what follows when a copy or a link ends."""

    def __init__(
        self,
        parts: Parts,
        tasks: Tasks,
        on_copied: Callable[[Link], None],
        on_end: Callable[[Link], None],
    ) -> None:
        self._parts = parts
        self._tasks = tasks
        self._on_copied = on_copied
        self._on_end = on_end
        self.workers: dict[tuple[int, str], Worker] = {}

    def run_links_of(self, tx: Transaction, table: Table) -> None:
        """When the transaction takes effect, run every link of the table that is in it."""
        for link in links_of(tx, table.schema.id):
            tx.after_commit(partial(self.run_link, link))

    def run_link(self, link: Link) -> None:
        worker = self.workers.get((link.table_id, link.region))
        if worker is not None and not worker.task.done():
            return
        worker = Worker(self._parts, link, self._tasks, self._on_copied, self._on_end)
        self.workers[link.table_id, link.region] = worker

    def end_link(self, table_id: int, region: str) -> None:
        """The link is no more: ship nothing."""
        worker = self.workers.pop((table_id, region), None)
        if worker is not None:
            worker.stop()

    def heard_of(self, region: str) -> None:
        """A region that was not reached a moment ago has called: try again now."""
        for (_, target), worker in self.workers.items():
            if target == region and worker.context.failures:
                worker.hurry()

    def become_active(self, tx: Transaction, table: Table) -> None:
        """The replica has all there is: it can be used."""
        change(tx, self._parts.catalog, table, replace(table.schema, status=ACTIVE))

    async def watermark(self, table: Table, region: str) -> int:
        """A sequence: every write of the table up to it is durable in `region`; 0: not known."""
        now = await self._parts.engine.run(lambda tx: tx.sequence())
        worker = self.workers.get((table.schema.id, region))
        return 0 if worker is None else worker.watermark(now)
