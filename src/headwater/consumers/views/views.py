"""All views of a node: made, shown, removed, and kept up to date.

What changes a view is synchronous, within its caller's transaction; when that takes effect, the
view's worker is started or told. A node that died goes on with what it finds when it starts.
"""

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final

from headwater.arns import Scope
from headwater.consumers.checkpoint import forget_checkpoints
from headwater.consumers.views.alert import ALERTS_MAX, Alert
from headwater.consumers.views.alerting import alerts_of, drop_alert, find_alert, put_alert
from headwater.consumers.views.definition import Definition
from headwater.consumers.views.document import BUILDING, WAITING, View, every_view, find_view
from headwater.consumers.views.history import has_history, keep_history
from headwater.consumers.views.lens import Lens
from headwater.consumers.views.notices import Caller, EventSender, Notices
from headwater.consumers.views.results import Results
from headwater.consumers.views.sketches import require_sketches
from headwater.consumers.views.worker import Parts, Worker, attach
from headwater.errors import OperatorError
from headwater.loops import Tasks
from headwater.metrics.counters import Labels, Registry
from headwater.metrics.names import VIEW_LAG, VIEW_RECORDS
from headwater.moments import iso
from headwater.storage import keyspace, view_keys
from headwater.storage.engine import Transaction
from headwater.storage.identifiers import take_id
from headwater.tables.definition import release_log
from headwater.tables.schema import Table

log = logging.getLogger("headwater.views")

VIEWS_MAX: Final = 500
GROUPS_COUNTED_MAX: Final = 1000


class Views:
    """Built once by the node."""

    def __init__(
        self, parts: Parts, registry: Registry, events: EventSender, outbound: Caller
    ) -> None:
        self._workers: dict[str, Worker] = {}
        self._histories: dict[str, asyncio.Task[None]] = {}
        self._tasks = Tasks()
        self.notices = Notices(parts.engine, parts.clock, parts.ids, events, outbound, self._tasks)
        self._parts = replace(parts, tell=self.notices.tell)
        registry.family(VIEW_LAG, self._lags)
        registry.family(VIEW_RECORDS, self._records)

    async def start(self) -> None:
        """Keep up to date all views there are."""
        self._parts.catalog.watch(self._table_changed)
        for view in await self._parts.engine.run(every_view):
            self._run(view)
            self.notices.tell(view)

    async def close(self) -> None:
        """Stop. Nothing is lost: what was read counts, and the rest is read again."""
        await self._tasks.close()
        self._workers.clear()
        self._histories.clear()

    # --- what is asked for -----------------------------------------------------------------------

    def create(
        self,
        tx: Transaction,
        definition: Definition,
        *,
        replaces: bool = False,
        waits: bool = False,
    ) -> View:
        """Make a view; it is built from the items there are, or counts changes from now on.

        replaces  take the place of a view of that name
        waits     a table that is not there yet is waited for
        Raises OperatorError.
        """
        parts = self._parts
        Lens(definition)  # what it refuses must not be stored
        if definition.is_sketched:
            require_sketches()
        old = find_view(tx, definition.scope, definition.name)
        if old is not None and not replaces:
            raise OperatorError(
                f"there is a view {definition.name} already, over table {old.definition.table}. "
                "Delete it first, or replace it (`--replace`)."
            )
        if old is None and len(every_view(tx)) >= VIEWS_MAX:
            raise OperatorError(
                f"there are {VIEWS_MAX} views, which is the most a node keeps. Delete some."
            )
        table = parts.catalog.find(tx, definition.scope, definition.table)
        if table is None and not waits:
            raise OperatorError(self._no_table(tx, definition))
        if old is not None:
            self._erase(tx, old)
        view = View(
            definition=definition,
            id=take_id(tx),
            uuid=parts.ids.uuid(),
            created_ms=parts.clock.now_ms(),
        )
        view.put(tx)
        if table is not None:
            view = attach(tx, parts, view, table)
        if old is not None:
            # After the new one needs it, so that a log stays the one it is.
            self._release(tx, old)
        tx.after_commit(lambda: self._run(view))
        return view

    def delete(self, tx: Transaction, view: View) -> None:
        """Remove a view and all it knows."""
        self._erase(tx, view)
        self._release(tx, view)

    def delete_all(self, tx: Transaction) -> int:
        """Remove all views of all accounts and regions; how many there were."""
        views = every_view(tx)
        for view in views:
            self.delete(tx, view)
        return len(views)

    def put_alert(self, tx: Transaction, view: View, alert: Alert) -> None:
        """Make an alert of a view, or replace the one of its name. Raises OperatorError."""
        others = [one for one in alerts_of(tx, view) if one.name != alert.name]
        if len(others) >= ALERTS_MAX:
            raise OperatorError(
                f"view {view.name} has {ALERTS_MAX} alerts, which is the most it can have. Delete "
                "some."
            )
        put_alert(tx, view, alert)
        tx.after_commit(lambda: self._alerts_changed(view))

    def delete_alert(self, tx: Transaction, view: View, name: str) -> None:
        """Remove an alert, and what it still had to tell. Raises OperatorError."""
        if find_alert(tx, view, name) is None:
            known = ", ".join(alert.name for alert in alerts_of(tx, view)) or "none"
            raise OperatorError(f"view {view.name} has no alert {name}. It has: {known}.")
        drop_alert(tx, view, name)
        tx.after_commit(lambda: self._alerts_changed(view))

    def find(self, tx: Transaction, scope: Scope, name: str, *, anywhere: bool) -> View:
        """A view by its name. anywhere: or else the only one of that name in any scope.

        Raises OperatorError.
        """
        view = find_view(tx, scope, name)
        if view is not None:
            return view
        every = every_view(tx)
        named = [one for one in every if one.name == name]
        if anywhere and len(named) == 1:
            return named[0]
        if anywhere and named:
            places = ", ".join(f"{one.scope.account}/{one.scope.region}" for one in named)
            raise OperatorError(
                f'there are several views {name}: {places}. Add "account" and "region".'
            )
        known = ", ".join(sorted({one.name for one in every})) or "none"
        raise OperatorError(f"there is no view {name}. The node has: {known}.")

    def worker(self, view: View) -> Worker | None:
        """What keeps it up to date; None for a moment, while one starts or ends."""
        return self._workers.get(view.uuid)

    def results(self, view: View) -> Results:
        """What computes its values. Raises OperatorError if the view has just been replaced."""
        worker = self._workers.get(view.uuid)
        if worker is None:
            raise OperatorError(f"view {view.name} is just being made or removed. Ask again.")
        return worker.results

    def status(self, tx: Transaction, scope: Scope | None = None) -> list[dict[str, Any]]:
        """Where each view stands, as plain values. scope: None for all."""
        return [self.status_of(tx, view) for view in every_view(tx, scope)]

    def status_of(self, tx: Transaction, view: View) -> dict[str, Any]:
        worker = self._workers.get(view.uuid)
        told: dict[str, Any] = {
            "name": view.name,
            "account": view.scope.account,
            "region": view.scope.region,
            "table": view.definition.table,
            "status": view.status,
            "created": iso(view.created_ms),
            "definition": view.definition.shown(),
        }
        if view.status == BUILDING:
            table = self._parts.catalog.find(tx, view.scope, view.definition.table)
            items = 0 if table is None else tx.counter(table.counter_key)[0]
            told["built"] = {"items": view.scanned, "of": max(items, view.scanned)}
        if worker is not None:
            told |= {
                "lag_ms": worker.lag_ms,
                "records": worker.records,
                "skipped": worker.skipped,
                "trouble": worker.trouble,
            }
            if view.definition.windows is None:
                told["groups"] = worker.store.count_groups(tx, 0, GROUPS_COUNTED_MAX)
        if alerts := alerts_of(tx, view):
            told["alerts"] = [{"name": alert.name, "state": alert.state} for alert in alerts]
        if view.lost_ms is not None:
            told["changes_lost"] = iso(view.lost_ms)
        return told

    # --- for others ------------------------------------------------------------------------------

    @property
    def idle(self) -> bool:
        """True if every change that was committed counts in every view."""
        return all(worker.idle for worker in self._workers.values())

    def busy(self) -> list[str]:
        """Each view that has something to do, for people."""
        workers = self._workers.values()
        views = [f"view {worker.view.name}" for worker in workers if not worker.idle]
        return views + self.notices.sending

    def lags(self) -> list[tuple[View, int]]:
        """Each view, and the age of what it has not taken yet in milliseconds."""
        return [(worker.view, worker.lag_ms) for worker in self._workers.values()]

    def _lags(self) -> Iterable[tuple[Labels, float]]:
        for labels, worker in self._labelled():
            yield labels, worker.lag_ms

    def _records(self) -> Iterable[tuple[Labels, float]]:
        for labels, worker in self._labelled():
            yield labels, worker.records

    def _labelled(self) -> Iterable[tuple[Labels, Worker]]:
        for worker in self._workers.values():
            view = worker.view
            yield (view.scope.account, view.scope.region, view.name), worker

    # --- within ----------------------------------------------------------------------------------

    def _no_table(self, tx: Transaction, definition: Definition) -> str:
        names = sorted({table.name for table in self._parts.catalog.every(tx)})
        return (
            f"view {definition.name}: there is no table {definition.table} in account "
            f"{definition.scope.account}, region {definition.scope.region}. The node has: "
            f"{', '.join(names) or 'none'}."
        )

    def _erase(self, tx: Transaction, view: View) -> None:
        tx.delete(view.key)
        prefix = view_keys.view_data_prefix(view.id)
        tx.delete_range(prefix, keyspace.successor(prefix))
        forget_checkpoints(tx, view.owner)
        tx.after_commit(lambda: self._end(view))

    def _release(self, tx: Transaction, view: View) -> None:
        """The view needs no more changes of its table, if that is still there."""
        parts = self._parts
        table = parts.catalog.find(tx, view.scope, view.definition.table)
        if table is not None and view.user in table.schema.log_users:
            release_log(tx, parts.catalog, parts.ids, parts.clock.now_ms(), table, view.user)

    def _run(self, view: View) -> None:
        worker = Worker(self._parts, view)
        self._workers[view.uuid] = worker
        worker.task = self._tasks.spawn(f"view {view.name}", worker.run())
        if has_history(view.definition):
            name = f"history of view {view.name}"
            self._histories[view.uuid] = self._tasks.spawn(name, keep_history(worker))

    def _end(self, view: View) -> None:
        worker = self._workers.pop(view.uuid, None)
        if worker is not None:
            worker.attend()
            worker.tell()
        history = self._histories.pop(view.uuid, None)
        if history is not None:
            history.cancel()

    def _alerts_changed(self, view: View) -> None:
        worker = self._workers.get(view.uuid)
        if worker is not None:
            worker.alerting.forget()
            worker.attend()

    def _table_changed(self, table: Table) -> None:
        for worker in self._workers.values():
            definition = worker.view.definition
            is_its = definition.table == table.name and definition.scope == table.scope
            if is_its and worker.view.status == WAITING:
                worker.attend()
