"""What a local engine needs of a key-value store, and how a store says that it has no room."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Protocol


class Store(Protocol):
    """What a local engine needs of a key-value store. Not thread-safe; called from the loop."""

    def get(self, key: bytes) -> bytes | None: ...

    def get_many(self, keys: list[bytes]) -> list[bytes | None]: ...

    def scan(self, start: bytes, end: bytes, reverse: bool) -> Iterator[tuple[bytes, bytes]]:
        """Entries with start <= key < end; the iterator is used up before the next write."""
        ...

    def write(
        self,
        ranges: Sequence[tuple[bytes, bytes]],
        entries: Mapping[bytes, bytes | None],
        sync: bool,
    ) -> None:
        """Delete `ranges`, then put `entries` (None deletes), atomically; with `sync`, return
        only when this and every earlier write is durable."""
        ...

    def has_room(self) -> bool:
        """Whether the disk takes more than what has been written already needs."""
        ...

    def close(self) -> None: ...


class StoreFull(Exception):
    """Nothing of a write was done, for want of room; it may be tried again."""


def bounded(
    entries: Iterator[tuple[bytes, bytes]], limit: int | None, bytes_max: int | None
) -> list[tuple[bytes, bytes]]:
    """The first of `entries`: at most `limit` of them, and no more once their values reach
    `bytes_max` bytes."""
    if limit is not None:
        entries = islice(entries, max(0, limit))
    if bytes_max is None:
        return list(entries)
    found: list[tuple[bytes, bytes]] = []
    add = found.append
    size = 0
    for entry in entries:
        add(entry)
        size += len(entry[1])
        if size >= bytes_max:
            break
    return found
