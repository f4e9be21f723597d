"""Aliases: names that point to a version of a function, or share events between two.

Everything here happens inside the caller's transaction. Source: the Lambda API reference; texts
recorded.
"""

from typing import Any

from headwater.arns import Scope, function_arn
from headwater.errors import (
    InvalidParameterValue,
    PreconditionFailed,
    ResourceConflict,
    ResourceNotFound,
)
from headwater.functions.document import Document, encode
from headwater.functions.invocation import LATEST
from headwater.functions.stored import (
    STALE_REVISION,
    not_found,
    read_alias,
    read_aliases,
    read_function,
)
from headwater.ids import Ids
from headwater.storage.engine import Transaction
from headwater.storage.function_keys import alias_key, version_key


def create_alias(
    tx: Transaction, scope: Scope, name: str, params: dict[str, Any], ids: Ids
) -> Document:
    """params: members of CreateAlias. Raises ResourceNotFound, ResourceConflict,
    InvalidParameterValue."""
    read_function(tx, scope, name)
    alias = params["Name"]
    arn = function_arn(scope, name, alias)
    if read_alias(tx, scope, name, alias) is not None:
        raise ResourceConflict(f"Alias already exists: {arn}")
    document = {
        "AliasArn": arn,
        "Name": alias,
        "FunctionVersion": params["FunctionVersion"],
        "Description": params.get("Description", ""),
    }
    return _keep(tx, scope, name, document, params, ids)


def update_alias(
    tx: Transaction, scope: Scope, name: str, params: dict[str, Any], ids: Ids
) -> Document:
    """params: members of UpdateAlias; those not given stay. Raises as `create_alias` does, and
    PreconditionFailed."""
    document = get_alias(tx, scope, name, params["Name"])
    if params.get("RevisionId") not in (None, document["RevisionId"]):
        raise PreconditionFailed(STALE_REVISION)
    given = {key: params[key] for key in ("FunctionVersion", "Description") if key in params}
    return _keep(tx, scope, name, document | given, params, ids)


def get_alias(tx: Transaction, scope: Scope, name: str, alias: str) -> Document:
    """Raises ResourceNotFound."""
    read_function(tx, scope, name)
    document = read_alias(tx, scope, name, alias)
    if document is None:
        raise ResourceNotFound(f"Cannot find alias arn: {function_arn(scope, name, alias)}")
    return document


def list_aliases(tx: Transaction, scope: Scope, name: str, version: str | None) -> list[Document]:
    """The aliases of a function by name; version: only those that point to it."""
    read_function(tx, scope, name)
    aliases = read_aliases(tx, scope, name)
    return [one for one in aliases if version in (None, one["FunctionVersion"])]


def delete_alias(tx: Transaction, scope: Scope, name: str, alias: str) -> None:
    """Raises ResourceNotFound for the function; an alias that is not there is fine."""
    read_function(tx, scope, name)
    tx.delete(alias_key(scope, name, alias))


def _keep(
    tx: Transaction,
    scope: Scope,
    name: str,
    document: Document,
    params: dict[str, Any],
    ids: Ids,
) -> Document:
    weights = params.get("RoutingConfig", {}).get("AdditionalVersionWeights")
    if weights:
        document["RoutingConfig"] = {"AdditionalVersionWeights": weights}
    elif "RoutingConfig" in params:
        document.pop("RoutingConfig", None)
    weights = document.get("RoutingConfig", {}).get("AdditionalVersionWeights") or {}
    main = document["FunctionVersion"]
    _check_routing(main, weights)
    for version in (main, *weights):
        _must_have(tx, scope, name, version)
    document["RevisionId"] = ids.uuid()
    tx.put(alias_key(scope, name, document["Name"]), encode(document))
    return document


def _check_routing(main: str, weights: dict[str, float]) -> None:
    if len(weights) > 1:
        raise InvalidParameterValue(
            "Number of items in AdditionalVersionWeights cannot be greater than 1"
        )
    if weights and LATEST in (main, *weights):
        raise InvalidParameterValue(
            "$LATEST is not supported for an alias pointing to more than 1 version"
        )
    if main in weights:
        raise InvalidParameterValue(
            f"Invalid function version {main}. Function version {main} is already included in "
            "routing configuration."
        )
    if any(not 0 <= weight <= 1 for weight in weights.values()):
        raise InvalidParameterValue("AdditionalVersionWeights must be between 0.0 and 1.0.")


def _must_have(tx: Transaction, scope: Scope, name: str, version: str) -> None:
    if version == LATEST:
        return
    known = version.isdigit() and len(version) < 19
    if not known or tx.get(version_key(scope, name, int(version))) is None:
        raise not_found(scope, name, version)
