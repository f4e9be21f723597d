"""GetCallerIdentity: the account that a request was signed for."""

from typing import Any

from headwater.operations.call import Call


def get_caller_identity(call: Call) -> dict[str, Any]:
    """Here every key is its account's own.

    Source: AWS, STS API reference, "GetCallerIdentity"; IAM user guide, "IAM identifiers", for the
    root user, whose UserId is the account.
    """
    account = call.scope.account
    return {"UserId": account, "Account": account, "Arn": f"arn:aws:iam::{account}:root"}
