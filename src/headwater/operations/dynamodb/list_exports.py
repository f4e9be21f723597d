"""ListExports: the exports of an account and region, or of one table, in pages."""

from typing import Any

from headwater.backups.document import EXPORT
from headwater.operations.call import Call
from headwater.operations.dynamodb.export_description import listed_exports, page_of


def list_exports(call: Call) -> dict[str, Any]:
    """Raises Validation for a token that no page gave."""
    jobs, token = page_of(call, EXPORT, "MaxResults")
    answer: dict[str, Any] = {"ExportSummaries": listed_exports(jobs)}
    if token is not None:
        answer["NextToken"] = token
    return answer
