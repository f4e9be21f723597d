"""Documents of backups, restores, exports and imports: their names, and where they are kept.

A document is stored as JSON with everything its work needs to go on after a crash. This file
knows how they are found; what is done with them is in the files named after the work.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import orjson

from headwater.arns import Scope, parse_arn, table_arn
from headwater.ids import Ids
from headwater.storage import keyspace
from headwater.storage.engine import Transaction
from headwater.tables.schema import Schema

EXPORT, IMPORT, RESTORE = b"e", b"i", b"r"
WORDS = {EXPORT: "export", IMPORT: "import"}

CREATING, AVAILABLE, DELETED = "CREATING", "AVAILABLE", "DELETED"
IN_PROGRESS, COMPLETED, FAILED = "IN_PROGRESS", "COMPLETED", "FAILED"


def new_id(ids: Ids, now_ms: int) -> str:
    """14 digits, a dash and 8 hexadecimal digits, as AWS names backups, exports and imports."""
    return f"{now_ms:014d}-{ids.hex(8)}"


@dataclass(frozen=True, slots=True)
class Backup:
    """One backup, as stored.

    gathering  names its items on disk
    schema     the table's document at that moment
    rewind     how far the copy has come, while status is CREATING
    restoring  names of the tables that are being made of it
    """

    scope: Scope
    table: str
    id: str
    name: str
    created_ms: int
    status: str
    gathering: int
    items: int
    size: int
    schema: dict[str, Any]
    rewind: dict[str, Any] | None = None
    restoring: tuple[str, ...] = ()

    @property
    def arn(self) -> str:
        return f"{table_arn(self.scope, self.table)}/backup/{self.id}"

    @property
    def key(self) -> bytes:
        return keyspace.backup_key(self.scope, self.table, self.id)

    @property
    def source(self) -> Schema:
        """The table's schema at that moment."""
        return Schema.decode(orjson.dumps(self.schema))

    def put(self, tx: Transaction) -> None:
        tx.put(self.key, orjson.dumps(asdict(self) | {"scope": tuple(self.scope)}))


def decode_backup(data: bytes) -> Backup:
    """The backup behind bytes that `Backup.put` wrote."""
    fields: dict[str, Any] = orjson.loads(data)
    fields["scope"] = Scope(*fields["scope"])
    fields["restoring"] = tuple(fields["restoring"])
    return Backup(**fields)


def find_backup(tx: Transaction, scope: Scope, arn: str) -> Backup | None:
    """The backup an ARN names, if it is one of `scope`."""
    name = named(scope, arn, "backup")
    data = None if name is None else tx.get(keyspace.backup_key(scope, *name))
    return None if data is None else decode_backup(data)


def backups_of(tx: Transaction, scope: Scope, table: str | None, after: bytes) -> list[Backup]:
    """The backups of a scope, or of a table, behind the storage key `after`, in order."""
    prefix = keyspace.backups_prefix(scope, table)
    start = max(prefix, after + b"\0") if after else prefix
    found = tx.range(start, keyspace.successor(prefix))
    return [decode_backup(data) for _, data in found]


def unfinished_backups(tx: Transaction) -> list[Backup]:
    """Those a node before this one began, of every scope."""
    prefix = keyspace.all_backups_prefix()
    found = tx.range(prefix, keyspace.successor(prefix))
    every = (decode_backup(data) for _, data in found)
    return [backup for backup in every if backup.status == CREATING]


def named(scope: Scope, text: str, word: str) -> tuple[str, str] | None:
    """(table, id) of an ARN `.../table/T/<word>/<id>` of `scope`, or None for any other text."""
    name = named_anywhere(text, word)
    return name[1:] if name is not None and name[0] == scope else None


def named_anywhere(text: str, word: str) -> tuple[Scope, str, str] | None:
    """(scope, table, id) of an ARN `.../table/T/<word>/<id>`, or None for any other text."""
    arn = parse_arn(text)
    if arn is None or arn.service != "dynamodb":
        return None
    parts = arn.resource.split("/")
    if len(parts) != 4 or parts[0] != "table" or parts[2] != word:
        return None
    return Scope(arn.account, arn.region), parts[1], parts[3]


# --- exports, imports, restores ----------------------------------------------------------------

Job = dict[str, Any]
"""id, scope, table, status, and what the kind of work adds."""


def scope_of(job: Job) -> Scope:
    return Scope(*job["scope"])


def job_arn(kind: bytes, job: Job) -> str:
    return f"{table_arn(scope_of(job), job['table'])}/{WORDS[kind]}/{job['id']}"


def put_job(tx: Transaction, kind: bytes, job: Job) -> None:
    tx.put(keyspace.job_key(scope_of(job), kind, job["table"], job["id"]), orjson.dumps(job))


def drop_job(tx: Transaction, kind: bytes, job: Job) -> None:
    tx.delete(keyspace.job_key(scope_of(job), kind, job["table"], job["id"]))


def load_job(tx: Transaction, kind: bytes, scope: Scope, table: str, name: str) -> Job | None:
    """The document as it is now, or None if it is gone."""
    data = tx.get(keyspace.job_key(scope, kind, table, name))
    return None if data is None else orjson.loads(data)


def jobs_of(tx: Transaction, kind: bytes, scope: Scope, table: str | None = None) -> list[Job]:
    """The jobs of a scope, or of a table, in order."""
    prefix = keyspace.jobs_prefix(scope, kind, table)
    return [orjson.loads(data) for _, data in tx.range(prefix, keyspace.successor(prefix))]


def unfinished_jobs(tx: Transaction) -> Iterator[tuple[bytes, Job]]:
    """Those a node before this one began, of every scope, with their kind."""
    prefix = keyspace.all_jobs_prefix()
    for key, data in tx.range(prefix, keyspace.successor(prefix)):
        job = orjson.loads(data)
        if job["status"] == IN_PROGRESS:
            account, region = job["scope"]
            yield key[len(f"{account}/{region}/") + 1 :][:1], job
