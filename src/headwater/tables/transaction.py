"""Several writes as one: all of them take effect, or none does and every reason is told.

The engine's transaction is the atom; this file runs the actions inside it, collects what each
says, and remembers requests by their token for ten minutes. Source: AWS, developer guide,
"Managing complex workflows with DynamoDB transactions"; the reasons' codes and texts are recorded.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import orjson

from headwater.arns import Scope
from headwater.errors import (
    AwsError,
    ConditionalCheckFailed,
    IdempotentParameterMismatch,
    ItemCollectionSizeLimitExceeded,
    TransactionCanceled,
    TransactionConflict,
    Validation,
)
from headwater.storage import keyspace
from headwater.storage.engine import Transaction

TOKEN_LIFE_MS = 10 * 60 * 1000
_TOKENS_A_STEP = 256

_REASONS = (
    ConditionalCheckFailed,
    ItemCollectionSizeLimitExceeded,
    TransactionConflict,
    Validation,
)

R = TypeVar("R")


def run_all(actions: Sequence[Callable[[], R]]) -> list[R]:
    """Run each action; their results in order.

    Raises TransactionCanceled with a reason for each action, in order, if any refuses. The
    exception discards the engine's transaction, and with it what other actions wrote.
    """
    results: list[R] = []
    reasons: list[dict[str, Any]] = []
    for action in actions:
        try:
            results.append(action())
            reasons.append({"Code": "None"})
        except _REASONS as refusal:
            reasons.append(_reason(refusal))
    if len(results) < len(actions):
        raise canceled(reasons)
    return results


def canceled(reasons: list[dict[str, Any]]) -> TransactionCanceled:
    """The error of a transaction, from the reasons of its actions."""
    codes = ", ".join(reason["Code"] for reason in reasons)
    return TransactionCanceled(
        f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]",
        CancellationReasons=reasons,
    )


def _reason(refusal: AwsError) -> dict[str, Any]:
    if isinstance(refusal, Validation):
        return {"Code": "ValidationError", "Message": refusal.message}
    code = refusal.code.removesuffix("Exception")
    return {"Code": code, "Message": refusal.message, **refusal.fields}


CONFLICT = _reason(TransactionConflict())


def recall(
    tx: Transaction, scope: Scope, token: str, digest: str, now_ms: int
) -> dict[str, Any] | None:
    """What was remembered under `token`, or None if it is new or older than ten minutes.

    digest  of the request's content
    Raises IdempotentParameterMismatch when the token came with another content.
    """
    data = tx.get(keyspace.token_key(scope, token))
    if data is None:
        return None
    known: dict[str, Any] = orjson.loads(data)
    if now_ms - known["at_ms"] >= TOKEN_LIFE_MS:
        return None
    if known["digest"] != digest:
        raise IdempotentParameterMismatch(
            "Different parameters used with the same idempotent token"
        )
    result: dict[str, Any] = known["result"]
    return result


def remember(
    tx: Transaction, scope: Scope, token: str, digest: str, now_ms: int, result: dict[str, Any]
) -> None:
    """Keep the result of a request under its token."""
    known = {"at_ms": now_ms, "digest": digest, "result": result}
    tx.put(keyspace.token_key(scope, token), orjson.dumps(known))


def forget_tokens(tx: Transaction, after: bytes, now_ms: int) -> bytes | None:
    """One step of forgetting tokens older than ten minutes; b"" begins, None is the end."""
    prefix = keyspace.all_tokens_prefix()
    start = after + b"\0" if after else prefix
    found = tx.range(start, keyspace.successor(prefix), limit=_TOKENS_A_STEP)
    for key, data in found:
        if now_ms - orjson.loads(data)["at_ms"] >= TOKEN_LIFE_MS:
            tx.delete(key)
    return found[-1][0] if len(found) == _TOKENS_A_STEP else None
