"""GetResourcePolicy: the policy that is kept with a table or stream."""

from typing import Any

from headwater.errors import PolicyNotFound
from headwater.operations.call import Call
from headwater.operations.dynamodb.policy_params import load_policy, resource_key


def get_resource_policy(call: Call) -> dict[str, Any]:
    """Raises Validation, ResourceNotFound, PolicyNotFound."""
    policy = load_policy(call, resource_key(call))
    if policy is None:
        arn = call.params["ResourceArn"]
        raise PolicyNotFound(f"Resource-based policy not found for the provided ResourceArn: {arn}")
    return {"Policy": policy.text, "RevisionId": policy.revision}
