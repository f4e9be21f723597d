"""Views that a file declares (`serve --views FILE`), in TOML: one table for each view.

    [revenue]
    table = "Orders"
    sum = "total"
    by = "country"

    [revenue.alerts.high]
    when = "value > 1000"
    call = "function:page-me"

Members are those of definition.py and alert.py, and `account` and `region` where they are not the
usual ones. A view that is there as it is declared goes on as it was; one that was declared
otherwise is made anew; views that the file does not name are left alone. A table may come later.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from headwater.arns import DEFAULT_ACCOUNT, Scope
from headwater.config.sources import read_toml
from headwater.consumers.views.alert import Alert, alert_of
from headwater.consumers.views.alerting import alerts_of
from headwater.consumers.views.definition import Definition, definition_of
from headwater.consumers.views.document import find_view
from headwater.consumers.views.lens import Lens
from headwater.consumers.views.views import Views
from headwater.errors import OperatorError, StartupError
from headwater.storage.engine import Transaction


class Declared(NamedTuple):
    """A view and its alerts, as a file has them."""

    definition: Definition
    alerts: list[Alert]


def read_views(file: Path, region: str) -> list[Declared]:
    """region: where a view is that names none. Raises StartupError."""
    found = read_toml(file, "views", "--views")
    try:
        return [_declared(name, about, region) for name, about in found.items()]
    except OperatorError as trouble:
        raise StartupError(f"{file}: {trouble}") from None


def declare(tx: Transaction, views: Views, every: list[Declared]) -> None:
    """Make the views that are not there as they are declared. Raises OperatorError."""
    for declared in every:
        definition = declared.definition
        view = find_view(tx, definition.scope, definition.name)
        if view is None or view.definition != definition:
            view = views.create(tx, definition, replaces=True, waits=True)
        known = {alert.name: alert for alert in alerts_of(tx, view)}
        for alert in declared.alerts:
            if alert.name not in known or _rule(known[alert.name]) != _rule(alert):
                views.put_alert(tx, view, alert)


def _rule(alert: Alert) -> Alert:
    """An alert without the state it is in."""
    return replace(alert, state="", held_ms=None, state_ms=None, window_ms=0, trouble=None)


def _declared(name: str, about: Any, region: str) -> Declared:
    if not isinstance(about, dict):
        raise OperatorError(f'"{name}" is no view: begin one with [{name}].')
    given = dict(about)
    scope = Scope(str(given.pop("account", DEFAULT_ACCOUNT)), str(given.pop("region", region)))
    alerts = given.pop("alerts", {})
    definition = definition_of(scope, name, given)
    Lens(definition)
    if not isinstance(alerts, dict) or not all(isinstance(one, dict) for one in alerts.values()):
        raise OperatorError(f"view {name}: begin an alert with [{name}.alerts.NAME].")
    rules = [alert_of(definition, {"name": alert} | rule) for alert, rule in alerts.items()]
    return Declared(definition, rules)
