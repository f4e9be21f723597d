"""The contract between everything that keeps state and whatever keeps it.

An engine is an ordered map from bytes to bytes with atomic transactions, append-only logs whose
sequence numbers it assigns, and counters. It knows keys and durability. It does not know tables,
items or streams: `storage/keyspace.py` gives the keys their meaning.

Guarantees every engine gives, held by one suite (tests/contract/test_engine.py):
- a transaction takes effect as a whole or not at all, and sees its own writes;
- transactions are serializable;
- `done` is called only when everything the transaction wrote *or saw* is durable;
- sequences of one log grow strictly in commit order, and no reader can see a number before
  every smaller number of that log is visible.
"""

from collections.abc import Callable, Collection, Sequence
from typing import Any, Protocol, TypeVar

from headwater.errors import AwsError

T = TypeVar("T")


class Transaction(Protocol):
    """One atomic piece of work. Valid only inside the call it was handed to."""

    def get(self, key: bytes) -> bytes | None: ...

    def get_many(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """Values in the order of `keys`."""
        ...

    def range(
        self,
        start: bytes,
        end: bytes,
        *,
        reverse: bool = False,
        limit: int | None = None,
        bytes_max: int | None = None,
    ) -> list[tuple[bytes, bytes]]:
        """Entries with start <= key < end, ascending or descending.

        limit      at most so many entries; None: no bound
        bytes_max  stop after the entry with which the values' bytes reach this; None: no bound
        """
        ...

    def put(self, key: bytes, value: bytes) -> None: ...

    def delete(self, key: bytes) -> None:
        """Remove `key`; absent is fine."""
        ...

    def delete_range(self, start: bytes, end: bytes) -> None:
        """Remove start <= key < end. Cheap for any number of keys. The same transaction must
        not read or write inside the range."""
        ...

    def append(self, log: int, value: bytes) -> int:
        """Add `value` to a log under a new sequence (unsigned 64 bits), which is returned."""
        ...

    def sequence(self) -> int:
        """A sequence of no record: above every one taken before, below every one taken later."""
        ...

    def pass_sequence(self, sequence: int) -> None:
        """Take every later sequence above `sequence`, which another node took."""
        ...

    def require_room(self) -> None:
        """Raises ServiceUnavailable when the disk is nearly full: asked by what only adds, so that
        what reads, frees and keeps the house can go on."""
        ...

    def touch(self, log: int) -> None:
        """Tell the watchers of `log` although nothing is added: its shard was closed."""
        ...

    def add(self, counter: bytes, first: int, second: int) -> None:
        """Add to a counter, which is a pair of signed integers that starts at (0, 0)."""
        ...

    def counter(self, counter: bytes) -> tuple[int, int]: ...

    def after_commit(self, action: Callable[[], None]) -> None:
        """Run `action` when the transaction takes effect: the place for caches. It must not
        raise, and it does not run if the transaction is discarded."""
        ...


Work = Callable[[Transaction], T]
Done = Callable[[Any, BaseException | None], None]
"""Called with (result, None) or (None, the exception that discarded the transaction)."""


class Engine(Protocol):
    """Keeps bytes. All methods are called on the event loop's thread."""

    @property
    def trouble(self) -> AwsError | None:
        """Why the store takes nothing just now, or ever; None while all is well."""
        ...

    def submit(self, work: Work[Any], done: Done) -> None:
        """Run `work` in a transaction of its own; tell `done` on the loop, when it is durable."""
        ...

    async def run(self, work: Work[T]) -> T:
        """As `submit`, awaited; while the disk is full it waits, where `submit` tells an error."""
        ...

    def watch(self, watcher: Callable[[Collection[int]], None]) -> None:
        """Call `watcher` on the loop with the logs that were appended to, each time some became
        durable. Watchers must not raise."""
        ...

    def close(self) -> None:
        """Make everything durable and release the store. Waiting `done`s are called first."""
        ...
