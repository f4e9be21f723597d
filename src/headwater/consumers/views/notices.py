"""What alerts have to tell, on its way: kept until it has been taken, or given up after a while.

A function gets it as an asynchronous event, which is durable once it is sent; a URL by POST. What
fails is tried again after longer and longer pauses. The notices of one alert go out in order.
"""

import logging
from collections.abc import Callable
from functools import partial
from typing import Any, Final, Protocol

import orjson

from headwater.arns import Scope
from headwater.clock import Clock, sleep_ms
from headwater.consumers.views.alert import target_of
from headwater.consumers.views.alerting import find_alert, put_alert
from headwater.consumers.views.document import View
from headwater.errors import AwsError
from headwater.ids import Ids
from headwater.loops import Tasks
from headwater.outbound.failure import CallFailed
from headwater.storage import view_keys
from headwater.storage.engine import Engine, Transaction
from headwater.storage.keyspace import successor

log = logging.getLogger("headwater.views")

TRIES: Final = 12
PAUSE_MS, PAUSE_MS_MAX = 1000, 10 * 60 * 1000  # doubled each time: an hour and more in all


class EventSender(Protocol):
    """What takes events for functions: functions.Functions.events."""

    async def send(
        self,
        scope: Scope,
        name: str,
        qualifier: str | None,
        payload: bytes,
        *,
        request_id: str,
    ) -> None: ...


class Caller(Protocol):
    """What posts to URLs: outbound.Outbound."""

    async def webhook(self, url: str, body: bytes) -> None: ...


class Notices:
    """Sends what the alerts of all views have to tell, one task for each alert that has any."""

    def __init__(
        self,
        engine: Engine,
        clock: Clock,
        ids: Ids,
        events: EventSender,
        outbound: Caller,
        tasks: Tasks,
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._ids = ids
        self._events = events
        self._outbound = outbound
        self._tasks = tasks
        self._running: set[tuple[int, str]] = set()
        self._sending: dict[tuple[int, str], str] = {}

    @property
    def sending(self) -> list[str]:
        """Whom a call is under way to, for people."""
        return list(self._sending.values())

    def tell(self, view: View) -> None:
        """There may be something to tell."""
        self._tasks.spawn(f"notices of view {view.name}", self._start(view))

    async def _start(self, view: View) -> None:
        for _, notice in await self._engine.run(partial(_waiting, view=view)):
            lane = (view.id, notice["alert"])
            if lane not in self._running:
                self._running.add(lane)
                name = f"notices of alert {notice['alert']} of view {view.name}"
                self._tasks.spawn(name, self._serve(view, notice["alert"]))

    async def _serve(self, view: View, alert: str) -> None:
        """Send the notices of one alert until there are none."""
        lane = (view.id, alert)
        try:
            while True:
                every = await self._engine.run(partial(_waiting, view=view))
                mine = [(key, notice) for key, notice in every if notice["alert"] == alert]
                if not mine:
                    return
                pause_ms = await self._send(view, *mine[0])
                if pause_ms:
                    await sleep_ms(self._clock, pause_ms)
        finally:
            self._running.discard(lane)

    async def _send(self, view: View, key: bytes, notice: dict[str, Any]) -> int:
        """One try; how long to pause before the next."""
        lane = (view.id, notice["alert"])
        self._sending[lane] = f"alert {notice['alert']} of view {view.name} to {notice['call']}"
        why = None
        try:
            await self._call(view, notice)
        except (AwsError, CallFailed) as trouble:
            why = str(trouble) or repr(trouble)
        finally:
            del self._sending[lane]
        tries = notice["tries"] + 1
        if why is not None:
            facts = {"view": view.name, "alert": notice["alert"], "tries": tries, "why": why}
            log.warning("alert not told", extra=facts)
        is_done = why is None or tries == TRIES
        rest = None if is_done else orjson.dumps(notice | {"tries": tries})
        await self._engine.run(_settle(view, notice["alert"], key, rest, why))
        return 0 if is_done else min(PAUSE_MS_MAX, PAUSE_MS << (tries - 1))

    async def _call(self, view: View, notice: dict[str, Any]) -> None:
        target = target_of(view.scope, notice["call"])
        body = notice["body"].encode()
        if target.url:
            await self._outbound.webhook(target.url, body)
            return
        await self._events.send(
            target.scope,
            target.function,
            target.qualifier,
            body,
            request_id=self._ids.uuid(),
        )


def _waiting(tx: Transaction, view: View) -> list[tuple[bytes, dict[str, Any]]]:
    """The notices of a view, oldest first."""
    prefix = view_keys.view_notices_prefix(view.id)
    return [(key, orjson.loads(data)) for key, data in tx.range(prefix, successor(prefix))]


def _settle(
    view: View, name: str, key: bytes, rest: bytes | None, why: str | None
) -> Callable[[Transaction], None]:
    """Note how a try ended. rest: the notice as it waits for the next; None: it is dealt with."""

    def work(tx: Transaction) -> None:
        if tx.get(key) is None:
            return  # the view was removed meanwhile, and with it what it had to tell
        if rest is None:
            tx.delete(key)
        else:
            tx.put(key, rest)
        alert = find_alert(tx, view, name)
        if alert is not None and alert.trouble != why:
            put_alert(tx, view, alert.in_trouble(why))

    return work
