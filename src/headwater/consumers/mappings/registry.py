"""The mappings of the database: found, listed, and checked against what they depend on.

Plain functions over a transaction. What runs because of a mapping is the supervisor's business.
"""

from collections.abc import Iterator

from headwater.arns import Scope, parse_stream_arn
from headwater.changelog.retention import is_stream_gone
from headwater.changelog.stream import Stream, load_stream
from headwater.consumers.mappings.document import Mapping
from headwater.errors import InvalidParameterValue, ResourceConflict, ResourceNotFound
from headwater.functions.invocation import LATEST
from headwater.functions.names import FunctionName
from headwater.storage import function_keys, keyspace
from headwater.storage.engine import Transaction


def every_mapping(tx: Transaction) -> list[Mapping]:
    """All mappings of all scopes."""
    prefix = keyspace.all_mappings_prefix()
    return [Mapping.decode(data) for _, data in tx.range(prefix, keyspace.successor(prefix))]


def mappings_of(tx: Transaction, scope: Scope, after: str = "") -> Iterator[Mapping]:
    """The mappings of a scope by UUID; only those above `after`."""
    prefix = keyspace.mappings_prefix(scope)
    start = keyspace.mapping_key(scope, after) + b"\0" if after else prefix
    for _, data in tx.range(start, keyspace.successor(prefix)):
        yield Mapping.decode(data)


def find_mapping(tx: Transaction, scope: Scope, uuid: str) -> Mapping:
    """Raises ResourceNotFound."""
    data = tx.get(keyspace.mapping_key(scope, uuid))
    if data is None:
        raise ResourceNotFound("The resource you requested does not exist.")
    return Mapping.decode(data)


def function_must_exist(tx: Transaction, scope: Scope, function: FunctionName) -> None:
    """Raises InvalidParameterValue; also if there is no such version or alias of it."""
    if tx.get(function_keys.function_key(scope, function.name)) is not None:
        qualifier = function.qualifier
        if qualifier in (None, LATEST) or _is_published(tx, scope, function.name, str(qualifier)):
            return
    raise InvalidParameterValue("Function does not exist")


def _is_published(tx: Transaction, scope: Scope, name: str, qualifier: str) -> bool:
    """Whether a function has this version or alias."""
    if qualifier.isdecimal() and len(qualifier) < 18:
        key = function_keys.version_key(scope, name, int(qualifier))
    else:
        key = function_keys.alias_key(scope, name, qualifier)
    return tx.get(key) is not None


def stream_must_exist(tx: Transaction, scope: Scope, arn: str, now_ms: int) -> Stream:
    """The stream `arn` names, if it has readable records or may get some.

    Raises InvalidParameterValue; also for another scope's, which is as good as not there.
    """
    name = parse_stream_arn(arn)
    stream = None
    if name is not None and name.scope == scope:
        stream = load_stream(tx, name)
    if stream is None or is_stream_gone(stream, now_ms):
        raise InvalidParameterValue(f"Stream not found: {arn}")
    return stream


def must_be_alone(tx: Transaction, wanted: Mapping) -> None:
    """Raises ResourceConflict if another mapping connects the same stream and function."""
    for mapping in mappings_of(tx, wanted.scope):
        if mapping.uuid == wanted.uuid or mapping.stream_arn != wanted.stream_arn:
            continue
        if mapping.function_arn == wanted.function_arn:
            raise ResourceConflict(
                f'The event source arn (" {wanted.stream_arn} ") and function '
                f'(" {wanted.function} ") provided mapping already exists. Please update or '
                f"delete the existing mapping with UUID {mapping.uuid}"
            )
