"""DescribeImport: an import, and how far it has come."""

from typing import Any

from headwater.backups.document import IMPORT, load_job, named
from headwater.errors import ImportNotFound
from headwater.operations.call import Call
from headwater.operations.dynamodb.import_description import described_import


def describe_import(call: Call) -> dict[str, Any]:
    """Raises ImportNotFound."""
    arn = call.params["ImportArn"]
    name = named(call.scope, arn, "import")
    job = None if name is None else load_job(call.tx, IMPORT, call.scope, *name)
    if job is None:
        raise ImportNotFound(f"Import not found: {arn}")
    return {"ImportTableDescription": described_import(job)}
