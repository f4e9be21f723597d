"""The work of backups, restores, exports and imports, on the node's tasks.

A request writes a document of what is to be done, and the work begins when that takes effect. It
is done in steps, each a transaction that stores how far it has come; a node that starts goes on
with what the one before it left. Work that cannot be finished is given up: what it was making is
taken away, and for exports and imports the reason is told.
"""

import logging
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from headwater.arns import Scope
from headwater.backups.backing_up import backup_step, give_up_backup
from headwater.backups.buckets import Buckets, BucketTrouble, buckets_for
from headwater.backups.document import (
    EXPORT,
    IMPORT,
    RESTORE,
    Backup,
    Job,
    scope_of,
    unfinished_backups,
    unfinished_jobs,
)
from headwater.backups.exporting import Writer, gather_step
from headwater.backups.importing import Importer, Report
from headwater.backups.restoring import give_up_restore, restore_step
from headwater.backups.room import when_there_is_room
from headwater.clock import Clock, sleep_ms
from headwater.config.settings import Settings
from headwater.errors import NotSupported
from headwater.ids import Ids
from headwater.loops import Tasks
from headwater.outbound.endpoints import Outbound
from headwater.storage.engine import Engine, Transaction
from headwater.tables.catalog import Catalog

log = logging.getLogger("headwater.backups")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the work needs of a node. report: where an import says what went wrong."""

    engine: Engine
    clock: Clock
    ids: Ids
    catalog: Catalog
    tasks: Tasks
    settings: Settings
    outbound: Outbound
    report: Report


class Backups:
    """Built once by the node. All methods are called on its loop."""

    def __init__(self, parts: Parts) -> None:
        self._engine = parts.engine
        self._clock = parts.clock
        self._ids = parts.ids
        self._catalog = parts.catalog
        self._tasks = parts.tasks
        self._parts = parts
        self._in_hand: Counter[str] = Counter()
        self._writer = Writer(parts.engine, parts.clock, parts.catalog, parts.ids)
        self._importer = Importer(parts.engine, parts.clock, parts.catalog, parts.report)

    async def start(self) -> None:
        """Go on with what a node before this one began."""
        for backup in await self._engine.run(unfinished_backups):
            self.copy(backup)
        for kind, job in await self._engine.run(lambda tx: list(unfinished_jobs(tx))):
            {RESTORE: self.restore, EXPORT: self.export, IMPORT: self.import_}[kind](job)

    def in_hand(self) -> list[str]:
        """What is being worked on: "backup Orders", in no order."""
        return list(self._in_hand.elements())

    def copy(self, backup: Backup) -> None:
        """Work on a backup that was begun, until it is AVAILABLE."""
        self._spawn_steps(
            f"backup {backup.table}",
            lambda tx: backup_step(tx, self._catalog, self._ids, self._clock.now_ms(), backup),
            lambda tx: give_up_backup(tx, self._catalog, self._ids, self._clock.now_ms(), backup),
        )

    def restore(self, job: Job) -> None:
        """Work on a restore that was begun, until its table is ACTIVE."""
        self._spawn_steps(
            f"restore {job['table']}",
            lambda tx: restore_step(tx, self._catalog, self._ids, self._clock.now_ms(), job),
            lambda tx: give_up_restore(tx, self._catalog, self._ids, self._clock.now_ms(), job),
        )

    def export(self, job: Job) -> None:
        """Work on an export that was begun, until it is COMPLETED or FAILED."""
        self._spawn(f"export {job['table']}", self._export(job))

    def import_(self, job: Job) -> None:
        """Work on an import that was begun, until it is COMPLETED or FAILED."""
        self._spawn(f"import {job['table']}", self._import(job))

    def buckets(self, scope: Scope) -> Buckets:
        """Raises NotSupported if this node was given none."""
        found = buckets_for(self._parts.settings, self._parts.outbound, scope.region)
        if found is None:
            raise NotSupported(
                "This node has no buckets: start it with --s3-endpoint URL or --s3-directory DIR"
            )
        return found

    async def _export(self, job: Job) -> None:
        name = f"export {job['table']}"
        try:
            while not await self._engine.run(lambda tx: gather_step(tx, self._catalog, job)):
                await sleep_ms(self._clock, 0)
            await self._writer.write(job, self.buckets(scope_of(job)))
        except Exception as trouble:
            await self._writer.fail(job, *_failure(name, trouble))
            return
        log.info("done", extra={"work": name})

    async def _import(self, job: Job) -> None:
        name = f"import {job['table']}"
        try:
            await self._importer.run(job, self.buckets(scope_of(job)))
        except Exception as trouble:
            await self._importer.fail(job, *_failure(name, trouble))
            return
        log.info("done", extra={"work": name})

    def _spawn_steps(
        self,
        name: str,
        step: Callable[[Transaction], bool],
        give_up: Callable[[Transaction], None],
    ) -> None:
        self._spawn(name, self._work(name, step, give_up))

    def _spawn(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        self._in_hand[name] += 1
        self._tasks.spawn(name, work).add_done_callback(lambda _: self._ended(name))

    def _ended(self, name: str) -> None:
        self._in_hand[name] -= 1
        self._in_hand = +self._in_hand  # without those that have come to nothing

    async def _work(
        self,
        name: str,
        step: Callable[[Transaction], bool],
        give_up: Callable[[Transaction], None],
    ) -> None:
        try:
            while not await when_there_is_room(self._engine, self._clock, name, step):
                await sleep_ms(self._clock, 0)
        except Exception:
            log.exception("given up", extra={"work": name})
            await self._engine.run(give_up)
            return
        log.info("done", extra={"work": name})


def _failure(name: str, trouble: Exception) -> tuple[str, str]:
    """FailureCode and FailureMessage."""
    if isinstance(trouble, BucketTrouble):
        log.warning("failed", extra={"work": name, "why": str(trouble)})
        return trouble.code, trouble.text
    if isinstance(trouble, NotSupported):
        return "S3NotConfigured", trouble.message
    log.error("given up", extra={"work": name}, exc_info=trouble)
    return "UNKNOWN", f"an error of this node's own, which is in its log: {trouble}"
