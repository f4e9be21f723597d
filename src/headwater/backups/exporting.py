"""Exports: a table as it was at a moment, or what changed between two, as files in a bucket.

First everything is gathered beside the table (rewind.py), then written file by file, then the
manifests. The document says how far that has come; a file that was written but not noted is
written again under the same name. Source: AWS, developer guide, "DynamoDB table export output
format".
"""

import asyncio
import gzip
from base64 import b32encode, b64encode
from collections.abc import Callable
from hashlib import blake2b, md5
from typing import Any

import orjson

from headwater.backups.buckets import Buckets
from headwater.backups.differences import Differences, difference_line
from headwater.backups.document import (
    COMPLETED,
    EXPORT,
    FAILED,
    IN_PROGRESS,
    Job,
    job_arn,
    load_job,
    new_id,
    put_job,
    scope_of,
)
from headwater.backups.point_in_time import after_moment, work_user
from headwater.backups.rewind import Gathering, Rewind, rewind_step
from headwater.clock import Clock
from headwater.ids import Ids
from headwater.moments import iso
from headwater.storage.engine import Engine, Transaction
from headwater.storage.identifiers import take_id
from headwater.storage.sequence import at_ms
from headwater.tables import stored
from headwater.tables.catalog import Catalog
from headwater.tables.definition import need_log, release_log
from headwater.tables.schema import Table

FULL, INCREMENTAL = "FULL_EXPORT", "INCREMENTAL_EXPORT"

_FILE_ENTRIES = 50_000
_FILE_BYTES = 2 * 1024 * 1024  # before it is compressed: one read of the store


def begin_export(
    tx: Transaction, catalog: Catalog, ids: Ids, now_ms: int, table: Table, asked: dict[str, Any]
) -> Job:
    """The document of a new export; its work is to be begun.

    asked  the request, checked, with ExportMs; or FromMs and ToMs
    """
    if "ExportMs" in asked:
        rewind = Rewind(after_moment(tx, asked["ExportMs"]))
    else:
        # Changes of [from, to), without copying any items first.
        rewind = Rewind(at_ms(asked["FromMs"]) - 1, upto=at_ms(asked["ToMs"]) - 1)
    job: Job = {
        "id": new_id(ids, now_ms),
        "scope": list(table.scope),
        "table": table.name,
        "table_id": table.schema.id,
        "uuid": table.schema.uuid,
        "status": IN_PROGRESS,
        "start_ms": now_ms,
        "asked": asked,
        "gathering": take_id(tx),
        "rewind": rewind.encode(),
        "after": "",
        "files": [],
        "items": 0,
        "bytes": 0,
    }
    need_log(tx, catalog, ids, now_ms, table, _user(job))
    put_job(tx, EXPORT, job)
    return job


def gather_step(tx: Transaction, catalog: Catalog, begun: Job) -> bool:
    """One step of gathering; True when all is gathered, or there is nothing to gather from."""
    job = _current(tx, begun)
    if job is None or job["status"] != IN_PROGRESS or job["rewind"] is None:
        return True
    table = _table(tx, catalog, job)
    assert table is not None, f"table {job['table']} is gone while it is exported"
    at = rewind_step(tx, table, Rewind.decode(job["rewind"]), _gathering(job))
    put_job(tx, EXPORT, job | {"rewind": None if at is None else at.encode()})
    return at is None


class Writer:
    """Writes what an export has gathered."""

    def __init__(self, engine: Engine, clock: Clock, catalog: Catalog, ids: Ids) -> None:
        self._engine = engine
        self._clock = clock
        self._catalog = catalog
        self._ids = ids

    async def write(self, begun: Job, buckets: Buckets) -> None:
        """Write files and manifests, and end the export. Raises BucketTrouble."""
        job = await self._engine.run(lambda tx: _current(tx, begun))
        if job is None or job["status"] != IN_PROGRESS:
            return
        bucket = job["asked"]["S3Bucket"]
        await buckets.write(bucket, f"{folder(job)}/_started", b"")
        is_last = False
        while not is_last:
            job, is_last = await self._next_file(job, buckets)
        end_ms = self._clock.now_ms()
        for name, content in manifests(job, end_ms).items():
            await buckets.write(bucket, f"{folder(job)}/{name}", content)
        await self._end(job, {"status": COMPLETED, "end_ms": end_ms})

    async def fail(self, begun: Job, code: str, text: str) -> None:
        """End an export that cannot be finished."""
        failed = {"status": FAILED, "failure": [code, text], "end_ms": self._clock.now_ms()}
        await self._end(begun, failed)

    async def _next_file(self, job: Job, buckets: Buckets) -> tuple[Job, bool]:
        after = bytes.fromhex(job["after"])
        gathering = _gathering(job)
        found = await self._engine.run(
            lambda tx: gathering.page(tx, after, _FILE_ENTRIES, _FILE_BYTES)
        )
        if not found and job["files"]:
            return job, True
        lines = [line for _, value in found if (line := line_of(job, value))]
        packed = await asyncio.to_thread(gzip.compress, b"".join(lines), 6, mtime=0)
        key = f"{data_folder(job)}/{_file_name(job)}.json.gz"
        await buckets.write(job["asked"]["S3Bucket"], key, packed)
        noted = {
            "itemCount": len(lines),
            "md5Checksum": b64encode(md5(packed).digest()).decode(),
            "etag": f"{md5(md5(packed).digest()).hexdigest()}-1",
            "dataFileS3Key": key,
        }
        job = job | {
            "files": [*job["files"], noted],
            "items": job["items"] + len(lines),
            "bytes": job["bytes"] + sum(_size(job, value) for _, value in found),
            "after": found[-1][0].hex() if found else job["after"],
        }
        await self._engine.run(lambda tx: put_job(tx, EXPORT, job))
        return job, not found

    async def _end(self, begun: Job, changed: dict[str, Any]) -> None:
        def work(tx: Transaction) -> None:
            job = _current(tx, begun)
            if job is None:
                return
            put_job(tx, EXPORT, job | changed)
            _gathering(job).drop(tx)
            table = _table(tx, self._catalog, job)
            if table is not None:
                now_ms = self._clock.now_ms()
                release_log(tx, self._catalog, self._ids, now_ms, table, _user(job))

        await self._engine.run(work)


def folder(job: Job) -> str:
    """Where the manifests of an export lie in its bucket."""
    return f"{_top(job)}/{job['id']}"


def data_folder(job: Job) -> str:
    """Where its data lies: incremental exports to one prefix share a folder (AWS's layout)."""
    return f"{folder(job) if _is_full(job) else _top(job)}/data"


def line_of(job: Job, value: bytes) -> bytes:
    """The line of what was gathered of one item."""
    if _is_full(job):
        return b'{"Item":' + stored.json_of(value) + b"}\n"
    return difference_line(value, job["asked"]["ExportViewType"])


def manifests(job: Job, end_ms: int) -> dict[str, bytes]:
    """The files that say what there is, by name, in the order of writing."""
    asked = job["asked"]
    files = b"".join(orjson.dumps(file) + b"\n" for file in job["files"])
    summary = {
        "version": "2020-06-30" if _is_full(job) else "2023-08-01",
        "exportArn": job_arn(EXPORT, job),
        "startTime": iso(job["start_ms"]),
        "endTime": iso(end_ms),
        "tableArn": job_arn(EXPORT, job).partition("/export/")[0],
        "tableId": job["uuid"],
    }
    if _is_full(job):
        summary["exportTime"] = iso(asked["ExportMs"])
    else:
        summary["exportFromTime"] = iso(asked["FromMs"])
        summary["exportToTime"] = iso(asked["ToMs"])
    summary |= {
        "s3Bucket": asked["S3Bucket"],
        "s3Prefix": asked.get("S3Prefix"),
        "s3SseAlgorithm": asked.get("S3SseAlgorithm", "AES256"),
        "s3SseKmsKeyId": None,
        "manifestFilesS3Key": f"{folder(job)}/manifest-files.json",
        "billedSizeBytes": job["bytes"],
        "itemCount": job["items"],
        "outputFormat": "DYNAMODB_JSON",
    }
    if not _is_full(job):
        summary |= {"outputView": asked["ExportViewType"], "exportType": INCREMENTAL}
    described = orjson.dumps(summary)
    return {
        "manifest-files.json": files,
        "manifest-files.md5": _checksum(files),
        "manifest-summary.json": described,
        "manifest-summary.md5": _checksum(described),
    }


def _checksum(content: bytes) -> bytes:
    return b64encode(md5(content).digest())


def _top(job: Job) -> str:
    prefix = job["asked"].get("S3Prefix", "").strip("/")
    return f"{prefix}/AWSDynamoDB" if prefix else "AWSDynamoDB"


def _file_name(job: Job) -> str:
    """Of the next file; the same when it has to be written again."""
    digest = blake2b(f"{job['id']} {len(job['files'])}".encode(), digest_size=16).digest()
    return b32encode(digest).decode().rstrip("=").lower()


def _is_full(job: Job) -> bool:
    return "ExportMs" in job["asked"]


def _size(job: Job, value: bytes) -> int:
    return stored.size_of(value) if _is_full(job) else len(value)


def _gathering(job: Job) -> Gathering:
    make: Callable[[int], Gathering] = Gathering if _is_full(job) else Differences
    return make(job["gathering"])


def _current(tx: Transaction, job: Job) -> Job | None:
    return load_job(tx, EXPORT, scope_of(job), job["table"], job["id"])


def _table(tx: Transaction, catalog: Catalog, job: Job) -> Table | None:
    table = catalog.find(tx, scope_of(job), job["table"])
    return table if table is not None and table.schema.id == job["table_id"] else None


def _user(job: Job) -> str:
    return work_user("export", job["id"])
