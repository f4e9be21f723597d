"""What is attached to a function and is no part of its configuration: tags and a reservation.

Everything here happens inside the caller's transaction. The function's RevisionId stays: nothing
of this changes what runs.
"""

from headwater.arns import Scope, parse_arn
from headwater.errors import InvalidParameterValue, NotSupported
from headwater.functions.configuration import check_tags
from headwater.functions.names import parse_function_name
from headwater.functions.stored import read_function, scope_functions, write_function
from headwater.storage.engine import Transaction

# --- tags ---------------------------------------------------------------------------------------


def tagged_function(scope: Scope, arn: str) -> str:
    """The name of the function whose ARN was given to a tag operation.

    Raises InvalidParameterValue, NotSupported for an ARN of something else.
    """
    parsed = parse_arn(arn)
    if parsed is not None and not parsed.resource.startswith("function:"):
        kind = parsed.resource.partition(":")[0]
        raise NotSupported(f"Tags on a {kind} are not supported by Headwater: only on functions.")
    name, qualifier = parse_function_name(scope, arn)
    if qualifier is not None or parsed is None:
        raise InvalidParameterValue(
            "Tags on function aliases and versions are not supported. Please specify a function "
            "ARN."
        )
    return name


def get_tags(tx: Transaction, scope: Scope, name: str) -> dict[str, str]:
    """Raises ResourceNotFound."""
    tags: dict[str, str] = read_function(tx, scope, name)["tags"]
    return tags


def add_tags(tx: Transaction, scope: Scope, name: str, tags: dict[str, str]) -> None:
    """Raises ResourceNotFound, InvalidParameterValue if it becomes too many."""
    document = read_function(tx, scope, name)
    document["tags"] = document["tags"] | tags
    check_tags(document["tags"])
    write_function(tx, scope, document)


def remove_tags(tx: Transaction, scope: Scope, name: str, keys: list[str]) -> None:
    """Keys that are not there are fine. Raises ResourceNotFound."""
    document = read_function(tx, scope, name)
    document["tags"] = {key: text for key, text in document["tags"].items() if key not in keys}
    write_function(tx, scope, document)


# --- reserved concurrency -----------------------------------------------------------------------


def get_reserved(tx: Transaction, scope: Scope, name: str) -> int | None:
    """How many events a function may have in hand at once; None: only the node's bound holds."""
    reserved: int | None = read_function(tx, scope, name).get("reserved")
    return reserved


def reserve(tx: Transaction, scope: Scope, name: str, events: int | None) -> None:
    """Raises ResourceNotFound."""
    document = read_function(tx, scope, name)
    document["reserved"] = events
    write_function(tx, scope, document)


def account_usage(tx: Transaction, scope: Scope) -> tuple[int, int, int]:
    """Of a scope: its functions, the bytes of their code, and what they reserve together."""
    documents = scope_functions(tx, scope)
    code_bytes = sum(one["configuration"]["CodeSize"] for one in documents)
    return len(documents), code_bytes, sum(one.get("reserved") or 0 for one in documents)
