"""PutResourcePolicy: keep a policy with a table or stream."""

from typing import Any

from headwater.operations.call import Call
from headwater.operations.dynamodb.policy_params import (
    check_policy,
    check_revision,
    load_policy,
    new_policy,
    resource_key,
    store_policy,
)


def put_resource_policy(call: Call) -> dict[str, Any]:
    """Raises Validation, ResourceNotFound, PolicyNotFound (ExpectedRevisionId).

    Policies are kept and not enforced, so there is no access of one's own to lose, and
    ConfirmRemoveSelfResourceAccess confirms nothing.
    """
    text: str = call.params["Policy"]
    check_policy(text)
    key = resource_key(call)
    known = load_policy(call, key)
    check_revision(call.params, known)
    if known is not None and known.text == text:
        return {"RevisionId": known.revision}
    policy = new_policy(call, text)
    store_policy(call, key, policy)
    return {"RevisionId": policy.revision}
