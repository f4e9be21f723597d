"""Resource policies: which resource a request means, and the document that is kept of its policy.

A policy is kept and answered, and it is checked to be JSON; it grants and denies nothing, because
who may do what is decided by `--credentials` alone.
Source: AWS, API reference, PutResourcePolicy, GetResourcePolicy, DeleteResourcePolicy.
"""

from typing import Any, NamedTuple

import orjson

from headwater.arns import parse_arn, parse_stream_arn
from headwater.changelog.retention import is_stream_gone
from headwater.changelog.stream import load_stream
from headwater.errors import PolicyNotFound, ResourceNotFound, Validation
from headwater.limits import RESOURCE_POLICY_BYTES_MAX
from headwater.operations.call import Call
from headwater.storage.keyspace import policy_key

NO_POLICY = "NO_POLICY"  # an ExpectedRevisionId: there must be none


class Policy(NamedTuple):
    """What is kept for a resource."""

    text: str
    revision: str


def resource_key(call: Call) -> bytes:
    """Where the policy of the request's ResourceArn lies.

    Raises Validation for what is no table's or stream's ARN, ResourceNotFound.
    """
    arn = call.params["ResourceArn"]
    if not _exists(call, arn):
        raise ResourceNotFound(f"Requested resource not found: {arn}")
    return policy_key(call.scope, arn)


def _exists(call: Call, text: str) -> bool:
    stream = parse_stream_arn(text)
    if stream is not None:
        found = load_stream(call.tx, stream) if stream.scope == call.scope else None
        return found is not None and not is_stream_gone(found, call.node.clock.now_ms())
    arn = parse_arn(text)
    kind, _, name = (arn.resource if arn is not None else "").partition("/")
    if arn is None or arn.service != "dynamodb" or kind != "table" or not name or "/" in name:
        raise Validation(f"Invalid ResourceArn: {text}")
    if (arn.account, arn.region) != call.scope:
        return False
    return call.node.catalog.find(call.tx, call.scope, name) is not None


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
    """Raises Validation for what is over 20 KB or no JSON object."""
    if len(text.encode()) > RESOURCE_POLICY_BYTES_MAX:
        raise Validation(
            "Resource-based policy exceeds the maximum size limit of "
            f"{RESOURCE_POLICY_BYTES_MAX} bytes"
        )
    try:
        is_object = isinstance(orjson.loads(text), dict)
    except orjson.JSONDecodeError:
        is_object = False
    if not is_object:
        raise Validation("Resource-based policy is not valid: it must be a JSON object")


def new_policy(call: Call, text: str) -> Policy:
    """A policy under a revision of its own; AWS's revisions are numbers too."""
    return Policy(text, f"{call.node.clock.now_ms()}{int(call.node.ids.hex(4), 16):05d}")
