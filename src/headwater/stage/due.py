"""What happens next by itself on a virtual clock: the timers that are set, in words.

A timer knows the name of the task that waits for it, or of the action that it calls (clock.py);
this file says what those names mean to people. A name it does not know is told as it is.
"""

from collections.abc import Mapping
from typing import Any, Final

from headwater.clock import ManualClock
from headwater.moments import iso

SHOWN: Final = 12
_LOOKED_AT: Final = 400  # timers; many say the same
_FAR_MS: Final = 300 * 24 * 60 * 60 * 1000  # who waits so long has nothing to do

_ACTIONS: Final = {
    "Keeper._minute_over": "metrics of the minute are stored, and alarms judged",
    "Pool._sweep_idle": "processes of functions that had nothing to do are ended",
    "LogStore.start": "old lines of functions' logs are dropped",
    "shard keeper": "shards are looked at: a busy one is split, an old one followed by another",
    "ttl": "the time to live of an item ends, and it is deleted",
    "settler": "a table or an index becomes what it was asked to be",
    "sweep": "change records older than 24 hours are dropped",
    "sweep tombstones": "marks of items that replicas have deleted are dropped",
    "Doorbell._wake": "who waits for changes tries again, or its window ends",
    "queues": "messages past their retention are dropped",
}
_TASKS: Final = (
    ("history of view ", "points are added to the charts of views"),
    ("view ", "view {}: a window ends or is dropped, or an alert has held long enough"),
    ("notices of alert ", "alert {} is told again"),
    ("kinesis", "changes for a Kinesis stream are sent again, or looked for"),
    ("events of ", "an asynchronous event of function {} is tried again, or given up"),
    ("courier to ", "messages to {} are tried again"),
    ("link ", "the link {} is tried again, or looked at"),
    ("action of alarm ", "an action of alarm {} is tried again"),
)
_PHASES: Final = {
    "window": "its batching window ends",
    "pause": "its batch is tried again",
    "idle": "its window ends, or its position is stored",
}


def due(clock: ManualClock, mappings: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The next things that are due, each with its moment; what says the same is told once.

    mappings  their states, as Mappings.status() tells them
    """
    known = {status["uuid"]: status for status in mappings}
    now_ms = clock.now_ms()
    told: dict[str, int] = {}
    for when_ms, owner in clock.due(_LOOKED_AT):
        if when_ms - now_ms < _FAR_MS:
            told.setdefault(words(owner, known), when_ms)
    first = list(told.items())[:SHOWN]
    return [{"what": what, "at": iso(at_ms), "at_ms": at_ms} for what, at_ms in first]


def words(owner: str, mappings: Mapping[str, dict[str, Any]]) -> str:
    """What the timer of `owner` is about.

    mappings  states of mappings by their UUID

    >>> words("courier to q", {}), words("ttl", {})[:16], words("unheard of", {})
    ('messages to q are tried again', 'the time to live', 'unheard of')
    """
    if owner in _ACTIONS:
        return _ACTIONS[owner]
    if owner.startswith("mapping/"):
        return _of_mapping(owner, mappings)
    for start, text in _TASKS:
        if owner.startswith(start):
            return text.format(owner.removeprefix(start))
    if owner == "Doorbell.ring" or owner.endswith(("<locals>.wake", "<locals>.give_up")):
        return "a request that waits is answered"
    return owner


def _of_mapping(owner: str, mappings: Mapping[str, dict[str, Any]]) -> str:
    uuid, _, shard = owner.removeprefix("mapping/").partition(" ")
    status = mappings.get(uuid)
    if status is None:
        return "a mapping looks for changes"
    lanes = {lane["shard_id"]: lane["phase"] for lane in status["lanes"]}
    phase = _PHASES.get(lanes.get(shard, ""), "it looks for changes")
    return f"the mapping of function {status['function']}: {phase}"
