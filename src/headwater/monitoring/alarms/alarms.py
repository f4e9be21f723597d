"""All alarms of a node: changed by requests, judged when a minute is over, told by actions.

Judging goes on each minute while an alarm may still change: while it has datapoints in its
periods, or after one that changed. Then it waits for the next value of any metric.
"""

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from headwater.arns import Scope
from headwater.clock import Clock
from headwater.errors import AwsError, NoSuchResource
from headwater.loops import Tasks
from headwater.monitoring.alarms.actions import ACTIONS_OF, Actions
from headwater.monitoring.alarms.alarm import Alarm, State
from headwater.monitoring.alarms.history import (
    ACTION,
    CONFIGURATION,
    configuration,
    note,
    note_turn,
)
from headwater.monitoring.alarms.judgement import EXTRA, judge
from headwater.monitoring.alarms.messages import Turn
from headwater.monitoring.alarms.reasons import state_of
from headwater.monitoring.points import MINUTE_S
from headwater.monitoring.queries import Span, run_and_look
from headwater.monitoring.statistics import resolution_of
from headwater.storage import keyspace, monitoring_keys
from headwater.storage.engine import Engine, Transaction

log = logging.getLogger("headwater.monitoring")

_AHEAD_S: Final = 2 * 60 * 60


class Alarms:
    """wake: has `judge_all` called when this minute is over"""

    def __init__(
        self, engine: Engine, clock: Clock, actions: Actions, wake: Callable[[], None]
    ) -> None:
        self._engine = engine
        self._clock = clock
        self.actions = actions
        self._wake = wake
        self._tasks = Tasks()

    async def close(self) -> None:
        """Actions that are under way are given up."""
        await self._tasks.close()

    # --- what is asked for -----------------------------------------------------------------------

    def put(
        self, tx: Transaction, scope: Scope, name: str, config: dict[str, Any], tags: dict[str, str]
    ) -> None:
        """Make an alarm, or give one another configuration; its state stays, and its tags."""
        now_ms = self._clock.now_ms()
        stored = tx.get(monitoring_keys.alarm_key(scope, name))
        if stored is None:
            alarm = Alarm(scope, name, config, now_ms, State(), now_ms, now_ms, tags)
        else:
            alarm = replace(Alarm.decode(stored), config=config, changed_ms=now_ms)
        self._store(tx, alarm)
        done = "created" if stored is None else "updated"
        self._note_change(tx, alarm, done)

    def change(
        self, tx: Transaction, alarm: Alarm, config: dict[str, Any], tags: dict[str, str]
    ) -> None:
        """Store other members of an alarm's configuration, or tags."""
        changed = replace(alarm, config=config, tags=tags)
        self._store(tx, changed)
        if config != alarm.config:
            self._note_change(tx, changed, "updated")

    def delete(self, tx: Transaction, alarm: Alarm) -> None:
        """Its history stays."""
        tx.delete(alarm.key)
        self._note_change(tx, alarm, "deleted")

    def set_state(self, tx: Transaction, alarm: Alarm, state: State) -> None:
        """Until it is judged the next time."""
        now_ms = self._clock.now_ms()
        turned = alarm.turned(state, now_ms)
        self._store(tx, turned)
        if state.value != alarm.state.value:
            note_turn(tx, alarm.scope, alarm.name, alarm.state, state, now_ms)
            tx.after_commit(lambda: self._act(Turn(turned, alarm.state, now_ms)))

    def _store(self, tx: Transaction, alarm: Alarm) -> None:
        tx.put(alarm.key, alarm.encode())
        tx.after_commit(self._wake)

    def _note_change(self, tx: Transaction, alarm: Alarm, done: str) -> None:
        summary = f'Alarm "{alarm.name}" {done}'
        kind = {"created": "Create", "deleted": "Delete"}.get(done, "Update")
        data = {"type": kind, f"{done}Alarm": configuration(alarm)}
        note(tx, alarm.scope, alarm.name, CONFIGURATION, summary, data, self._clock.now_ms())

    # --- judging ---------------------------------------------------------------------------------

    def minute_over(self) -> None:
        """Judge all alarms now."""
        self._tasks.spawn("judge alarms", self._judge_all())

    async def _judge_all(self) -> None:
        try:
            turns, goes_on = await self._engine.run(self._judge)
        except Exception:
            log.exception("alarms are not judged")
            return
        for turn in turns:
            facts = {"alarm": turn.alarm.name, "state": turn.alarm.state.value}
            log.info("alarm changed", extra=facts | {"why": turn.alarm.state.reason})
            self._act(turn)
        if goes_on:
            self._wake()

    def _judge(self, tx: Transaction) -> tuple[list[Turn], bool]:
        """The alarms that changed, and whether another may without another value."""
        turns: list[Turn] = []
        goes_on = False
        now_ms = self._clock.now_ms()
        for alarm in every_alarm(tx):
            try:
                state, has_data = _judged(tx, alarm, now_ms)
            except AwsError as why:
                # The form was checked; what only the data shows is its reason to know nothing.
                state, has_data = State("INSUFFICIENT_DATA", why.message), False
            goes_on = goes_on or has_data
            if state is None or state.value == alarm.state.value:
                continue
            turned = alarm.turned(state, now_ms)
            tx.put(turned.key, turned.encode())
            note_turn(tx, alarm.scope, alarm.name, alarm.state, state, now_ms)
            turns.append(Turn(turned, alarm.state, now_ms))
        return turns, goes_on or bool(turns)

    # --- acting ----------------------------------------------------------------------------------

    def _act(self, turn: Turn) -> None:
        config = turn.alarm.config
        if config["ActionsEnabled"]:
            for action in config[ACTIONS_OF[turn.alarm.state.value]]:
                name = f"action of alarm {turn.alarm.name}"
                self._tasks.spawn(name, self._act_and_note(action, turn))

    async def _act_and_note(self, action: str, turn: Turn) -> None:
        why = await self.actions.run(action, turn)
        summary = f"{'Failed to execute' if why else 'Successfully executed'} action {action}"
        state = {"actionState": "Failed", "error": why} if why else {"actionState": "Succeeded"}
        data = {**state, "notificationResource": action}
        alarm, now_ms = turn.alarm, self._clock.now_ms()
        await self._engine.run(
            lambda tx: note(tx, alarm.scope, alarm.name, ACTION, summary, data, now_ms)
        )


def find_alarm(tx: Transaction, scope: Scope, name: str) -> Alarm:
    """Raises NoSuchResource."""
    stored = tx.get(monitoring_keys.alarm_key(scope, name))
    if stored is None:
        raise NoSuchResource("The named alarm does not exist.")
    return Alarm.decode(stored)


def every_alarm(tx: Transaction, scope: Scope | None = None) -> list[Alarm]:
    """All alarms of a scope, or of all, by name."""
    prefix = (
        monitoring_keys.all_alarms_prefix()
        if scope is None
        else monitoring_keys.alarms_prefix(scope)
    )
    return [Alarm.decode(data) for _, data in tx.range(prefix, keyspace.successor(prefix))]


def _judged(tx: Transaction, alarm: Alarm, now_ms: int) -> tuple[State | None, bool]:
    """The state an alarm is in now (None: the one it was in), and whether it has datapoints."""
    rule, period_s, now_s = alarm.rule, alarm.period_s, now_ms // 1000
    looked_at = rule.periods + EXTRA
    resolution_s = resolution_of(period_s, now_s - now_s % MINUTE_S - looked_at * period_s, now_s)
    end_s = now_s - now_s % resolution_s
    start_s = end_s - looked_at * period_s
    span = Span(start_s, end_s + _AHEAD_S, now_s)
    results, has_data = run_and_look(tx, alarm.scope, alarm.queries, span)
    found = results[0].line.values if results else {}
    values = [found.get(start_s + index * period_s) for index in range(looked_at)]
    judgement = judge(values, rule)
    if judgement.state is None:
        return None, has_data
    state = state_of(alarm, judgement.state, judgement, values, start_s, now_ms)
    return state, has_data
