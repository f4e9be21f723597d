"""Restores: a new table made of a backup, or of another table as it was at a moment.

The table is CREATING until all its items are there, and no item operation finds it before. Every
step stores how far it has come with what it has written.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from headwater.arns import Scope
from headwater.backups.document import (
    IN_PROGRESS,
    RESTORE,
    Backup,
    Job,
    decode_backup,
    drop_job,
    load_job,
    new_id,
    put_job,
    scope_of,
)
from headwater.backups.point_in_time import after_moment, work_user
from headwater.backups.rewind import STEP_ENTRIES, Gathering, NewTable, Rewind, rewind_step
from headwater.ids import Ids
from headwater.storage import keyspace
from headwater.storage.engine import Transaction
from headwater.storage.identifiers import take_id
from headwater.tables.catalog import Catalog
from headwater.tables.definition import change, create, drop, need_log, release_log
from headwater.tables.schema import ACTIVE, CREATING, Schema, Table

_STEP_BYTES = 256 * 1024

# What a restored table has of its source beside keys, indexes and throughput. Source: AWS,
# developer guide, "Restoring a table": no stream, TTL, tags, policies, recovery or protection.
_KEPT_SETTINGS = ("TableClass", "OnDemandThroughput", "WarmThroughput", "OnDemandSinceMs", "SSE")


def restored_schema(source: Schema, summary: Mapping[str, Any]) -> Schema:
    """What a restored table takes over from its source.

    summary  RestoreSummary, without whether it is in progress
    """
    settings = {name: source.settings[name] for name in _KEPT_SETTINGS if name in source.settings}
    settings["RestoreSummary"] = {**summary, "RestoreInProgress": True}
    return replace(
        source,
        indexes=tuple(replace(index, status=ACTIVE) for index in source.indexes),
        status=CREATING,
        settles_ms=None,
        stream_label=None,
        stream_view=None,
        log_label=None,
        log_users=(),
        ttl_name=None,
        ttl_filled=True,
        settings=settings,
    )


def new_table(
    tx: Transaction, catalog: Catalog, ids: Ids, now_ms: int, schema: Schema, name: str
) -> Table:
    """A table in CREATING, of a schema that stands for its form only."""
    made = replace(
        schema, name=name, id=take_id(tx), uuid=ids.uuid(), created_ms=now_ms, status=CREATING
    )
    return create(tx, catalog, ids, now_ms, made, None)


def begin_from_backup(tx: Transaction, ids: Ids, now_ms: int, backup: Backup, target: Table) -> Job:
    """target: as `new_table` made it."""
    replace(backup, restoring=(*backup.restoring, target.name)).put(tx)
    job = _job(ids, now_ms, target) | {"backup": [backup.table, backup.id], "after": ""}
    put_job(tx, RESTORE, job)
    return job


def begin_from_table(
    tx: Transaction,
    catalog: Catalog,
    ids: Ids,
    now_ms: int,
    source: Table,
    moment_ms: int,
    target: Table,
) -> Job:
    """moment_ms: within point_in_time.window."""
    job = _job(ids, now_ms, target) | {"source": [source.name, source.schema.id]}
    need_log(tx, catalog, ids, now_ms, source, _user(job))
    put_job(tx, RESTORE, job | {"rewind": Rewind(after_moment(tx, moment_ms)).encode()})
    return job


def restore_step(tx: Transaction, catalog: Catalog, ids: Ids, now_ms: int, begun: Job) -> bool:
    """One step; True when there is no more to do. Raises ServiceUnavailable when the disk is nearly
    full."""
    job = load_job(tx, RESTORE, scope_of(begun), begun["table"], begun["id"])
    if job is None:
        return True
    target = _table(tx, catalog, scope_of(job), job["table"], job["table_id"])
    if target is None:
        _end(tx, catalog, ids, now_ms, job)
        return True
    tx.require_room()
    if "backup" in job:
        return _step_from_backup(tx, catalog, ids, now_ms, job, target)
    return _step_from_table(tx, catalog, ids, now_ms, job, target)


def _step_from_backup(
    tx: Transaction, catalog: Catalog, ids: Ids, now_ms: int, job: Job, target: Table
) -> bool:
    backup = _backup(tx, job)
    if backup is None:
        give_up_restore(tx, catalog, ids, now_ms, job)
        return True
    gathering, sink = Gathering(backup.gathering), NewTable(target, now_ms)
    found = gathering.page(tx, bytes.fromhex(job["after"]), STEP_ENTRIES, _STEP_BYTES)
    for key, value in found:
        sink.copy(tx, key[len(gathering.prefix) :], value)
    if found:
        put_job(tx, RESTORE, job | {"after": found[-1][0].hex()})
        return False
    _activate(tx, catalog, target)
    _end(tx, catalog, ids, now_ms, job)
    return True


def _step_from_table(
    tx: Transaction, catalog: Catalog, ids: Ids, now_ms: int, job: Job, target: Table
) -> bool:
    source = _table(tx, catalog, scope_of(job), *job["source"])
    if source is None:
        give_up_restore(tx, catalog, ids, now_ms, job)
        return True
    at = rewind_step(tx, source, Rewind.decode(job["rewind"]), NewTable(target, now_ms))
    if at is not None:
        put_job(tx, RESTORE, job | {"rewind": at.encode()})
        return False
    _activate(tx, catalog, target)
    _end(tx, catalog, ids, now_ms, job)
    return True


def give_up_restore(tx: Transaction, catalog: Catalog, ids: Ids, now_ms: int, job: Job) -> None:
    """Leave nothing of a restore that cannot be finished."""
    target = _table(tx, catalog, scope_of(job), job["table"], job["table_id"])
    if target is not None:
        drop(tx, catalog, target, now_ms)
    _end(tx, catalog, ids, now_ms, job)


def _end(tx: Transaction, catalog: Catalog, ids: Ids, now_ms: int, job: Job) -> None:
    """Let go of what the restore was made of."""
    if "backup" in job:
        backup = _backup(tx, job)
        if backup is not None:
            left = tuple(name for name in backup.restoring if name != job["table"])
            replace(backup, restoring=left).put(tx)
    else:
        source = _table(tx, catalog, scope_of(job), *job["source"])
        if source is not None:
            release_log(tx, catalog, ids, now_ms, source, _user(job))
    drop_job(tx, RESTORE, job)


def _activate(tx: Transaction, catalog: Catalog, target: Table) -> None:
    settings = dict(target.schema.settings)
    settings["RestoreSummary"] = settings["RestoreSummary"] | {"RestoreInProgress": False}
    change(tx, catalog, target, replace(target.schema, status=ACTIVE, settings=settings))


def _table(tx: Transaction, catalog: Catalog, scope: Scope, name: str, number: int) -> Table | None:
    """The very table that was meant: another of its name is not it."""
    table = catalog.find(tx, scope, name)
    return table if table is not None and table.schema.id == number else None


def _backup(tx: Transaction, job: Job) -> Backup | None:
    data = tx.get(keyspace.backup_key(scope_of(job), *job["backup"]))
    return None if data is None else decode_backup(data)


def _job(ids: Ids, now_ms: int, target: Table) -> Job:
    return {
        "id": new_id(ids, now_ms),
        "scope": list(target.scope),
        "table": target.name,
        "table_id": target.schema.id,
        "status": IN_PROGRESS,
    }


def _user(job: Job) -> str:
    return work_user("restore", job["id"])
