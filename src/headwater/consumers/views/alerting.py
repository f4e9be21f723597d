"""The alerts of one view: judged in the transactions of its steps, so that a state and what has to
be told of it are as durable as the change that led there.

Over all time only groups that have changed are looked at again; the groups that a rule holds for
are remembered. In windows a rule is judged once for each window, when it is closed and read.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import orjson

from headwater.consumers.views.alert import Alert
from headwater.consumers.views.answers import groups_named
from headwater.consumers.views.document import View
from headwater.consumers.views.encoding import plain
from headwater.consumers.views.results import Group, Results
from headwater.consumers.views.rows import Row
from headwater.consumers.views.windows import ALL_TIME
from headwater.moments import iso
from headwater.storage import view_keys
from headwater.storage.engine import Transaction
from headwater.storage.keyspace import successor

TOLD_GROUPS: Final = 10
_PAGE: Final = 1000


def alerts_of(tx: Transaction, view: View) -> list[Alert]:
    """By name."""
    prefix = view_keys.view_alerts_prefix(view.id)
    return [Alert.decode(data) for _, data in tx.range(prefix, successor(prefix))]


def find_alert(tx: Transaction, view: View, name: str) -> Alert | None:
    data = tx.get(view_keys.view_alert_key(view.id, name))
    return None if data is None else Alert.decode(data)


def put_alert(tx: Transaction, view: View, alert: Alert) -> None:
    tx.put(view_keys.view_alert_key(view.id, alert.name), alert.encode())


def drop_alert(tx: Transaction, view: View, name: str) -> None:
    """Forget an alert and what it still has to tell."""
    tx.delete(view_keys.view_alert_key(view.id, name))
    prefix = view_keys.view_notices_prefix(view.id)
    for key, data in tx.range(prefix, successor(prefix)):
        if orjson.loads(data)["alert"] == name:
            tx.delete(key)


class Alerting:
    """Judges; used by the view's worker alone."""

    def __init__(self, results: Results) -> None:
        self._results = results
        self._alerts: list[Alert] | None = None  # None: to be read
        self._holding: dict[str, dict[bytes, Group]] = {}

    def forget(self) -> None:
        """Read everything again: alerts were changed, or a transaction was discarded."""
        self._alerts = None

    def due_ms(self, now_ms: int) -> int | None:
        """When to judge although nothing changes."""
        if not self._alerts:
            return None
        windows = self._results.definition.windows
        if windows is not None:
            return windows.open_end(now_ms)
        moments = [alert.due_ms for alert in self._alerts if alert.due_ms is not None]
        return min(moments, default=None)

    def judge(
        self,
        tx: Transaction,
        view: View,
        changed: Sequence[tuple[int, bytes, Row]],
        now_ms: int,
    ) -> bool:
        """Judge after a step; True if something has to be told. Of windows, only after one that
        has read everything: what is still to be read may belong to the one that is closed."""
        if self._alerts is None:
            self._alerts = alerts_of(tx, view)
            self._holding = {}
        if not self._alerts:
            return False
        is_told = False
        for number, alert in enumerate(self._alerts):
            looked = self._look(tx, alert, changed, now_ms)
            if looked is None:
                continue
            judged = looked.judged(holds=bool(self._holding[alert.name]), now_ms=now_ms)
            if judged != alert:
                stored = find_alert(tx, view, alert.name)
                assert stored is not None, "alerts that were changed have to be read again"
                judged = judged.in_trouble(stored.trouble)
                put_alert(tx, view, judged)
                self._alerts[number] = judged
            if judged.state != alert.state:
                self._note(tx, view, judged, now_ms)
                is_told = True
        return is_told

    def _look(
        self,
        tx: Transaction,
        alert: Alert,
        changed: Sequence[tuple[int, bytes, Row]],
        now_ms: int,
    ) -> Alert | None:
        """Find the groups that the rule holds for; None: there is no window to look at yet."""
        definition = self._results.definition
        windows = definition.windows
        if windows is not None:
            end_ms = windows.open_end(now_ms) - windows.every_ms
            if end_ms <= alert.window_ms:
                return None
            groups = self._groups(tx, alert, windows.panes(end_ms))
            self._holding[alert.name] = self._held(alert, groups)
            return replace(alert, window_ms=end_ms)
        known = self._holding.get(alert.name)
        if known is None:
            groups = self._groups(tx, alert, (ALL_TIME,))
            self._holding[alert.name] = self._held(alert, groups)
            return alert
        wanted = None if alert.group is None else groups_named(definition, alert.group)
        for pane, data, row in changed:
            if wanted is not None and data not in wanted:
                continue
            group = self._results.of_row(tx, (pane,), data, row)
            if not row.items:
                group = group._replace(values=self._results.nothing().values)
            is_gone = not row.items and bool(definition.by) and wanted is None
            if alert.holds(group.values[alert.aggregate]) and not is_gone:
                known[data] = group
            else:
                known.pop(data, None)
        return alert

    def _groups(self, tx: Transaction, alert: Alert, panes: Sequence[int]) -> list[Group]:
        results = self._results
        if alert.group is not None:
            named = groups_named(results.definition, alert.group)
            found = [group for data in named if (group := results.group(tx, panes, data))]
            return found or [results.nothing()._replace(data=named[0])]
        if not results.definition.by:
            return [results.group(tx, panes, b"") or results.nothing()]
        every: list[Group] = []
        after = b""
        while True:
            page = results.groups(tx, panes, after, _PAGE)
            every += self._held(alert, page).values()
            if len(page) < _PAGE:
                return every
            after = page[-1].data

    @staticmethod
    def _held(alert: Alert, groups: Sequence[Group]) -> dict[bytes, Group]:
        return {group.data: group for group in groups if alert.holds(group.values[alert.aggregate])}

    def _note(self, tx: Transaction, view: View, alert: Alert, now_ms: int) -> None:
        """Keep what has to be told."""
        holding = self._holding[alert.name]
        told: dict[str, Any] = {
            "view": view.name,
            "table": view.definition.table,
            "account": view.scope.account,
            "region": view.scope.region,
            "alert": alert.name,
            "state": alert.state,
            "at": iso(now_ms),
            "when": f"{alert.aggregate} {alert.compared} {alert.bound}",
            "groups": [
                {
                    "group": [plain(value) for value in group.row.shown],
                    "value": plain(group.values[alert.aggregate]),  # type: ignore[arg-type]
                }
                for group in list(holding.values())[:TOLD_GROUPS]
            ],
        }
        notice = {"call": alert.call, "alert": alert.name, "tries": 0}
        body = orjson.dumps(told).decode()
        key = view_keys.view_notice_key(view.id, tx.sequence())
        tx.put(key, orjson.dumps(notice | {"body": body}))
