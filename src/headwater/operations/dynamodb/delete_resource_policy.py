"""DeleteResourcePolicy: forget the policy of a table or stream; none is fine."""

from typing import Any

from headwater.operations.call import Call
from headwater.operations.dynamodb.policy_params import (
    check_revision,
    load_policy,
    resource_key,
)


def delete_resource_policy(call: Call) -> dict[str, Any]:
    """Answers the revision that was deleted, if there was one. Raises Validation,
    ResourceNotFound, PolicyNotFound (ExpectedRevisionId)."""
    key = resource_key(call)
    policy = load_policy(call, key)
    check_revision(call.params, policy)
    call.tx.delete(key)
    return {} if policy is None else {"RevisionId": policy.revision}
