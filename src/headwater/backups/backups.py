"""The work of backups, restores, exports and imports, on the node's tasks.

A request writes a document of what is to be done, and the work begins when that takes effect. It
is done in steps, each a transaction that stores how far it has come; a node that starts goes on
with what the one before it left. Work that cannot be finished is given up: what it was making is
taken away, and for exports and imports the reason is told.
"""

import logging
from collections.abc import Callable

from headwater.backups.backing_up import backup_step, give_up_backup
from headwater.backups.document import (
    RESTORE,
    Backup,
    Job,
    unfinished_backups,
    unfinished_jobs,
)
from headwater.backups.restoring import give_up_restore, restore_step
from headwater.clock import Clock, sleep_ms
from headwater.ids import Ids
from headwater.loops import Tasks
from headwater.storage.engine import Engine, Transaction
from headwater.tables.catalog import Catalog

log = logging.getLogger("headwater.backups")


class Backups:
    """Built once by the node. All methods are called on its loop."""

    def __init__(
        self, engine: Engine, clock: Clock, ids: Ids, catalog: Catalog, tasks: Tasks
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._ids = ids
        self._catalog = catalog
        self._tasks = tasks

    async def start(self) -> None:
        """Go on with what a node before this one began."""
        for backup in await self._engine.run(unfinished_backups):
            self.copy(backup)
        for kind, job in await self._engine.run(lambda tx: list(unfinished_jobs(tx))):
            if kind == RESTORE:
                self.restore(job)

    def copy(self, backup: Backup) -> None:
        """Work on a backup that was begun, until it is AVAILABLE."""
        self._spawn(
            f"backup {backup.table}",
            lambda tx: backup_step(tx, self._catalog, self._ids, self._clock.now_ms(), backup),
            lambda tx: give_up_backup(tx, self._catalog, self._ids, self._clock.now_ms(), backup),
        )

    def restore(self, job: Job) -> None:
        """Work on a restore that was begun, until its table is ACTIVE."""
        self._spawn(
            f"restore {job['table']}",
            lambda tx: restore_step(tx, self._catalog, self._ids, self._clock.now_ms(), job),
            lambda tx: give_up_restore(tx, self._catalog, self._ids, self._clock.now_ms(), job),
        )

    def _spawn(
        self,
        name: str,
        step: Callable[[Transaction], bool],
        give_up: Callable[[Transaction], None],
    ) -> None:
        self._tasks.spawn(name, self._work(name, step, give_up))

    async def _work(
        self,
        name: str,
        step: Callable[[Transaction], bool],
        give_up: Callable[[Transaction], None],
    ) -> None:
        try:
            while not await self._engine.run(step):
                await sleep_ms(self._clock, 0)
        except Exception:
            log.exception("given up", extra={"work": name})
            await self._engine.run(give_up)
            return
        log.info("done", extra={"work": name})
