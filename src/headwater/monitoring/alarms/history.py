"""What happened to alarms: kept for fourteen days, or as many entries of each alarm."""

from typing import Any, Final, NamedTuple

import orjson

from headwater.arns import Scope
from headwater.monitoring.alarms.alarm import Alarm, State
from headwater.monitoring.alarms.reasons import moment
from headwater.storage import keyspace, monitoring_keys
from headwater.storage.engine import Transaction
from headwater.storage.sequence import ms_of

CONFIGURATION: Final = "ConfigurationUpdate"
STATE: Final = "StateUpdate"
ACTION: Final = "Action"
KEPT_MS: Final = 14 * 24 * 60 * 60 * 1000
ENTRIES_MAX: Final = 1000


class Entry(NamedTuple):
    """One thing that happened. data: JSON-ready"""

    alarm: str
    kind: str
    summary: str
    data: dict[str, Any]
    at_ms: int

    def shown(self) -> dict[str, Any]:
        """An AlarmHistoryItem, as answers have it."""
        return {
            "AlarmName": self.alarm,
            "AlarmType": "MetricAlarm",
            "Timestamp": self.at_ms / 1000,
            "HistoryItemType": self.kind,
            "HistorySummary": self.summary,
            "HistoryData": orjson.dumps(self.data).decode(),
        }


def note(
    tx: Transaction,
    scope: Scope,
    alarm: str,
    kind: str,
    summary: str,
    data: dict[str, Any],
    now_ms: int,
) -> None:
    """Add an entry, and forget those that are too old or too many."""
    entry = Entry(alarm, kind, summary, {"version": "1.0", **data}, now_ms)
    prefix = monitoring_keys.alarm_history_prefix(scope, alarm)
    known = tx.range(prefix, keyspace.successor(prefix))
    for key, _ in known[: max(0, len(known) + 1 - ENTRIES_MAX)]:
        tx.delete(key)
    for key, _ in known:
        if now_ms - ms_of(int.from_bytes(key[-8:], "big")) > KEPT_MS:
            tx.delete(key)
    key = monitoring_keys.alarm_history_key(scope, alarm, tx.sequence())
    tx.put(key, orjson.dumps(tuple(entry)))


def note_turn(
    tx: Transaction, scope: Scope, alarm: str, old: State, new: State, now_ms: int
) -> None:
    """Add the entry of a change of state."""
    summary = f"Alarm updated from {old.value} to {new.value}"
    data = {"oldState": _shown(old), "newState": _shown(new)}
    note(tx, scope, alarm, STATE, summary, data, now_ms)


def configuration(alarm: Alarm) -> dict[str, Any]:
    """What an entry tells of an alarm that was created, updated or deleted. Source: recorded."""
    config = alarm.config
    shown: dict[str, Any] = {
        "alarmName": alarm.name,
        "alarmArn": alarm.arn,
        "alarmConfigurationUpdatedTimestamp": moment(alarm.changed_ms),
        "stateValue": alarm.state.value,
        "stateUpdatedTimestamp": moment(alarm.updated_ms),
        "okactions": config["OKActions"],
    }
    for name, value in config.items():
        if name == "Dimensions":
            shown["dimensions"] = [{"value": one["Value"], "name": one["Name"]} for one in value]
        elif name == "Threshold":
            shown["threshold"] = float(value)
        elif name != "OKActions":
            shown[name[0].lower() + name[1:]] = value
    return shown


def read_history(tx: Transaction, scope: Scope, alarm: str | None) -> list[tuple[bytes, Entry]]:
    """The entries of an alarm, or of all, oldest first, with their keys."""
    prefix = monitoring_keys.alarm_history_prefix(scope, alarm)
    found = [
        (key, Entry(*orjson.loads(data)))
        for key, data in tx.range(prefix, keyspace.successor(prefix))
    ]
    return sorted(found, key=lambda entry: entry[0][-8:])


def _shown(state: State) -> dict[str, Any]:
    shown = {"stateValue": state.value, "stateReason": state.reason}
    return {**shown, "stateReasonData": orjson.loads(state.data)} if state.data else dict(shown)
