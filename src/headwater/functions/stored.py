"""Reading documents of functions from a transaction, and the errors where there are none.

This file knows keys and documents. It does not know operations, code or processes.
"""

from typing import NamedTuple

from headwater.arns import Scope, function_arn
from headwater.errors import PreconditionFailed, ResourceNotFound
from headwater.functions.code_store import Upload
from headwater.functions.document import Document, decode, encode
from headwater.functions.invocation import LATEST
from headwater.storage.engine import Transaction
from headwater.storage.function_keys import (
    alias_key,
    aliases_prefix,
    all_functions_prefix,
    all_layers_prefix,
    all_versions_prefix,
    function_key,
    functions_prefix,
    version_key,
    versions_prefix,
)
from headwater.storage.keyspace import successor

STALE_REVISION = (
    "The Revision Id provided does not match the latest Revision Id. Call the "
    "GetFunction/GetAlias API to retrieve the latest Revision Id"
)


class Named(NamedTuple):
    """A function as a qualifier names it."""

    stored: tuple[bytes, bytes]  # the function's document, and the version's (or nothing)
    version: str  # "$LATEST" or a number


def not_found(scope: Scope, name: str, qualifier: str | None = None) -> ResourceNotFound:
    return ResourceNotFound(f"Function not found: {function_arn(scope, name, qualifier)}")


def read_function(
    tx: Transaction, scope: Scope, name: str, revision: str | None = None
) -> Document:
    """revision: the RevisionId that the caller expects, if any.

    Raises ResourceNotFound, PreconditionFailed.
    """
    stored = tx.get(function_key(scope, name))
    if stored is None:
        raise not_found(scope, name)
    document = decode(stored)
    if revision is not None and document["configuration"]["RevisionId"] != revision:
        raise PreconditionFailed(STALE_REVISION)
    return document


def write_function(tx: Transaction, scope: Scope, document: Document) -> None:
    name = document["configuration"]["FunctionName"]
    tx.put(function_key(scope, name), encode(document))


def read_versions(tx: Transaction, scope: Scope, name: str) -> list[Document]:
    """The published versions of a function, oldest first."""
    prefix = versions_prefix(scope, name)
    return [decode(stored) for _, stored in tx.range(prefix, successor(prefix))]


def read_aliases(tx: Transaction, scope: Scope, name: str) -> list[Document]:
    prefix = aliases_prefix(scope, name)
    return [decode(stored) for _, stored in tx.range(prefix, successor(prefix))]


def read_alias(tx: Transaction, scope: Scope, name: str, alias: str) -> Document | None:
    stored = tx.get(alias_key(scope, name, alias))
    return None if stored is None else decode(stored)


def read_version(
    tx: Transaction, scope: Scope, name: str, qualifier: str | None
) -> tuple[Document, Document]:
    """The function, and the version that `qualifier` names (the function itself if none).

    An alias stands for its main version. Raises ResourceNotFound.
    """
    named = find_named(tx, scope, name, qualifier, 1.0)
    function, version = named.stored
    document = decode(function)
    return document, decode(version) if version else document


def find_named(
    tx: Transaction, scope: Scope, name: str, qualifier: str | None, dice: float
) -> Named:
    """What `qualifier` names: nothing, $LATEST, a number or an alias.

    dice  in [0, 1]: where an alias has two versions, below the second one's weight names that one
    Raises ResourceNotFound.
    """
    function = tx.get(function_key(scope, name))
    if function is None:
        raise not_found(scope, name, qualifier)
    if qualifier is None or qualifier == LATEST:
        return Named((function, b""), LATEST)
    number = qualifier
    if not qualifier.isdigit():
        alias = read_alias(tx, scope, name, qualifier)
        if alias is None:
            raise not_found(scope, name, qualifier)
        number = chosen_version(alias, dice)
        if number == LATEST:
            return Named((function, b""), LATEST)
    version = tx.get(version_key(scope, name, int(number))) if len(number) < 19 else None
    if version is None:
        raise not_found(scope, name, qualifier)
    return Named((function, version), number)


def chosen_version(alias: Document, dice: float) -> str:
    """The version that an alias sends an event to."""
    weights = alias.get("RoutingConfig", {}).get("AdditionalVersionWeights") or {}
    for version, weight in weights.items():
        if dice < weight:
            return str(version)
    return str(alias["FunctionVersion"])


def scope_functions(tx: Transaction, scope: Scope) -> list[Document]:
    """All functions of a scope."""
    prefix = functions_prefix(scope)
    return [decode(stored) for _, stored in tx.range(prefix, successor(prefix))]


def every_function(tx: Transaction) -> list[Document]:
    """All functions of all scopes."""
    prefix = all_functions_prefix()
    return [decode(stored) for _, stored in tx.range(prefix, successor(prefix))]


def scope_of(document: Document) -> Scope:
    """Account and region of a function or a version."""
    arn = document["configuration"]["FunctionArn"].split(":")
    return Scope(arn[4], arn[3])


# --- code ---------------------------------------------------------------------------------------


def upload_of(document: Document) -> Upload | None:
    """The package of a function or version; None if it runs from a directory."""
    if not document["upload"]:
        return None
    arn = document["configuration"]["FunctionArn"].split(":")
    return Upload(Scope(arn[4], arn[3]), arn[6], document["upload"])


def layer_upload(entry: Document) -> Upload:
    """The package of a layer version. entry: its document, or what a function keeps of it."""
    arn = entry["arn"].split(":")
    return Upload(Scope(arn[4], arn[3]), arn[6], entry["upload"])


def every_upload(tx: Transaction) -> tuple[list[Upload], list[Upload]]:
    """What documents name: packages of functions, and of layers."""
    functions: list[Upload] = []
    layers: list[Upload] = []
    for prefix in (all_functions_prefix(), all_versions_prefix()):
        for _, stored in tx.range(prefix, successor(prefix)):
            document = decode(stored)
            if (upload := upload_of(document)) is not None:
                functions.append(upload)
            layers += [layer_upload(entry) for entry in document.get("layers", ())]
    prefix = all_layers_prefix()
    layers += [layer_upload(decode(stored)) for _, stored in tx.range(prefix, successor(prefix))]
    return functions, layers
