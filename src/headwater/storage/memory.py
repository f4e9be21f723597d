"""A store that forgets everything at the end of the process: for tests and `--in-memory`."""

from collections.abc import Iterator, Mapping, Sequence

from sortedcontainers import SortedDict

from headwater.clock import Clock
from headwater.storage.local import LocalEngine


class MemoryStore:
    """Keys in order in one sorted dictionary."""

    def __init__(self) -> None:
        self._entries: SortedDict[bytes, bytes] = SortedDict()

    def get(self, key: bytes) -> bytes | None:
        return self._entries.get(key)

    def get_many(self, keys: list[bytes]) -> list[bytes | None]:
        return [self._entries.get(key) for key in keys]

    def scan(self, start: bytes, end: bytes, reverse: bool) -> Iterator[tuple[bytes, bytes]]:
        entries = self._entries
        for key in entries.irange(start, end, (True, False), reverse):
            yield key, entries[key]

    def write(
        self,
        ranges: Sequence[tuple[bytes, bytes]],
        entries: Mapping[bytes, bytes | None],
        sync: bool,
    ) -> None:
        for start, end in ranges:
            for key in list(self._entries.irange(start, end, (True, False))):
                del self._entries[key]
        for key, value in entries.items():
            if value is None:
                self._entries.pop(key, None)
            else:
                self._entries[key] = value

    def has_room(self) -> bool:
        return True

    def close(self) -> None:
        self._entries.clear()


def open_memory(clock: Clock) -> LocalEngine:
    """An engine that keeps everything in memory and never waits for a disk."""
    return LocalEngine(MemoryStore(), clock, sync=False)
