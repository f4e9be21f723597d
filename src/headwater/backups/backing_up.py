"""Backups: a table's items as they were when CreateBackup was answered, in the same database.

A backup is of the moment of its request. Its items are copied afterwards, in steps, and what was
written meanwhile is undone in the copy (rewind.py); for that the table has a log until the backup
is there. The copy belongs to nobody else: it stays when its table is deleted.
"""

from dataclasses import replace

import orjson

from headwater.backups.document import AVAILABLE, CREATING, DELETED, Backup, decode_backup, new_id
from headwater.backups.point_in_time import work_user
from headwater.backups.rewind import Gathering, Rewind, rewind_step
from headwater.errors import BackupInUse
from headwater.ids import Ids
from headwater.storage.engine import Transaction
from headwater.storage.identifiers import take_id
from headwater.tables.catalog import Catalog
from headwater.tables.definition import need_log, release_log
from headwater.tables.schema import Table


def begin_backup(
    tx: Transaction, catalog: Catalog, ids: Ids, now_ms: int, table: Table, name: str
) -> Backup:
    """The backup of this moment, still to be copied."""
    gathering = take_id(tx)
    items, size = tx.counter(table.counter_key)
    backup = Backup(
        scope=table.scope,
        table=table.name,
        id=new_id(ids, now_ms),
        name=name,
        created_ms=now_ms,
        status=CREATING,
        gathering=gathering,
        items=items,
        size=size,
        schema=orjson.loads(table.schema.encode()),
    )
    need_log(tx, catalog, ids, now_ms, table, _user(backup))
    backup = replace(backup, rewind=Rewind(tx.sequence()).encode())
    backup.put(tx)
    return backup


def backup_step(tx: Transaction, catalog: Catalog, ids: Ids, now_ms: int, begun: Backup) -> bool:
    """One step of copying; True when there is no more to do."""
    backup = _current(tx, begun)
    if backup is None or backup.status != CREATING:
        return True
    table = catalog.find(tx, backup.scope, backup.table)
    if table is None or table.schema.id != backup.source.id:
        # Its table was taken away by force, and there is nothing to go back with.
        drop_backup(tx, backup)
        return True
    assert backup.rewind is not None
    at = rewind_step(tx, table, Rewind.decode(backup.rewind), Gathering(backup.gathering))
    if at is not None:
        replace(backup, rewind=at.encode()).put(tx)
        return False
    replace(backup, rewind=None, status=AVAILABLE).put(tx)
    release_log(tx, catalog, ids, now_ms, table, _user(backup))
    return True


def give_up_backup(tx: Transaction, catalog: Catalog, ids: Ids, now_ms: int, begun: Backup) -> None:
    """Leave nothing of a backup that cannot be finished."""
    backup = _current(tx, begun)
    if backup is not None:
        drop_backup(tx, backup)
    table = catalog.find(tx, begun.scope, begun.table)
    if table is not None and table.schema.id == begun.source.id:
        release_log(tx, catalog, ids, now_ms, table, _user(begun))


def delete_backup(tx: Transaction, backup: Backup) -> Backup:
    """Forget a backup with its items. Raises BackupInUse while it is made or restored from."""
    if backup.status == CREATING or backup.restoring:
        raise BackupInUse(f"Backup is in use: {backup.arn}")
    drop_backup(tx, backup)
    return replace(backup, status=DELETED)


def drop_backup(tx: Transaction, backup: Backup) -> None:
    """Forget it whatever it is used for."""
    Gathering(backup.gathering).drop(tx)
    tx.delete(backup.key)


def _current(tx: Transaction, backup: Backup) -> Backup | None:
    data = tx.get(backup.key)
    return None if data is None else decode_backup(data)


def _user(backup: Backup) -> str:
    return work_user("backup", backup.id)
