"""Imports: a new table of the files in a bucket.

The table is CREATING until every file has been read. Lines are put in batches, each a transaction
that stores how far it has come, so after a crash the file that was being read is read again and
its lines that were dealt with are passed over. While the disk is nearly full a batch waits. A line
that is no item is counted and reported, and the rest of a file that cannot be read any further is
left out: the import then has FAILED, and its table is there with all that could be imported
(recorded, October 2026). Source: AWS, developer guide, "DynamoDB data import from Amazon S3".
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

from headwater.arns import Scope
from headwater.backups.buckets import Buckets, BucketTrouble
from headwater.backups.document import (
    COMPLETED,
    FAILED,
    IMPORT,
    IN_PROGRESS,
    Job,
    load_job,
    new_id,
    put_job,
    scope_of,
)
from headwater.backups.formats import Lines, Malformed, Reader, Record, Records, reader_for
from headwater.backups.room import when_there_is_room
from headwater.clock import Clock
from headwater.errors import ItemCollectionSizeLimitExceeded, Validation
from headwater.ids import Ids
from headwater.storage.engine import Engine, Transaction
from headwater.tables.catalog import Catalog
from headwater.tables.definition import change, drop
from headwater.tables.schema import ACTIVE, Table
from headwater.tables.write import put

LOG_GROUP = "/aws-dynamodb/imports"

_INVALID = (
    "ItemValidationError",
    "Some of the items failed validation checks and were not imported. Please check CloudWatch "
    "error logs for more details.",
)
_BATCH_LINES = 256
_READ_BYTES = 4 * 1024 * 1024

Report = Callable[[Scope, str, str, list[str]], Awaitable[None]]
"""Told what went wrong: scope, log group, log stream, one text for each line."""


def begin_import(
    tx: Transaction, ids: Ids, now_ms: int, target: Table, asked: Mapping[str, Any]
) -> Job:
    """The document of a new import; its work is to be begun.

    target  as restoring.new_table made it
    asked   the request, checked
    """
    job: Job = {
        "id": new_id(ids, now_ms),
        "scope": list(target.scope),
        "table": target.name,
        "table_id": target.schema.id,
        "uuid": target.schema.uuid,
        "status": IN_PROGRESS,
        "start_ms": now_ms,
        "asked": dict(asked),
        "objects": None,  # keys, once they are listed
        "at": 0,  # of the object that is being read
        "lines": 0,  # of it, that are dealt with
        "processed": 0,
        "imported": 0,
        "errors": 0,
        "bytes": 0,
    }
    put_job(tx, IMPORT, job)
    return job


class Importer:
    """Does imports, one call of `run` for each."""

    def __init__(self, engine: Engine, clock: Clock, catalog: Catalog, report: Report) -> None:
        self._engine = engine
        self._clock = clock
        self._catalog = catalog
        self._report = report

    async def run(self, begun: Job, buckets: Buckets) -> None:
        """Read everything and end the import. Raises BucketTrouble."""
        job = await self._engine.run(lambda tx: _current(tx, begun))
        if job is None or job["status"] != IN_PROGRESS:
            return
        source = job["asked"]["S3BucketSource"]
        if job["objects"] is None:
            prefix = source.get("S3KeyPrefix", "")
            found = await buckets.listed(source["S3Bucket"], prefix)
            job = await self._noted(job, {"objects": [list(one) for one in found]})
        while job["at"] < len(job["objects"]):
            job = await self._read_object(job, buckets)
        await self._engine.run(lambda tx: self._end(tx, job))

    async def fail(self, begun: Job, code: str, text: str) -> None:
        """End an import that cannot be finished; of its table nothing stays."""

        def work(tx: Transaction) -> None:
            job = _current(tx, begun)
            if job is None:
                return
            now_ms = self._clock.now_ms()
            failed = {"status": FAILED, "failure": [code, text], "end_ms": now_ms}
            put_job(tx, IMPORT, job | failed)
            table = self._table(tx, job)
            if table is not None:
                drop(tx, self._catalog, table, now_ms)

        await self._engine.run(work)

    async def _read_object(self, job: Job, buckets: Buckets) -> Job:
        asked = job["asked"]
        types = {
            one["AttributeName"]: one["AttributeType"]
            for one in asked["TableCreationParameters"]["AttributeDefinitions"]
        }
        reader = reader_for(asked["InputFormat"], asked.get("InputFormatOptions"), types)
        passed, number, batch = job["lines"], 0, _Batch(reader)
        try:
            async for record in _records(job, buckets, reader):
                if record.last > passed:
                    batch.add(record)
                else:
                    reader.again(record.text)
                number = record.last
                if len(batch) == _BATCH_LINES:
                    job = await self._put(job, number, batch)
                    batch = _Batch(reader)
        except Malformed as trouble:
            batch.errors.append((number + 1, str(trouble)))
        return await self._put(job, number, batch, is_last=True)

    async def _put(self, job: Job, number: int, batch: "_Batch", *, is_last: bool = False) -> Job:
        """Write a batch and how far the import has come with it; is_last: of its object."""
        key, object_bytes = job["objects"][job["at"]]
        errors: list[tuple[int, str]] = []

        def work(tx: Transaction) -> Job:
            errors[:] = batch.errors
            table = self._table(tx, job)
            if table is None:
                raise BucketTrouble("TableGone", "the table was taken away")
            now_ms = self._clock.now_ms()
            imported = 0
            for line, item, size in batch.items:
                try:
                    put(tx, table, item, size, now_ms)
                    imported += 1
                except (ItemCollectionSizeLimitExceeded, Validation) as fault:
                    errors.append((line, fault.message))
            return job | {
                "at": job["at"] + is_last,
                "lines": 0 if is_last else number,
                "bytes": job["bytes"] + object_bytes * is_last,
                "processed": job["processed"] + len(batch.items) + len(batch.errors),
                "imported": job["imported"] + imported,
                "errors": job["errors"] + len(errors),
            }

        def step(tx: Transaction) -> Job:
            changed = work(tx)
            put_job(tx, IMPORT, changed)
            return changed

        name = f"import {job['table']}"
        job = await when_there_is_room(self._engine, self._clock, name, step)
        if errors:
            told = [f"{key} line {line}: {text}" for line, text in sorted(errors)]
            await self._report(scope_of(job), LOG_GROUP, job["id"], told)
        return job

    async def _noted(self, job: Job, changed: dict[str, Any]) -> Job:
        job = job | changed
        await self._engine.run(lambda tx: put_job(tx, IMPORT, job))
        return job

    def _end(self, tx: Transaction, job: Job) -> None:
        ended: dict[str, Any] = {"status": COMPLETED, "end_ms": self._clock.now_ms()}
        if job["errors"]:
            ended |= {"status": FAILED, "failure": list(_INVALID)}
        put_job(tx, IMPORT, job | ended)
        table = self._table(tx, job)
        if table is not None:
            change(tx, self._catalog, table, replace(table.schema, status=ACTIVE))

    def _table(self, tx: Transaction, job: Job) -> Table | None:
        table = self._catalog.find(tx, scope_of(job), job["table"])
        return table if table is not None and table.schema.id == job["table_id"] else None


class _Batch:
    """Records on their way into the table."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._records = 0
        self.items: list[tuple[int, dict[str, Any], int]] = []
        self.errors: list[tuple[int, str]] = []

    def __len__(self) -> int:
        return self._records

    def add(self, record: Record) -> None:
        """Raises Malformed if the file cannot be read any further."""
        self._records += 1
        try:
            found = self._reader.read(record.text)
        except Validation as fault:
            self.errors.append((record.first, fault.message))
            return
        if found is not None:
            self.items.append((record.first, *found))


async def _records(job: Job, buckets: Buckets, reader: Reader) -> AsyncIterator[Record]:
    """The records of the object that is being read."""
    records = Records(reader)
    async for line in _lines(job, buckets):
        for record in records.feed(line):
            yield record
    for record in records.end():
        yield record


async def _lines(job: Job, buckets: Buckets) -> AsyncIterator[bytes]:
    """The lines of the object that is being read."""
    asked = job["asked"]
    key, size = job["objects"][job["at"]]
    lines = Lines(asked.get("InputCompressionType", "NONE"))
    bucket = asked["S3BucketSource"]["S3Bucket"]
    for start in range(0, size, _READ_BYTES):
        data = await buckets.read(bucket, key, start, _READ_BYTES)
        for line in lines.feed(data):
            yield line
    if size:
        for line in lines.end():
            yield line


def _current(tx: Transaction, job: Job) -> Job | None:
    return load_job(tx, IMPORT, scope_of(job), job["table"], job["id"])
