"""DescribeExport: an export, and how far it has come."""

from typing import Any

from headwater.backups.document import EXPORT, load_job, named
from headwater.errors import ExportNotFound
from headwater.operations.call import Call
from headwater.operations.dynamodb.export_description import described_export


def describe_export(call: Call) -> dict[str, Any]:
    """Raises ExportNotFound."""
    arn = call.params["ExportArn"]
    name = named(call.scope, arn, "export")
    job = None if name is None else load_job(call.tx, EXPORT, call.scope, *name)
    if job is None:
        raise ExportNotFound(f"Export not found: {arn}")
    return {"ExportDescription": described_export(job)}
