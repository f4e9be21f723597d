"""Point-in-time recovery: how far back a table's changes are kept, and so where it can go back to.

While it is on, the table has a log (tables/log.py), whose records the sweep leaves alone for the
recovery period. Readers of the table's stream are shown no more of them than ever. The latest
moment is now, where AWS lags about five minutes behind. Source: AWS, developer guide,
"Point-in-time backups for DynamoDB"; API reference, PointInTimeRecoveryDescription.
"""

from dataclasses import replace
from typing import NamedTuple

from headwater.changelog.shards import Shard
from headwater.changelog.stream import Stream, later_streams, load_shards
from headwater.ids import Ids
from headwater.storage.engine import Transaction
from headwater.storage.sequence import at_ms, ms_of
from headwater.tables.catalog import Catalog
from headwater.tables.definition import change, need_log, release_log
from headwater.tables.schema import Schema, Table

DAYS_MAX = 35

_DAY_MS = 24 * 60 * 60 * 1000
_USER = "pitr"
_SETTING = "PointInTimeRecovery"
# Whoever goes back to the first moment there is still has so long to finish.
_SLACK_MS = _DAY_MS


class Window(NamedTuple):
    """Moments a table can go back to, both included, in milliseconds since the epoch."""

    earliest_ms: int
    latest_ms: int

    def holds(self, moment_ms: int) -> bool:
        return self.earliest_ms <= moment_ms <= self.latest_ms


def days_of(schema: Schema) -> int | None:
    """The recovery period; None while point-in-time recovery is off."""
    setting = schema.settings.get(_SETTING)
    return None if setting is None else int(setting["Days"])


def turn_on(
    tx: Transaction, catalog: Catalog, ids: Ids, now_ms: int, table: Table, days: int
) -> Table:
    """Keep changes for `days` days from now on; of what is kept already, nothing is lost before
    its time, and nothing that was forgotten comes back with a longer period."""
    setting = table.schema.settings.get(_SETTING)
    since_ms = now_ms
    if setting is not None:
        since_ms = max(setting["SinceMs"], now_ms - setting["Days"] * _DAY_MS)
    settings = {**table.schema.settings, _SETTING: {"Days": days, "SinceMs": since_ms}}
    if setting is None:
        table = need_log(tx, catalog, ids, now_ms, table, _USER)
    return change(tx, catalog, table, replace(table.schema, settings=settings))


def turn_off(tx: Transaction, catalog: Catalog, ids: Ids, now_ms: int, table: Table) -> Table:
    """Keep no more than the table's stream needs."""
    if days_of(table.schema) is None:
        return table
    table = release_log(tx, catalog, ids, now_ms, table, _USER)
    settings = {name: held for name, held in table.schema.settings.items() if name != _SETTING}
    return change(tx, catalog, table, replace(table.schema, settings=settings))


def window(tx: Transaction, table: Table, now_ms: int) -> Window | None:
    """Where the table can go back to; None while point-in-time recovery is off."""
    setting = table.schema.settings.get(_SETTING)
    if setting is None:
        return None
    earliest_ms = max(setting["SinceMs"], now_ms - setting["Days"] * _DAY_MS)
    trimmed = max((shard.trimmed for shard in history(tx, table)), default=0)
    if trimmed:
        earliest_ms = max(earliest_ms, ms_of(trimmed) + 1)
    return Window(earliest_ms, now_ms)


def after_moment(tx: Transaction, moment_ms: int) -> int:
    """The sequence above which every change lies that a table has seen since `moment_ms`; the
    changes of that millisecond itself, as far as they are made, belong to the state at it."""
    return min(at_ms(moment_ms + 1) - 1, tx.sequence())


def history(tx: Transaction, table: Table) -> list[Shard]:
    """Every shard that keeps changes of the table, of all its streams, newest first.

    A shard is closed before its children open, and a stream before the next one, so no change of
    an item lies further on than an older one of the same item.
    """
    streams = later_streams(tx, table.scope, table.name, table.schema.id, 0)
    shards = [shard for stream in streams for shard in load_shards(tx, stream)]
    return sorted(shards, key=lambda shard: -shard.starting)


def kept_ms_of(tx: Transaction, catalog: Catalog, stream: Stream) -> int:
    """How long the changes in a stream are to be kept beside what its readers are shown."""
    table = catalog.find(tx, stream.scope, stream.table)
    if table is None or table.schema.id != stream.table_id:
        return 0
    return kept_ms(table.schema)


def kept_ms(schema: Schema) -> int:
    """How long changes of a table are kept for going back; 0 if for nothing."""
    days = days_of(schema)
    if is_busy(schema):
        days = DAYS_MAX
    return 0 if days is None else days * _DAY_MS + _SLACK_MS


# --- what is under way -------------------------------------------------------------------------


def work_user(kind: str, number: str) -> str:
    """The name by which a backup, restore or export that is under way needs a table's log."""
    return f"{kind}/{number}"


def is_busy(schema: Schema) -> bool:
    """Whether a backup, restore or export of the table is under way."""
    return any(user.startswith(("backup/", "restore/", "export/")) for user in schema.log_users)
