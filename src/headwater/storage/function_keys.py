"""The keys of functions, which are on the page of keyspace.py as f, v, a, y and i."""

from headwater.arns import Scope
from headwater.storage.keyspace import scoped


def functions_prefix(scope: Scope) -> bytes:
    return scoped(b"f", scope)


def all_functions_prefix() -> bytes:
    return b"f"


def function_key(scope: Scope, function: str) -> bytes:
    return functions_prefix(scope) + function.encode()


def versions_prefix(scope: Scope, function: str) -> bytes:
    """Published versions of a function."""
    return scoped(b"v", scope) + function.encode() + b"\0"


def all_versions_prefix() -> bytes:
    return b"v"


def version_key(scope: Scope, function: str, version: int) -> bytes:
    return versions_prefix(scope, function) + version.to_bytes(8, "big")


def aliases_prefix(scope: Scope, function: str) -> bytes:
    return scoped(b"a", scope) + function.encode() + b"\0"


def alias_key(scope: Scope, function: str, alias: str) -> bytes:
    return aliases_prefix(scope, function) + alias.encode()


def layers_prefix(scope: Scope, layer: str | None = None) -> bytes:
    prefix = scoped(b"y", scope)
    return prefix if layer is None else prefix + layer.encode() + b"\0"


def all_layers_prefix() -> bytes:
    return b"y"


def layer_key(scope: Scope, layer: str, version: int) -> bytes:
    return layers_prefix(scope, layer) + version.to_bytes(8, "big")


def events_prefix(scope: Scope, function: str) -> bytes:
    """Events that wait for an asynchronous invocation, by when they are due."""
    return scoped(b"i", scope) + function.encode() + b"\0"


def all_events_prefix() -> bytes:
    return b"i"


def event_key(scope: Scope, function: str, due_ms: int, event_id: str) -> bytes:
    return events_prefix(scope, function) + due_ms.to_bytes(8, "big") + event_id.encode()


def event_due_ms(scope: Scope, function: str, key: bytes) -> int:
    """When the event with this key is due."""
    start = len(events_prefix(scope, function))
    return int.from_bytes(key[start : start + 8], "big")
