"""ExportDescription, and paging through exports and imports.

Source: AWS, API reference, ExportDescription, ExportSummary, ListExports, ListImports (whose
tokens are hexadecimal, by the service's model).
"""

from typing import Any

from headwater.backups.document import EXPORT, IMPORT, Job, job_arn, jobs_of
from headwater.backups.exporting import FULL, INCREMENTAL, folder
from headwater.errors import Validation
from headwater.operations.call import Call
from headwater.storage import keyspace

_AS_ASKED = ("ClientToken", "S3Bucket", "S3BucketOwner", "S3Prefix", "S3SseAlgorithm")
_TOKEN_BYTES = 56  # at least, and eight bytes a time: the model's pattern


def described_export(job: Job) -> dict[str, Any]:
    """ExportDescription."""
    asked = job["asked"]
    arn = job_arn(EXPORT, job)
    described: dict[str, Any] = {
        **_summary(job),
        "StartTime": job["start_ms"] / 1000,
        "TableArn": arn.partition("/export/")[0],
        "TableId": job["uuid"],
        "ExportFormat": "DYNAMODB_JSON",
        "ExportManifest": f"{folder(job)}/manifest-summary.json",
        **{name: asked[name] for name in _AS_ASKED if name in asked},
    }
    if "ExportMs" in asked:
        described["ExportTime"] = asked["ExportMs"] / 1000
    else:
        described["IncrementalExportSpecification"] = {
            "ExportFromTime": asked["FromMs"] / 1000,
            "ExportToTime": asked["ToMs"] / 1000,
            "ExportViewType": asked["ExportViewType"],
        }
    if "end_ms" in job:
        described["EndTime"] = job["end_ms"] / 1000
        described["ItemCount"] = job["items"]
        described["BilledSizeBytes"] = job["bytes"]
    if "failure" in job:
        described["FailureCode"], described["FailureMessage"] = job["failure"]
    return described


def _summary(job: Job) -> dict[str, Any]:
    return {
        "ExportArn": job_arn(EXPORT, job),
        "ExportStatus": job["status"],
        "ExportType": FULL if "ExportMs" in job["asked"] else INCREMENTAL,
    }


def listed_exports(jobs: list[Job]) -> list[dict[str, Any]]:
    """ExportSummaries."""
    return [_summary(job) for job in jobs]


def page_of(call: Call, kind: bytes, limit: int) -> tuple[list[Job], str | None]:
    """One page of exports or imports, and the token of the next, if there is one.

    Raises Validation for a token that no page gave.
    """
    table = call.params.get("TableArn")
    after = b""
    if "NextToken" in call.params:
        after = _after(call, kind, call.params["NextToken"])
    name = None if table is None else table.rpartition("/")[2]
    found = jobs_of(call.tx, kind, call.scope, name, after)
    if len(found) <= limit:
        return found, None
    last = found[limit - 1]
    text = f"{last['table']}/{last['id']}".encode()
    # Two words at least, and padded: a token is to be as long as AWS's.
    padded = text.ljust(max(_TOKEN_BYTES, -(-len(text) // 8) * 8), b" ")
    return found[:limit], padded.hex()


def _after(call: Call, kind: bytes, token: str) -> bytes:
    try:
        table, _, job = bytes.fromhex(token).decode().rstrip(" ").partition("/")
    except ValueError:
        raise Validation("Invalid NextToken") from None
    if not table or not job:
        raise Validation("Invalid NextToken")
    assert kind in (EXPORT, IMPORT)
    return keyspace.job_key(call.scope, kind, table, job)
