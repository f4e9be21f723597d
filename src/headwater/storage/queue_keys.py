"""The keys of queues and their messages, which are on the page of keyspace.py as q and u."""

import struct

from headwater.arns import Scope
from headwater.storage.keyspace import scoped

_MESSAGE = struct.Struct(">cIcQ")
_DUE_MESSAGE = struct.Struct(">cIcQQ")


def queues_prefix(scope: Scope) -> bytes:
    return scoped(b"q", scope)


def all_queues_prefix() -> bytes:
    return b"q"


def queue_key(scope: Scope, queue: str) -> bytes:
    return queues_prefix(scope) + queue.encode()


def messages_range(queue_id: int) -> tuple[bytes, bytes]:
    """Everything a queue keeps of its messages."""
    return b"u" + queue_id.to_bytes(4, "big"), b"u" + (queue_id + 1).to_bytes(4, "big")


def message_key(queue_id: int, kind: bytes, sequence: int) -> bytes:
    """kind: m (the message), s (where it stands), r (list of those ready)."""
    return _MESSAGE.pack(b"u", queue_id, kind, sequence)


def messages_end(queue_id: int, kind: bytes) -> bytes:
    """The first key after all of a kind, whichever kind it is."""
    return _MESSAGE.pack(b"u", queue_id, kind, (1 << 64) - 1) + b"\xff" * 9


def due_message_key(queue_id: int, kind: bytes, due_ms: int, sequence: int) -> bytes:
    """kind: d (delayed), f (in flight)."""
    return _DUE_MESSAGE.pack(b"u", queue_id, kind, due_ms, sequence)


def message_sequence_of(key: bytes) -> int:
    """The sequence that ends the key of a message or of an entry of a list."""
    return int.from_bytes(key[-8:], "big")


def message_due_of(key: bytes) -> int:
    """Milliseconds since the epoch in an entry of a list of those delayed or in flight."""
    return int.from_bytes(key[6:14], "big")
