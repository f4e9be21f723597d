"""ImportTableDescription and ImportSummary. Source: AWS, API reference of both."""

from typing import Any

from headwater.arns import table_arn
from headwater.backups.document import IMPORT, Job, job_arn, scope_of
from headwater.backups.importing import LOG_GROUP

_AS_ASKED = (
    "ClientToken",
    "InputCompressionType",
    "InputFormat",
    "InputFormatOptions",
    "S3BucketSource",
    "TableCreationParameters",
)


def described_import(job: Job) -> dict[str, Any]:
    """ImportTableDescription."""
    described: dict[str, Any] = {
        **import_summary(job),
        "TableId": job["uuid"],
        **{name: job["asked"][name] for name in _AS_ASKED if name in job["asked"]},
        "ErrorCount": job["errors"],
        "ProcessedSizeBytes": job["bytes"],
        "ProcessedItemCount": job["processed"],
        "ImportedItemCount": job["imported"],
    }
    described.setdefault("InputCompressionType", "NONE")
    described["S3BucketSource"] = {
        "S3BucketOwner": scope_of(job).account,
        **described["S3BucketSource"],
    }
    if "failure" in job:
        described["FailureCode"], described["FailureMessage"] = job["failure"]
    return described


def import_summary(job: Job) -> dict[str, Any]:
    """ImportSummary."""
    scope = scope_of(job)
    group = f"arn:aws:logs:{scope.region}:{scope.account}:log-group:{LOG_GROUP}:*"
    summary: dict[str, Any] = {
        "ImportArn": job_arn(IMPORT, job),
        "ImportStatus": job["status"],
        "TableArn": table_arn(scope, job["table"]),
        "S3BucketSource": job["asked"]["S3BucketSource"],
        "CloudWatchLogGroupArn": group,
        "InputFormat": job["asked"]["InputFormat"],
        "StartTime": job["start_ms"] / 1000,
    }
    if "end_ms" in job:
        summary["EndTime"] = job["end_ms"] / 1000
    return summary
