"""Resource policies: which resource a request means, and the document that is kept of its policy.

A policy is kept and answered, and it is checked to have a policy's form; it grants and denies
nothing, because who may do what is decided by `--credentials` alone. Source: AWS, API reference,
PutResourcePolicy, GetResourcePolicy, DeleteResourcePolicy; the texts are recorded, October 2026.
"""

from typing import Any, NamedTuple

import orjson

from headwater.arns import StreamName
from headwater.changelog.retention import is_stream_gone
from headwater.changelog.stream import load_stream
from headwater.errors import PolicyNotFound, ResourceNotFound, Validation
from headwater.limits import RESOURCE_POLICY_BYTES_MAX
from headwater.operations.call import Call
from headwater.operations.dynamodb.key_params import OMP
from headwater.operations.dynamodb.resource_arns import named_resource
from headwater.storage.keyspace import policy_key

_REQUIRED = (
    ("Effect", "Effect"),
    ("Principal", "NotPrincipal"),
    ("Action", "NotAction"),
    ("Resource", "NotResource"),
)

NO_POLICY = "NO_POLICY"  # an ExpectedRevisionId: there must be none


class Policy(NamedTuple):
    """What is kept for a resource."""

    text: str
    revision: str


def resource_key(call: Call) -> bytes:
    """Where the policy of the request's ResourceArn lies.

    Raises Validation for what is no table's or stream's ARN, or not of here; ResourceNotFound.
    """
    text = call.params["ResourceArn"]
    scope, table, label = named_resource(text)
    if scope.account != call.scope.account:
        raise Validation(
            "This action is only supported by accounts that match the resource owner’s account."
        )
    if scope.region != call.scope.region:
        raise Validation(f"{OMP}Invalid resource Arn: {text}")
    if label is not None:
        stream = load_stream(call.tx, StreamName(scope, table, label))
        if stream is None or is_stream_gone(stream, call.node.clock.now_ms()):
            raise ResourceNotFound(
                f"Requested resource not found: Stream: {label} not found for Table: {table}"
            )
    elif call.node.catalog.find(call.tx, call.scope, table) is None:
        raise ResourceNotFound(f"Requested resource not found: Table: {table} not found")
    return policy_key(call.scope, text)


def load_policy(call: Call, key: bytes) -> Policy | None:
    data = call.tx.get(key)
    return None if data is None else Policy(*orjson.loads(data))


def store_policy(call: Call, key: bytes, policy: Policy) -> None:
    call.tx.put(key, orjson.dumps(list(policy)))


def check_revision(params: dict[str, Any], policy: Policy | None) -> None:
    """Raises PolicyNotFound if the policy is not the one the caller expects."""
    expected = params.get("ExpectedRevisionId")
    if expected is None:
        return
    found = NO_POLICY if policy is None else policy.revision
    if found != expected:
        raise PolicyNotFound(
            "Resource-based policy not found for the provided ResourceArn with the expected "
            f"RevisionId: {expected}"
        )


def check_policy(text: str) -> None:
    """Raises Validation for what is over 20 KB, or has not the form of a policy."""
    if len(text.encode()) > RESOURCE_POLICY_BYTES_MAX:
        raise Validation(f"{OMP}Maximum policy size of {RESOURCE_POLICY_BYTES_MAX} bytes exceeded")
    trouble = _trouble_with(text)
    if trouble is not None:
        raise Validation(f"{OMP}Invalid policy document: {trouble}")


def _trouble_with(text: str) -> str | None:
    try:
        policy = orjson.loads(text)
    except orjson.JSONDecodeError:
        return "This policy contains invalid Json"
    if policy is None:
        return "This text appears not to be a policy"
    if not isinstance(policy, dict):
        return "This policy contains invalid Json"
    statements = policy.get("Statement")
    if statements is None:
        *above, last = text.split("\n")
        return f"Syntax error at position ({len(above) + 1},{len(last) + 1})"
    if isinstance(statements, dict):
        statements = [statements]
    if not isinstance(statements, list):
        return "This policy contains invalid Json"
    if not statements:
        return "Could not parse the policy: Statement is empty!"
    if not all(isinstance(statement, dict) for statement in statements):
        return "This policy contains invalid Json"
    for statement in statements:
        for one, other in _REQUIRED:
            if one not in statement and other not in statement:
                return f"Missing required field {one}"
    ids = [statement["Sid"] for statement in statements if "Sid" in statement]
    if len({str(one) for one in ids}) < len(ids):
        return "The Statement Ids in the policy are not unique"
    return None


def new_policy(call: Call, text: str) -> Policy:
    """A policy under a revision of its own; AWS's revisions are numbers too."""
    return Policy(text, f"{call.node.clock.now_ms()}{int(call.node.ids.hex(4), 16):05d}")
