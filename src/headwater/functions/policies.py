"""Resource policies of functions: who may invoke, as AddPermission records it.

Policies are kept and answered, so that tools which manage them work. They decide nothing: a node
answers whoever reaches it. Everything here happens inside the caller's transaction.
Source: https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html
"""

import re
from typing import Any

import orjson

from headwater.arns import Scope, function_arn
from headwater.errors import PreconditionFailed, ResourceConflict, ResourceNotFound
from headwater.functions.document import Document
from headwater.functions.stored import (
    STALE_REVISION,
    read_function,
    read_version,
    write_function,
)
from headwater.ids import Ids
from headwater.storage.engine import Transaction

_ACCOUNT = re.compile(r"\d{12}", re.ASCII)
_CONDITIONS = (
    ("SourceArn", "ArnLike", "AWS:SourceArn"),
    ("SourceAccount", "StringEquals", "AWS:SourceAccount"),
    ("PrincipalOrgID", "StringEquals", "aws:PrincipalOrgID"),
    ("EventSourceToken", "StringEquals", "lambda:EventSourceToken"),
    ("FunctionUrlAuthType", "StringEquals", "lambda:FunctionUrlAuthType"),
    ("InvokedViaFunctionUrl", "Bool", "lambda:InvokedViaFunctionUrl"),
)


def add_permission(
    tx: Transaction,
    scope: Scope,
    name: str,
    qualifier: str | None,
    params: dict[str, Any],
    ids: Ids,
) -> dict[str, Any]:
    """Add a statement from the members of AddPermission; returns it. Raises ResourceNotFound,
    ResourceConflict, PreconditionFailed."""
    document, _ = read_version(tx, scope, name, qualifier)
    policy = _policy(document, qualifier)
    _check_revision(policy, params)
    sid = params["StatementId"]
    if any(statement["Sid"] == sid for statement in policy["statements"]):
        raise ResourceConflict(
            f"The statement id ({sid}) provided already exists. Please provide a new statement "
            "id, or remove the existing statement."
        )
    statement = {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": _principal(params["Principal"]),
        "Action": params["Action"],
        "Resource": function_arn(scope, name, qualifier),
    }
    conditions: dict[str, dict[str, str]] = {}
    for member, operator, key in _CONDITIONS:
        if member in params:
            given = params[member]
            text = given if isinstance(given, str) else str(given).lower()
            conditions.setdefault(operator, {})[key] = text
    if conditions:
        statement["Condition"] = conditions
    _store(tx, scope, document, qualifier, [*policy["statements"], statement], ids)
    return statement


def get_policy(tx: Transaction, scope: Scope, name: str, qualifier: str | None) -> tuple[str, str]:
    """The policy as JSON text, and its revision. Raises ResourceNotFound."""
    policy = _policy(read_function(tx, scope, name), qualifier)
    if not policy["statements"]:
        raise ResourceNotFound("The resource you requested does not exist.")
    text = {"Version": "2012-10-17", "Id": "default", "Statement": policy["statements"]}
    return orjson.dumps(text).decode(), policy["revision"]


def remove_permission(
    tx: Transaction,
    scope: Scope,
    name: str,
    qualifier: str | None,
    params: dict[str, Any],
    ids: Ids,
) -> None:
    """Raises ResourceNotFound, PreconditionFailed."""
    document = read_function(tx, scope, name)
    policy = _policy(document, qualifier)
    _check_revision(policy, params)
    sid = params["StatementId"]
    left = [statement for statement in policy["statements"] if statement["Sid"] != sid]
    if len(left) == len(policy["statements"]):
        raise ResourceNotFound(f"Statement {sid} is not found in resource policy.")
    _store(tx, scope, document, qualifier, left, ids)


def _policy(document: Document, qualifier: str | None) -> dict[str, Any]:
    policies: dict[str, dict[str, Any]] = document.get("policies", {})
    return policies.get(qualifier or "", {"statements": [], "revision": ""})


def _check_revision(policy: dict[str, Any], params: dict[str, Any]) -> None:
    if params.get("RevisionId") not in (None, policy["revision"]):
        raise PreconditionFailed(STALE_REVISION)


def _store(
    tx: Transaction,
    scope: Scope,
    document: Document,
    qualifier: str | None,
    statements: list[dict[str, Any]],
    ids: Ids,
) -> None:
    policies = dict(document.get("policies", {}))
    policies[qualifier or ""] = {"statements": statements, "revision": ids.uuid()}
    write_function(tx, scope, document | {"policies": policies})


def _principal(text: str) -> Any:
    if text == "*":
        return "*"
    if _ACCOUNT.fullmatch(text):
        return {"AWS": f"arn:aws:iam::{text}:root"}
    if text.startswith("arn:"):
        return {"AWS": text}
    return {"Service": text}
