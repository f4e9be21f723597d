"""/_headwater/views: aggregates over tables, made, asked for, watched and removed.

    GET    views             all: where each stands
    POST   views             make one: {"name": "revenue", "table": "Orders", "sum": "total", ...},
                             members as in consumers/views/definition.py; "replace": true takes
                             the place of one of that name, "wait": true waits for its table
    GET    views/NAME        what it has come to
    DELETE views/NAME        remove it
    GET    views/NAME/history          what one over all time came to, by the minute, for 3 hours
    GET    views/NAME/alerts           its alerts, and the states they are in
    POST   views/NAME/alerts           make one, or replace it: {"name": "high", "when":
                                       "sum(total) > 1000", "call": "function:page-me"}, and
                                       "group", "for": members as in consumers/views/alert.py
    DELETE views/NAME/alerts/ALERT     remove it

    group    only this group: a word, or JSON; of several paths a JSON list
    limit    groups at most (of each window)
    after    from the answer before: further groups
    order    sum(total), or -sum(total) for the greatest first
    windows  how many windows, the open one and those before it
    wait_ms  wait in real time, at most so long, until there is something else than `version`
    version  from the answer before

Account and region are members, or of the query, where they are not the usual ones.
"""

from functools import partial
from typing import Any, Final
from urllib.parse import unquote

from headwater.arns import Scope
from headwater.clock import SystemClock
from headwater.consumers.doorbell import Doorbell
from headwater.consumers.views.alert import Alert, alert_of
from headwater.consumers.views.alerting import alerts_of
from headwater.consumers.views.answers import Question, answer
from headwater.consumers.views.definition import definition_of
from headwater.consumers.views.document import View
from headwater.consumers.views.history import history_of
from headwater.consumers.views.views import Views
from headwater.errors import OperatorError
from headwater.frontdoor.admin import AdminRequest, Page
from headwater.stage.arguments import scope_of, whole_number
from headwater.stage.house import House
from headwater.storage.engine import Transaction

WAIT_MS_MAX: Final = 60_000
ALERTS: Final = "alerts"
HISTORY: Final = "history"
_SCOPE: Final = frozenset(("account", "region"))


def pages(house: House, views: Views) -> dict[tuple[str, str], Page]:
    """All pages, by method and path."""
    return {
        ("GET", "views"): partial(_list, house, views),
        ("POST", "views"): partial(_create, house, views),
        ("GET", "views/*"): partial(_show, house, views),
        ("POST", "views/*"): partial(_alert, house, views),
        ("DELETE", "views/*"): partial(_delete, house, views),
    }


async def _list(house: House, views: Views, request: AdminRequest) -> dict[str, Any]:
    scope = None if _is_free(request.query) else scope_of(request.query, house.region)
    found = await house.services.engine.run(partial(views.status, scope=scope))
    return {"views": found}


async def _create(house: House, views: Views, request: AdminRequest) -> dict[str, Any]:
    given = request.json()
    scope = scope_of(given, house.region)
    replaces, waits = _switch(given, "replace"), _switch(given, "wait")
    name = given.get("name")
    rest = {
        member: value
        for member, value in given.items()
        if member not in ("name", "account", "region", "replace", "wait")
    }
    definition = definition_of(scope, name, rest)

    def work(tx: Transaction) -> View:
        return views.create(tx, definition, replaces=replaces, waits=waits)

    view = await house.services.engine.run(work)
    return await house.services.engine.run(partial(views.status_of, view=view))


async def _show(house: House, views: Views, request: AdminRequest) -> dict[str, Any]:
    query, engine = request.query, house.services.engine
    if _below(request) == [ALERTS]:
        return await _alerts(house, views, request)
    if _below(request) == [HISTORY]:
        return await _history(house, views, request)
    if _below(request):
        raise _no_page(request)
    look = partial(_find, house=house, views=views, query=query, name=_name(request))
    question = Question.of(query)
    known = query.get("version")
    real = SystemClock()
    deadline_ms = real.now_ms() + min(whole_number(query, "wait_ms", 0), WAIT_MS_MAX)
    bell = Doorbell()
    while True:
        bell.answer()
        view = await engine.run(look)
        worker = views.worker(view)
        if worker is None:
            raise OperatorError(f"view {view.name} is just being made or removed. Ask again.")
        version = worker.version
        if version != known or real.now_ms() >= deadline_ms:
            now_ms = house.services.clock.now_ms()
            found = await engine.run(
                partial(answer, results=worker.results, question=question, now_ms=now_ms)
            )
            status = {"view": view.name, "table": view.definition.table, "status": view.status}
            known_at = {"version": version, "now_ms": now_ms, "lag_ms": worker.lag_ms}
            return {**status, **known_at, **found}
        with worker.watched(bell):
            if worker.version == known:
                await bell.wait(real, deadline_ms)


async def _history(house: House, views: Views, request: AdminRequest) -> dict[str, Any]:
    now_ms = house.services.clock.now_ms()

    def work(tx: Transaction) -> dict[str, Any]:
        view = _find(tx, house, views, request.query, _name(request))
        return {"view": view.name, **history_of(tx, view, now_ms)}

    return await house.services.engine.run(work)


async def _alerts(house: House, views: Views, request: AdminRequest) -> dict[str, Any]:
    def work(tx: Transaction) -> list[Alert]:
        return alerts_of(tx, _find(tx, house, views, request.query, _name(request)))

    return {"alerts": [alert.shown() for alert in await house.services.engine.run(work)]}


async def _alert(house: House, views: Views, request: AdminRequest) -> dict[str, Any]:
    if _below(request) != [ALERTS]:
        raise _no_page(request)
    given = request.json()
    where: dict[str, str] = {
        name: str(given.pop(name)) for name in ("account", "region") if name in given
    }

    def work(tx: Transaction) -> Alert:
        view = _find(tx, house, views, where, _name(request))
        alert = alert_of(view.definition, given)
        views.put_alert(tx, view, alert)
        return alert

    return (await house.services.engine.run(work)).shown()


async def _delete(house: House, views: Views, request: AdminRequest) -> dict[str, Any]:
    below = _below(request)
    if below and (len(below) != 2 or below[0] != ALERTS):
        raise _no_page(request)

    def work(tx: Transaction) -> str:
        view = _find(tx, house, views, request.query, _name(request))
        if below:
            views.delete_alert(tx, view, below[1])
            return below[1]
        views.delete(tx, view)
        return view.name

    return {"deleted": await house.services.engine.run(work)}


def _find(tx: Transaction, house: House, views: Views, query: dict[str, str], name: str) -> View:
    scope: Scope = scope_of(query, house.region)
    return views.find(tx, scope, name, anywhere=_is_free(query))


def _name(request: AdminRequest) -> str:
    return unquote(request.path.split("/")[1])


def _below(request: AdminRequest) -> list[str]:
    """The parts of the path behind the view's name."""
    return [unquote(part) for part in request.path.split("/")[2:]]


def _no_page(request: AdminRequest) -> OperatorError:
    return OperatorError(
        f"there is no {request.method} /_headwater/{request.path}. Below a view there are: "
        "alerts, alerts/NAME, history."
    )


def _is_free(query: dict[str, Any]) -> bool:
    return not _SCOPE & query.keys()


def _switch(given: dict[str, Any], name: str) -> bool:
    value = given.get(name, False)
    if not isinstance(value, bool):
        raise OperatorError(f'"{name}" is {value!r}: give true or false.')
    return value
