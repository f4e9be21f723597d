"""What a view over all time came to, minute by minute, for three hours: what a chart begins with.

The first change after a point sets a timer for the end of its minute, and what the view has come
to is stored then. So a step writes nothing of this, a view that stands still costs nothing, and a
minute without a point was as the one before it. Of a view with groups the greatest are kept, by its
first number; of one with very many, none, since all would have to be looked at each minute.
"""

import logging
from functools import partial
from heapq import nlargest
from typing import Any, Final

import orjson

from headwater.clock import sleep_ms
from headwater.consumers.doorbell import Doorbell
from headwater.consumers.views.answers import weight
from headwater.consumers.views.definition import TOP, Definition
from headwater.consumers.views.document import BUILDING, View, current
from headwater.consumers.views.results import Group, Results, shown
from headwater.consumers.views.windows import ALL_TIME
from headwater.consumers.views.worker import Worker
from headwater.storage import view_keys
from headwater.storage.engine import Transaction

log = logging.getLogger("headwater.views")

MINUTE_MS: Final = 60_000
KEPT_MS: Final = 3 * 60 * MINUTE_MS
GROUPS: Final = 8
LOOKED_AT_MAX: Final = 1000  # groups, each minute


def has_history(definition: Definition) -> bool:
    """Windows are a history of their own; lists of the most frequent have no line."""
    return definition.windows is None and bool(_numbers(definition))


async def keep_history(worker: Worker) -> None:
    """Store points until the view is gone. What fails is tried with the next change."""
    engine, clock = worker.parts.engine, worker.parts.clock
    bell = Doorbell()
    bell.ring()  # the minute that ran when the node ended has no point yet
    with worker.watched(bell):
        while True:
            await bell.wait(clock)
            now_ms = clock.now_ms()
            end_ms = now_ms - now_ms % MINUTE_MS + MINUTE_MS
            await sleep_ms(clock, end_ms - now_ms)
            bell.answer()
            note = partial(_note, known=worker.view, results=worker.results, at_ms=end_ms)
            try:
                if not await engine.run(note):
                    return
            except Exception:
                log.exception("view history failed", extra={"view": worker.view.name})


def _note(tx: Transaction, known: View, results: Results, at_ms: int) -> bool:
    """Store a point, and forget those that are too old; False if the view is gone."""
    view = current(tx, known)
    if view is None:
        return False
    if view.status == BUILDING:
        return True
    for key, _ in tx.range(
        view_keys.view_history_prefix(view.id),
        view_keys.view_history_key(view.id, max(0, at_ms - KEPT_MS)),
    ):
        tx.delete(key)
    groups = _greatest(tx, results)
    if groups:
        point = [_shown(results.definition, group) for group in groups]
        tx.put(view_keys.view_history_key(view.id, at_ms), orjson.dumps(point))
    return True


def _greatest(tx: Transaction, results: Results) -> list[Group]:
    definition = results.definition
    if not definition.by:
        return [results.group(tx, (ALL_TIME,), b"") or results.nothing()]
    if results.store.count_groups(tx, ALL_TIME, LOOKED_AT_MAX + 1) > LOOKED_AT_MAX:
        return []
    first = _numbers(definition)[0]
    groups = results.groups(tx, (ALL_TIME,))
    return nlargest(GROUPS, groups, key=lambda group: weight(group.values[first]))


def _numbers(definition: Definition) -> list[str]:
    return [one.name for one in definition.aggregates if one.kind != TOP]


def _shown(definition: Definition, group: Group) -> dict[str, Any]:
    told = shown(definition, group)
    told["values"] = {name: told["values"][name] for name in _numbers(definition)}
    return told


def history_of(tx: Transaction, view: View, now_ms: int) -> dict[str, Any]:
    """{"every_ms": 60000, "points": [{"at_ms": N, "groups": [as an answer has them]}]}, oldest
    first; without the minute that runs, which the view itself tells."""
    start = view_keys.view_history_key(view.id, max(0, now_ms - KEPT_MS))
    end = view_keys.view_history_key(view.id, now_ms + 1)
    points = [
        {"at_ms": view_keys.view_history_at(key), "groups": orjson.Fragment(data)}
        for key, data in tx.range(start, end)
    ]
    return {"every_ms": MINUTE_MS, "now_ms": now_ms, "points": points}
