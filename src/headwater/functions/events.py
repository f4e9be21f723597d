"""Asynchronous invocations: events that are kept until they have been dealt with.

    waiting -> tried -> gone
                |  ^       failed: tried again after one minute, then after two
                v  |       throttled: tried again, after longer and longer pauses, or sooner
                |  |                  when there may be room
              waiting      dealt with: told to a destination, if there is one

An event is durable before its sender is answered, and leaves the database in the transaction that
says what has become of it: it is tried at least once, also when the node dies in between. Each
function has a lane of its own, so that one that hangs delays nobody else's events.

Source: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
Waits run on the node's clock. This file does not know processes.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Protocol

from headwater.arns import Arn, Scope, function_arn
from headwater.clock import Clock, wait_event
from headwater.errors import AwsError, ResourceNotFound, TooManyRequests
from headwater.functions.dead_letters import attributes_of
from headwater.functions.destinations import (
    Destinations,
    Outcome,
    outcome_body,
    parse_destination,
)
from headwater.functions.invocation import LATEST, Invocation
from headwater.functions.invoke_configs import InvokeConfig, effective_config
from headwater.functions.metering import Metering
from headwater.functions.names import parse_function_name
from headwater.functions.stored import find_named, read_function
from headwater.functions.waiting_event import WaitingEvent
from headwater.ids import Ids
from headwater.limits import MIB
from headwater.loops import Tasks
from headwater.outbound.failure import CallFailed
from headwater.storage.engine import Engine, Transaction
from headwater.storage.function_keys import (
    all_events_prefix,
    event_due_ms,
    event_key,
    events_prefix,
    function_key,
)
from headwater.storage.keyspace import successor

log = logging.getLogger("headwater.functions")

RETRY_MS = 60_000  # before the first retry; twice that before the second
_PAUSE_MS, _PAUSE_MS_MAX = 1000, 5 * 60_000  # after a throttle: doubled each time
_SENDS_MAX = 10
_PAGE_BYTES = 8 * MIB


class Invoker(Protocol):
    """What runs functions."""

    async def invoke(
        self,
        scope: Scope,
        name: str,
        payload: bytes,
        *,
        qualifier: str | None,
        request_id: str | None,
        client_context: str | None,
    ) -> Invocation: ...


class _Lane:
    """The events of one function."""

    __slots__ = ("bell", "hurried", "in_hand", "name", "scope", "throttled", "withdrawals")

    def __init__(self, scope: Scope, name: str) -> None:
        self.scope = scope
        self.name = name
        self.bell = asyncio.Event()
        self.in_hand: set[bytes] = set()  # keys, as all below
        self.throttled: dict[bytes, None] = {}  # those that wait for room, in order
        self.hurried: dict[bytes, None] = {}  # those of them that are to be tried before their time
        self.withdrawals: dict[object, Callable[[], None]] = {}  # by what there was no room in

    def hope(self) -> bool:
        """There may be room for one that was throttled; False if none waits for it."""
        if not self.throttled:
            return False
        key = next(iter(self.throttled))
        del self.throttled[key]
        self.hurried[key] = None
        self.bell.set()
        return True

    def taken(self, key: bytes) -> None:
        """An event is being tried."""
        self.in_hand.add(key)
        self.throttled.pop(key, None)
        self.hurried.pop(key, None)

    def forget(self) -> None:
        """Wait for room no longer."""
        self.throttled.clear()
        self.hurried.clear()
        for withdraw in self.withdrawals.values():
            withdraw()
        self.withdrawals.clear()


class Events:
    """All waiting events of a node."""

    def __init__(
        self,
        engine: Engine,
        clock: Clock,
        ids: Ids,
        invoker: Invoker,
        destinations: Destinations,
        at_once: int,
        metering: Metering,
    ) -> None:
        """at_once: events of one function that are tried at the same time"""
        self._engine = engine
        self._clock = clock
        self._ids = ids
        self._invoker = invoker
        self._destinations = destinations
        self._at_once = at_once
        self._metering = metering
        self._lanes: dict[tuple[Scope, str], _Lane] = {}
        self._tasks = Tasks()
        self._closed = False

    async def start(self) -> None:
        """Go on with what an earlier life of the node left."""
        for scope, name in await self._engine.run(_functions_with_events):
            self._wake(scope, name)

    async def close(self) -> None:
        """Stop. Events that are being tried will be tried again."""
        self._closed = True
        await self._tasks.close()

    async def send(
        self,
        scope: Scope,
        name: str,
        qualifier: str | None,
        payload: bytes,
        *,
        request_id: str,
        client_context: str | None = None,
    ) -> None:
        """Keep an event; it is durable from here on. Raises ResourceNotFound."""
        now_ms = self._clock.now_ms()
        event = WaitingEvent(request_id, qualifier, payload, now_ms, client_context)

        def work(tx: Transaction) -> None:
            find_named(tx, scope, name, qualifier, 1.0)
            tx.put(event_key(scope, name, now_ms, request_id), event.encode())

        await self._engine.run(work)
        self._metering.received(scope, name, qualifier)
        self._wake(scope, name)

    def function_changed(self, scope: Scope, name: str) -> None:
        """There may be room in it now, for as many as are tried at once."""
        lane = self._lanes.get((scope, name))
        if lane is not None:
            for _ in range(self._at_once):
                lane.hope()

    def forget(self, scope: Scope, name: str) -> None:
        """The function has gone, and its events with it."""
        lane = self._lanes.get((scope, name))
        if lane is not None:
            lane.forget()
            lane.bell.set()

    def in_hand(self) -> int:
        """How many events are being tried now."""
        return sum(len(lane.in_hand) for lane in self._lanes.values())

    # --- lanes ---------------------------------------------------------------------------------

    def _wake(self, scope: Scope, name: str) -> None:
        lane = self._lanes.get((scope, name))
        if lane is None and not self._closed:
            lane = self._lanes[scope, name] = _Lane(scope, name)
            self._tasks.spawn(f"events of {name}", self._run(lane))
        if lane is not None:
            lane.bell.set()

    async def _run(self, lane: _Lane) -> None:
        """Try events as they become due, until none is left."""
        try:
            while True:
                lane.bell.clear()
                due, next_ms = await self._engine.run(lambda tx: self._look(tx, lane))
                for key, stored in due:
                    lane.taken(key)
                    self._tasks.spawn(f"event of {lane.name}", self._handle(lane, key, stored))
                if due or lane.bell.is_set():
                    continue
                if not lane.in_hand:
                    lane.hurried.clear()  # those that are left have gone
                if next_ms is not None:
                    await wait_event(self._clock, lane.bell, next_ms - self._clock.now_ms())
                elif lane.in_hand:
                    await lane.bell.wait()
                else:
                    return
        finally:
            lane.forget()
            self._lanes.pop((lane.scope, lane.name), None)

    def _look(self, tx: Transaction, lane: _Lane) -> tuple[list[tuple[bytes, bytes]], int | None]:
        """Events to try now, and when the next one is due (None: when one in hand has ended)."""
        if len(lane.in_hand) >= self._at_once:
            return [], None
        hurried = [(key, tx.get(key)) for key in list(lane.hurried) if key not in lane.in_hand]
        if early := [(key, stored) for key, stored in hurried if stored is not None]:
            return early[: self._at_once - len(lane.in_hand)], None
        prefix = events_prefix(lane.scope, lane.name)
        now_end = event_key(lane.scope, lane.name, self._clock.now_ms() + 1, "")
        found = tx.range(prefix, now_end, limit=self._at_once, bytes_max=_PAGE_BYTES)
        due = [(key, stored) for key, stored in found if key not in lane.in_hand]
        if due:
            return due[: self._at_once - len(lane.in_hand)], None
        if len(found) == self._at_once:
            return [], None
        later = tx.range(now_end, successor(prefix), limit=1)
        next_ms = event_due_ms(lane.scope, lane.name, later[0][0]) if later else None
        return [], next_ms

    async def _handle(self, lane: _Lane, key: bytes, stored: bytes) -> None:
        event = WaitingEvent.decode(stored)
        try:
            if event.outcome:
                await self._tell(lane, key, event)
            else:
                await self._try(lane, key, event)
        except Exception:
            # Our own bug, or a disk in trouble: the event stays, and must not be tried in a circle.
            log.exception("event failed", extra={"function": lane.name, "request": event.id})
            await self._pause(lane, key, event)
        finally:
            lane.in_hand.discard(key)
            lane.bell.set()

    # --- one event -----------------------------------------------------------------------------

    async def _try(self, lane: _Lane, key: bytes, event: WaitingEvent) -> None:
        scope, name = lane.scope, lane.name
        try:
            document = await self._engine.run(lambda tx: read_function(tx, scope, name))
            config = effective_config(document, event.qualifier)
            if self._clock.now_ms() - event.sent_ms >= config.age_s * 1000:
                await self._finish(lane, key, event, config, "EventAgeExceeded", None)
                return
            age_ms = self._clock.now_ms() - event.sent_ms
            self._metering.tried(scope, name, event.qualifier, age_ms)
            answer = await self._invoker.invoke(
                scope,
                name,
                event.payload,
                qualifier=event.qualifier,
                request_id=event.id,
                client_context=event.client_context,
            )
        except ResourceNotFound as gone:
            log.warning("event dropped", extra={"function": name, "why": gone.message})
            await self._engine.run(lambda tx: tx.delete(key))
            return
        except AwsError as trouble:
            log.info("event waits", extra={"function": name, "why": trouble.message})
            await self._pause(lane, key, event, trouble)
            return
        await self._tried(lane, key, event.changed(tries=event.tries + 1), config, answer)

    async def _tried(
        self,
        lane: _Lane,
        key: bytes,
        event: WaitingEvent,
        config: InvokeConfig,
        answer: Invocation,
    ) -> None:
        if answer.error is None:
            await self._finish(lane, key, event, config, "Success", answer)
        elif event.tries <= config.retries:
            due_ms = self._clock.now_ms() + RETRY_MS * event.tries
            later = event_key(lane.scope, lane.name, due_ms, event.id)
            await self._move(key, later, event.changed(pauses=0))
        else:
            await self._finish(lane, key, event, config, "RetriesExhausted", answer)

    async def _pause(
        self, lane: _Lane, key: bytes, event: WaitingEvent, why: AwsError | None = None
    ) -> None:
        """Have it looked at again, later each time; a throttled one sooner if there is room."""
        pause_ms = min(_PAUSE_MS << min(event.pauses, 10), _PAUSE_MS_MAX)
        event = event.changed(pauses=event.pauses + 1)
        later = event_key(lane.scope, lane.name, self._clock.now_ms() + pause_ms, event.id)
        if isinstance(why, TooManyRequests) and why.when_free is not None:
            # Before it is moved: room that there is meanwhile must not be missed.
            lane.throttled[later] = None
            lane.withdrawals[why.fields.get("Reason")] = why.when_free(lane.hope)
        if not await self._move(key, later, event):
            lane.throttled.pop(later, None)

    async def _move(self, key: bytes, later: bytes, event: WaitingEvent) -> bool:
        """Have it looked at again when `later` is due. An event that has gone meanwhile, with its
        function, stays gone: False."""

        def work(tx: Transaction) -> bool:
            if tx.get(key) is None:
                return False
            tx.delete(key)
            tx.put(later, event.encode())
            return True

        return await self._engine.run(work)

    async def _finish(
        self,
        lane: _Lane,
        key: bytes,
        event: WaitingEvent,
        config: InvokeConfig,
        condition: str,
        answer: Invocation | None,
    ) -> None:
        """It has been dealt with: tell who wants to know, and forget it."""
        target = config.on_success if condition == "Success" else config.on_failure
        if condition != "Success":
            self._metering.dropped(lane.scope, lane.name, event.qualifier)
            facts = {"function": lane.name, "request": event.id, "condition": condition}
            log.warning("event given up", extra=facts | {"destination": target or "none"})
            if config.dead_letter:
                await self._bury(lane, event, config.dead_letter, answer)
        if not target:
            await self._engine.run(lambda tx: tx.delete(key))
            return
        body = outcome_body(
            request_id=event.id,
            function_arn=function_arn(lane.scope, lane.name, event.qualifier or LATEST),
            condition=condition,
            tries=event.tries,
            now_ms=self._clock.now_ms(),
            payload=event.payload,
            version=answer.executed_version if answer is not None else None,
            error=answer.error if answer is not None else None,
            answer=answer.payload if answer is not None else None,
        )
        outcome = Outcome(lane.scope, lane.name, event.id, body)
        arn = parse_destination(target)
        told = event.changed(outcome=body, target=target, pauses=0)
        work = self._telling(key, told, arn, outcome)
        for scope, name in await self._engine.run(work):
            self._wake(scope, name)

    async def _bury(
        self, lane: _Lane, event: WaitingEvent, target: str, answer: Invocation | None
    ) -> None:
        """Send an event that was given up to the function's dead-letter queue or topic, or keep it
        until that takes it. The event itself is still there: after a crash it is sent twice."""
        attributes = attributes_of(event.id, answer)
        body = event.payload.decode("utf-8", "replace")
        letter = Outcome(lane.scope, lane.name, event.id, body, attributes)
        arn, now_ms, new_id = parse_destination(target), self._clock.now_ms(), self._ids.uuid()
        kept = WaitingEvent(
            new_id, event.qualifier, b"", now_ms, None, 0, 0, body, target, attributes
        )

        def work(tx: Transaction) -> None:
            if self._destinations.is_own_queue(tx, lane.scope, arn):
                self._destinations.send_inside(tx, arn, letter)
            else:
                tx.put(event_key(lane.scope, lane.name, now_ms, new_id), kept.encode())

        try:
            await self._engine.run(work)
        except AwsError as refused:  # too long for a message
            self._metering.dead_letter_lost(lane.scope, lane.name, event.qualifier)
            facts = {"function": lane.name, "request": event.id, "why": refused.message}
            log.error("dead letter lost", extra=facts)
        lane.bell.set()

    def _telling(
        self, key: bytes, told: WaitingEvent, arn: Arn, outcome: Outcome
    ) -> Callable[[Transaction], list[tuple[Scope, str]]]:
        """Work that ends the event and tells what is of this node; or keeps what is to be told.
        Returns functions that got an event."""
        scope, now_ms, new_id = outcome.scope, self._clock.now_ms(), self._ids.uuid()

        def work(tx: Transaction) -> list[tuple[Scope, str]]:
            if arn.service == "lambda":
                tx.delete(key)
                name, qualifier = parse_function_name(scope, ":".join(("arn", *arn)))
                if tx.get(function_key(scope, name)) is None:
                    log.error("outcome lost: no such function", extra={"function": name})
                    return []
                event = WaitingEvent(new_id, qualifier, outcome.body.encode(), now_ms)
                tx.put(event_key(scope, name, now_ms, new_id), event.encode())
                return [(scope, name)]
            if self._destinations.is_own_queue(tx, scope, arn):
                tx.delete(key)
                try:
                    self._destinations.send_inside(tx, arn, outcome)
                except AwsError as refused:  # too long for a message
                    facts = {"function": outcome.function, "why": refused.message}
                    log.error("outcome lost", extra=facts)
            else:
                tx.put(key, told.encode())
            return []

        return work

    async def _tell(self, lane: _Lane, key: bytes, event: WaitingEvent) -> None:
        """Send a kept outcome to where it belongs, outside of this node."""
        letter = event.attributes or {}
        outcome = Outcome(lane.scope, lane.name, event.id, event.outcome, letter)
        try:
            await self._destinations.send_outside(parse_destination(event.target), outcome)
        except CallFailed as trouble:
            count = self._metering.dead_letter_lost if letter else self._metering.undelivered
            count(lane.scope, lane.name, event.qualifier)
            facts = {"function": lane.name, "destination": event.target, "why": trouble.text}
            if event.pauses + 1 >= _SENDS_MAX:
                log.error("outcome given up", extra=facts)
            else:
                log.warning("outcome not taken", extra=facts)
                await self._pause(lane, key, event)
                return
        await self._engine.run(lambda tx: tx.delete(key))


def _functions_with_events(tx: Transaction) -> list[tuple[Scope, str]]:
    found = []
    start, end = all_events_prefix(), successor(all_events_prefix())
    while entries := tx.range(start, end, limit=1):
        account, region, rest = entries[0][0][1:].split(b"/", 2)
        scope, name = Scope(account.decode(), region.decode()), rest.split(b"\0", 1)[0].decode()
        found.append((scope, name))
        start = successor(events_prefix(scope, name))
    return found
