"""DescribeImport: an import, and how far it has come."""

from typing import Any

from headwater.backups.document import IMPORT, load_job, named_anywhere
from headwater.errors import ImportNotFound, Validation
from headwater.operations.call import Call
from headwater.operations.dynamodb.backup_params import check_account
from headwater.operations.dynamodb.import_description import described_import


def describe_import(call: Call) -> dict[str, Any]:
    """Raises ImportNotFound, AccessDenied, Validation for what is no ARN of one."""
    arn = call.params["ImportArn"]
    name = named_anywhere(arn, "import")
    if name is None:
        raise Validation("Invalid Import ARN")
    scope, table, number = name
    check_account(call.scope, scope)
    job = load_job(call.tx, IMPORT, scope, table, number) if scope == call.scope else None
    if job is None:
        raise ImportNotFound(f"Import not found: Import not found: {arn}")
    return {"ImportTableDescription": described_import(job)}
