"""SSESpecification: which key AWS would encrypt a table with. It is kept and described.

Headwater encrypts nothing itself: what AWS does with a key of the customer's is the part of the
volume that the data directory lies on (docs/operations.md says so). A program that sets a key,
or a tool that compares what it set with what it reads, finds it again.

Source: AWS, API reference, SSESpecification ("If enabled (true), server-side encryption type is
set to KMS and an AWS managed key is used"; "The only supported value is KMS") and SSEDescription;
the texts, and that {SSEType: KMS} alone turns it on, are recorded, October 2026.
"""

from collections.abc import Mapping
from typing import Any

from headwater.arns import Scope
from headwater.errors import Validation
from headwater.ids import Ids
from headwater.operations.dynamodb.key_params import OMP

_MANAGED = "alias/aws/dynamodb"


def changed_encryption(
    settings: dict[str, Any],
    params: Mapping[str, Any],
    scope: Scope,
    ids: Ids,
    *,
    is_change: bool = False,
) -> None:
    """Bring Schema.settings to what the request's SSESpecification asks for, if it has one.

    is_change  of a table that is there already
    Raises Validation for a type or a key that does not go with it, and for no change.
    """
    wanted = params.get("SSESpecification")
    if wanted is None:
        return
    kind, key = wanted.get("SSEType", "KMS"), wanted.get("KMSMasterKeyId")
    if not wanted.get("Enabled") and not (wanted.get("Enabled") is None and "SSEType" in wanted):
        for name in ("SSEType", "KMSMasterKeyId"):
            if name in wanted:
                raise Validation(f"{OMP}{name} can not be specified if Enabled is false")
        if is_change and "SSE" not in settings:
            raise Validation(f"{OMP}Table is already encrypted by default")
        settings.pop("SSE", None)
        return
    if kind != "KMS":
        raise Validation(f"{OMP}SSEType {kind} is not supported")
    if key is not None and "SSEType" not in wanted:
        raise Validation(f"{OMP}SSEType KMS is required if KMSMasterKeyId is specified")
    known = settings.get("SSE", {})
    if is_change and key is not None and key == known.get("KMSMasterKeyArn"):
        raise Validation(
            f"{OMP}Table is already encrypted with given KMSMasterKeyId. Use KMSMasterKeyId "
            "parameter if you want to change Master Key"
        )
    asked = key or _MANAGED
    if known.get("Asked") != asked:
        settings["SSE"] = {"Asked": asked, "KMSMasterKeyArn": _key_arn(asked, scope, ids)}


def encryption(settings: Mapping[str, Any], status: str) -> dict[str, Any]:
    """SSEDescription as a member of a table's description; nothing with AWS's own key.

    status  ENABLED, UPDATING
    """
    if "SSE" not in settings:
        return {}
    arn = settings["SSE"]["KMSMasterKeyArn"]
    return {"SSEDescription": {"Status": status, "SSEType": "KMS", "KMSMasterKeyArn": arn}}


def _key_arn(asked: str, scope: Scope, ids: Ids) -> str:
    """The ARN of a key that is named by ARN, id or alias. An alias means some key: one is named,
    and stays the table's."""
    if asked.startswith("arn:") and ":alias/" not in asked:
        return asked
    identifier = ids.uuid() if "alias/" in asked else asked
    return f"arn:aws:kms:{scope.region}:{scope.account}:key/{identifier}"
