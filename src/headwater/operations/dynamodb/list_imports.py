"""ListImports: the imports of an account and region, or of one table, in pages."""

from typing import Any

from headwater.backups.document import IMPORT
from headwater.operations.call import Call
from headwater.operations.dynamodb.export_description import page_of
from headwater.operations.dynamodb.import_description import import_summary


def list_imports(call: Call) -> dict[str, Any]:
    """Raises Validation for a token that no page gave."""
    jobs, token = page_of(call, IMPORT, "PageSize")
    answer: dict[str, Any] = {"ImportSummaryList": [import_summary(job) for job in jobs]}
    if token is not None:
        answer["NextToken"] = token
    return answer
