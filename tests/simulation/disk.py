"""A disk whose power can fail: what was synced stays, of the rest a beginning may stay, or nothing.

It stands in for RocksDB and the file system below it. A batch is one record of a write-ahead log:
it is there as a whole or not at all, and never without the batches before it. Between crashes it
behaves as any store does.
"""

import random
from collections.abc import Iterator, Mapping, Sequence

from headwater.storage.memory import MemoryStore

Batch = tuple[list[tuple[bytes, bytes]], dict[bytes, bytes | None]]


class PowerCut(Exception):
    """The machine is off: whoever writes now will never know what became of it."""


class Disk:
    """What outlives a node."""

    def __init__(self) -> None:
        self._safe = MemoryStore()
        self._unsafe: list[Batch] = []
        self._mounted: Store | None = None
        self._writes_left: int | None = None
        self._last_is_kept = False

    def mount(self) -> "Store":
        """The store of a node that starts now. One that was there before is cut off."""
        if self._mounted is not None:
            self._mounted.disk = None
        store = Store(self)
        store.view.write((), dict(self._safe.scan(b"", b"\xff" * 40, False)), True)
        self._mounted = store
        return store

    def fail_in(self, writes: int, *, kept: bool) -> None:
        """Cut the power during the `writes`-th write from now. kept: that write is still safe."""
        self._writes_left = writes
        self._last_is_kept = kept

    def cut(self, dice: random.Random) -> None:
        """The power fails now: some beginning of what was not synced is found afterwards."""
        kept = dice.randint(0, len(self._unsafe))
        for ranges, entries in self._unsafe[:kept]:
            self._safe.write(ranges, entries, True)
        self._unsafe = []
        self._writes_left = None
        if self._mounted is not None:
            self._mounted.disk = None
            self._mounted = None

    def take(
        self,
        ranges: Sequence[tuple[bytes, bytes]],
        entries: Mapping[bytes, bytes | None],
        sync: bool,
    ) -> None:
        """Write one batch. Raises PowerCut when its time has come."""
        fails = False
        if self._writes_left is not None:
            self._writes_left -= 1
            fails = self._writes_left <= 0
        if not fails or self._last_is_kept:
            self._unsafe.append((list(ranges), dict(entries)))
            if sync:
                for batch in self._unsafe:
                    self._safe.write(*batch, True)
                self._unsafe = []
        if fails:
            raise PowerCut


class Store:
    """A headwater.storage.local.Store over a Disk, as one node sees it."""

    def __init__(self, disk: Disk) -> None:
        self.disk: Disk | None = disk
        self.view = MemoryStore()
        self.get = self.view.get
        self.get_many = self.view.get_many

    def scan(self, start: bytes, end: bytes, reverse: bool) -> Iterator[tuple[bytes, bytes]]:
        return self.view.scan(start, end, reverse)

    def write(
        self,
        ranges: Sequence[tuple[bytes, bytes]],
        entries: Mapping[bytes, bytes | None],
        sync: bool,
    ) -> None:
        if self.disk is None:
            raise PowerCut
        self.disk.take(ranges, entries, sync)
        self.view.write(ranges, entries, sync)

    def has_room(self) -> bool:
        return True

    def close(self) -> None:
        """Nothing to give back: the disk stays."""
