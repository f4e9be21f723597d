"""DescribeExport: an export, and how far it has come."""

from typing import Any

from headwater.backups.document import EXPORT, load_job, named_anywhere
from headwater.errors import ExportNotFound, Validation
from headwater.operations.call import Call
from headwater.operations.dynamodb.backup_params import check_account
from headwater.operations.dynamodb.export_description import described_export


def describe_export(call: Call) -> dict[str, Any]:
    """Raises ExportNotFound, AccessDenied, Validation for what is no ARN of one."""
    arn = call.params["ExportArn"]
    name = named_anywhere(arn, "export")
    if name is None:
        raise Validation("Invalid Export ARN")
    scope, table, number = name
    check_account(call.scope, scope)
    job = load_job(call.tx, EXPORT, scope, table, number) if scope == call.scope else None
    if job is None:
        raise ExportNotFound(f"Export not found: Export not found: {arn}")
    return {"ExportDescription": described_export(job)}
