"""ExportDescription, and paging through exports and imports.

Source: AWS, API reference, ExportDescription, ExportSummary, ListExports, ListImports (whose
tokens are hexadecimal, by the service's model).
"""

from typing import Any

from headwater.backups.document import COMPLETED, EXPORT, Job, job_arn, jobs_of
from headwater.backups.exporting import FULL, INCREMENTAL, folder
from headwater.errors import Validation
from headwater.operations.call import Call

_AS_ASKED = (
    "ClientToken",
    "ExportType",
    "S3Bucket",
    "S3BucketOwner",
    "S3Prefix",
    "S3SseAlgorithm",
)
_PAGE = 10  # recorded, October 2026
_TOKEN_BYTES = 56  # at least, and eight bytes a time: the model's pattern


def described_export(job: Job) -> dict[str, Any]:
    """ExportDescription."""
    asked = job["asked"]
    arn = job_arn(EXPORT, job)
    described: dict[str, Any] = {
        "ExportArn": arn,
        "ExportStatus": job["status"],
        "StartTime": job["start_ms"] / 1000,
        "TableArn": arn.partition("/export/")[0],
        "TableId": job["uuid"],
        "ExportFormat": "DYNAMODB_JSON",
        "S3SseAlgorithm": "AES256",
        "DestinationType": "S3",
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
    if job["status"] == COMPLETED:
        described["ExportManifest"] = f"{folder(job)}/manifest-summary.json"
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


def page_of(call: Call, kind: bytes, size: str) -> tuple[list[Job], str | None]:
    """One page of exports or imports, newest first, and the token of the next, if there is one.

    size  the parameter that says how many
    Raises Validation for a token that no page gave.
    """
    arn = call.params.get("TableArn")
    name = None if arn is None else arn.rpartition("/")[2]
    found = sorted(jobs_of(call.tx, kind, call.scope, name), key=_place, reverse=True)
    if kind == EXPORT and name is not None:
        # Exports are listed by a table, not by its name: those of an earlier one are not.
        table = call.node.catalog.find(call.tx, call.scope, name)
        found = [job for job in found if table is not None and job["uuid"] == table.schema.uuid]
    if "NextToken" in call.params:
        after = _after(call.params["NextToken"])
        found = [job for job in found if _place(job) < after]
    limit = call.params.get(size, _PAGE)
    if len(found) <= limit:
        return found, None
    text = "/".join(_place(found[limit - 1])).encode()
    # Two words at least, and padded: a token is to be as long as AWS's.
    padded = text.ljust(max(_TOKEN_BYTES, -(-len(text) // 8) * 8), b" ")
    return found[:limit], padded.hex()


def _place(job: Job) -> tuple[str, str]:
    """Its place in the order of time: an id begins with when it was begun."""
    return job["id"], job["table"]


def _after(token: str) -> tuple[str, str]:
    try:
        job, _, table = bytes.fromhex(token).decode().rstrip(" ").partition("/")
    except ValueError:
        job = table = ""
    if not table or not job:
        raise Validation(f"Invalid Request: Provided nextToken is invalid: {token}")
    return job, table
