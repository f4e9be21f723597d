"""The engine of one process over one store: transactions, group commit, sequence numbers.

All operations that become ready in one turn of the event loop form one write of the store. They
see each other's effects at once, because reads look into the pending group first; the group is
written and synced once, at the end of the turn; then all replies go out, those of reads
included, since a read may have seen what was not yet durable. One client pays one sync, 64
clients share it.

A store that fails to write leaves the process with effects it has shown to nobody but itself.
It cannot know what reached the disk, so it answers every waiting and every later request with an
error and stays failed until the node is started again. A full disk is another matter: the same
group is written again every moment until there is room, which is safe because a group says what
is to stand under a key and not what is to be added. Meanwhile requests that write are told an
error, those that read see what is durable, and what the node does for itself waits.
"""

import asyncio
import logging
import struct
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from headwater.clock import Clock, monotonic_ns
from headwater.errors import ServiceUnavailable
from headwater.storage import keyspace
from headwater.storage.engine import Done, Work
from headwater.storage.sequence import HybridClock
from headwater.storage.store import Store, StoreFull, bounded

log = logging.getLogger("headwater.storage")

T = TypeVar("T")

GROUP_ENTRIES_MAX = 4096  # a larger pending group is pushed to the store, still unsynced
_COUNTER = struct.Struct(">qq")
_SEQUENCE = struct.Struct(">Q")
_RETRY_S = 0.5
_LOOK_NS = 20_000_000  # between two looks at the disk's room, while there is some
_FAILED = (
    "The node's store failed ({}) and takes no more requests. "
    "Look at its disk, then start the node again: acknowledged writes are safe."
)
_FULL = (
    "The node's disk is full ({}). It goes on by itself when there is room: acknowledged writes "
    "are safe, those answered with this error may be made or not."
)
_NO_ROOM = (
    "The node's disk is nearly full: nothing was written, and reads and deletes go on. "
    "Make room on it, then try again."
)


class Figures:
    """What an engine has done since it was opened."""

    __slots__ = ("group_ns", "groups", "records", "transactions")

    def __init__(self) -> None:
        self.groups = 0  # made durable
        self.group_ns = 0  # that took
        self.transactions = 0  # in them
        self.records = 0  # appended to logs


class LocalTransaction:
    """Writes are kept here until the work ends well; then the group takes them over."""

    __slots__ = ("_actions", "_counters", "_engine", "_logs", "_ranges", "_writes")

    def __init__(self, engine: "LocalEngine") -> None:
        self._engine = engine
        self._writes: dict[bytes, bytes | None] = {}
        self._logs: list[int] | None = None
        self._counters: dict[bytes, tuple[int, int]] | None = None
        self._ranges: list[tuple[bytes, bytes]] | None = None
        self._actions: list[Callable[[], None]] | None = None

    def get(self, key: bytes) -> bytes | None:
        if key in self._writes:
            return self._writes[key]
        engine = self._engine
        if key in engine.pending:
            return engine.pending[key]
        return engine.store.get(key)

    def get_many(self, keys: Sequence[bytes]) -> list[bytes | None]:
        pending = self._engine.pending
        writes = self._writes
        if not writes and not pending:
            return self._engine.store.get_many(list(keys))
        stored = [key for key in keys if key not in writes and key not in pending]
        found = dict(zip(stored, self._engine.store.get_many(stored), strict=True))
        return [
            writes[key] if key in writes else pending[key] if key in pending else found[key]
            for key in keys
        ]

    def range(
        self,
        start: bytes,
        end: bytes,
        *,
        reverse: bool = False,
        limit: int | None = None,
        bytes_max: int | None = None,
    ) -> list[tuple[bytes, bytes]]:
        engine = self._engine
        if engine.pending:
            engine.push()
        entries = engine.store.scan(start, end, reverse)
        own = [key for key in self._writes if start <= key < end]
        if own:
            entries = self._overlaid(entries, sorted(own, reverse=reverse), reverse)
        return bounded(entries, limit, bytes_max)

    def _overlaid(
        self, entries: Iterator[tuple[bytes, bytes]], own: list[bytes], reverse: bool
    ) -> Iterator[tuple[bytes, bytes]]:
        """`entries` as this transaction's own writes change them, in the same order."""
        at = 0
        for key, value in entries:
            while at < len(own) and (own[at] > key if reverse else own[at] < key):
                written = self._writes[own[at]]
                if written is not None:
                    yield own[at], written
                at += 1
            if at < len(own) and own[at] == key:
                continue  # ours replaces it, and is told in its turn
            yield key, value
        for key in own[at:]:
            written = self._writes[key]
            if written is not None:
                yield key, written

    def put(self, key: bytes, value: bytes) -> None:
        self._writes[key] = value

    def delete(self, key: bytes) -> None:
        self._writes[key] = None

    def delete_range(self, start: bytes, end: bytes) -> None:
        assert not any(start <= key < end for key in self._writes), "write inside a deleted range"
        if self._ranges is None:
            self._ranges = []
        self._ranges.append((start, end))

    def append(self, log: int, value: bytes) -> int:
        sequence = self._engine.sequences.next()
        self._writes[keyspace.record_key(log, sequence)] = value
        self._engine.figures.records += 1
        self.touch(log)
        return sequence

    def sequence(self) -> int:
        return self._engine.sequences.next()

    def pass_sequence(self, sequence: int) -> None:
        self._engine.sequences.pass_by(sequence)

    def require_room(self) -> None:
        if not self._engine.has_room():
            raise ServiceUnavailable(_NO_ROOM)

    def touch(self, log: int) -> None:
        if self._logs is None:
            self._logs = [log]
        else:
            self._logs.append(log)

    def add(self, counter: bytes, first: int, second: int) -> None:
        if self._counters is None:
            self._counters = {counter: (first, second)}
            return
        one, two = self._counters.get(counter, (0, 0))
        self._counters[counter] = (one + first, two + second)

    def counter(self, counter: bytes) -> tuple[int, int]:
        one, two = self._engine.counter(counter)
        if self._counters is not None and counter in self._counters:
            first, second = self._counters[counter]
            return one + first, two + second
        return one, two

    def after_commit(self, action: Callable[[], None]) -> None:
        if self._actions is None:
            self._actions = []
        self._actions.append(action)

    def changes_something(self) -> bool:
        return bool(self._writes or self._ranges or self._counters or self._logs)

    def commit(self) -> None:
        """Hand everything to the pending group. From here on every transaction sees it."""
        engine = self._engine
        if self._ranges is not None:
            # What is pending inside the range must be deleted too, so it goes first.
            engine.push()
        if self._counters is not None:
            # First, because they may have to be read: a store that fails leaves no write behind.
            for counter, (first, second) in self._counters.items():
                engine.add(counter, first, second)
        if self._writes:
            engine.pending.update(self._writes)
        if self._logs is not None:
            engine.appended.update(self._logs)
        if self._ranges is not None:
            # One batch with the rest of this transaction: a crash leaves both or neither.
            engine.push_all(self._ranges)
        elif len(engine.pending) > GROUP_ENTRIES_MAX:
            engine.push_all()
        if self._actions is not None:
            for action in self._actions:
                action()


class _Waiter:
    """Takes the outcome of work that the node does for itself, which waits while the disk is
    full."""

    __slots__ = ("_future",)

    def __init__(self, future: "asyncio.Future[Any]") -> None:
        self._future = future

    def is_gone(self) -> bool:
        """Whether nobody waits any longer."""
        return self._future.cancelled()

    def __call__(self, result: Any, trouble: BaseException | None) -> None:
        if self._future.cancelled():
            return
        if trouble is None:
            self._future.set_result(result)
        else:
            self._future.set_exception(trouble)


def _nobody(result: Any, trouble: BaseException | None) -> None:
    """Takes what was not done, and is held to be tried again."""


class LocalEngine:
    """Group commit over a `Store`. Public attributes are for `LocalTransaction` only."""

    def __init__(self, store: Store, clock: Clock, *, sync: bool) -> None:
        self.store = store
        self.figures = Figures()
        self.pending: dict[bytes, bytes | None] = {}
        self.appended: set[int] = set()
        last = store.get(keyspace.LAST_SEQUENCE)
        self.sequences = HybridClock(clock, _SEQUENCE.unpack(last)[0] if last else 0)
        self._stored_sequence = self.sequences.last
        self._counters: dict[bytes, tuple[int, int]] = {}
        self._changed_counters: set[bytes] = set()
        self._sync = sync
        self._unsynced = False
        self._flush_is_due = False
        self._waiting: list[tuple[Done, Any, BaseException | None]] = []
        self._watchers: list[Callable[[Collection[int]], None]] = []
        self._has_room = True
        self._looked_ns = 0
        self._trouble = ""  # why the store takes nothing just now, or ever
        self._is_full = False  # the trouble is one that may pass
        self._is_ending = False
        self._ranges: Sequence[tuple[bytes, bytes]] = ()  # of a group that found no room
        self._held: list[tuple[Work[Any], _Waiter]] = []

    # --- the contract ------------------------------------------------------------------------

    @property
    def trouble(self) -> ServiceUnavailable | None:
        # A new one for each who asks: what is raised collects the frames it passes through.
        return ServiceUnavailable(self._trouble) if self._trouble else None

    def submit(self, work: Work[Any], done: Done) -> None:
        if self._trouble:
            self._submit_in_trouble(work, done)
            return
        transaction = LocalTransaction(self)
        result: Any = None
        trouble: BaseException | None = None
        try:
            result = work(transaction)
            transaction.commit()
        except Exception as error:
            trouble = error
            if self._is_full and type(done) is _Waiter:
                # It found no room half-way, and nothing of it was done.
                self._held.append((work, done))
                done = _nobody
        if (
            self.pending
            or self._unsynced
            or self._changed_counters
            or self.appended
            or self._is_full  # there is nothing left but ranges to delete
        ):
            self._waiting.append((done, result, trouble))
            if not self._flush_is_due:
                self._flush_is_due = True
                asyncio.get_running_loop().call_soon(self.flush)
        else:
            done(result, trouble)

    async def run(self, work: Work[T]) -> T:
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self.submit(work, _Waiter(future))
        return await future

    def watch(self, watcher: Callable[[Collection[int]], None]) -> None:
        self._watchers.append(watcher)

    def give_up(self) -> None:
        """The node ends: if the disk is still full, nobody is to wait for it any longer."""
        self._is_ending = True
        if self._is_full:
            self.flush()

    def close(self) -> None:
        self._is_ending = True
        self.flush()
        self.store.close()

    # --- the group ---------------------------------------------------------------------------

    def flush(self) -> None:
        """Write and sync the group, then let the replies go and wake the readers."""
        self._flush_is_due = False
        figures, began_ns = self.figures, monotonic_ns()
        try:
            self._write_group(sync=self._sync)
        except Exception:
            self._tell_everybody()
            return
        figures.groups += 1
        figures.group_ns += monotonic_ns() - began_ns
        figures.transactions += len(self._waiting)
        appended, self.appended = self.appended, set()
        # Whoever fails to take the news must not keep it from the others.
        for done, result, trouble in self._take_waiting():
            try:
                done(result, trouble)
            except Exception:
                log.exception("an outcome was not taken")
        if appended:
            for watcher in self._watchers:
                try:
                    watcher(appended)
                except Exception:
                    log.exception("a watcher failed")
        if self._held:
            held, self._held = self._held, []
            for work, waiter in held:
                if not waiter.is_gone():
                    self.submit(work, waiter)

    def has_room(self) -> bool:
        """Whether the disk has room; while it has, it is looked at now and then."""
        now_ns = monotonic_ns()
        if not self._has_room or now_ns - self._looked_ns > _LOOK_NS:
            self._looked_ns = now_ns
            self._has_room = self.store.has_room()
        return self._has_room

    def push_all(self, ranges: Sequence[tuple[bytes, bytes]] = ()) -> None:
        """As `push`, for what has been handed over: where there is no room, it is written when
        there is."""
        try:
            self.push(ranges)
        except ServiceUnavailable:
            if not self._is_full:
                raise

    def push(self, ranges: Sequence[tuple[bytes, bytes]] = ()) -> None:
        """Give the pending group to the store, unsynced, so that a range read finds it there.

        ranges  to be deleted before the group is written, in the same batch
        """
        self._write_group(sync=False, ranges=ranges)

    def _write(
        self,
        ranges: Sequence[tuple[bytes, bytes]],
        entries: Mapping[bytes, bytes | None],
        *,
        sync: bool,
    ) -> None:
        """Every write of the store goes through here, so that none fails unnoticed."""
        try:
            self.store.write(ranges, entries, sync)
        except StoreFull as trouble:
            self._ranges = ranges
            if not self._is_full:
                log.critical("disk is full", extra={"why": str(trouble)})
            self._is_full = not self._is_ending
            self._trouble = _FULL.format(trouble)
            raise ServiceUnavailable(self._trouble) from trouble
        except Exception as trouble:
            self._is_full = False
            self._trouble = _FAILED.format(trouble)
            log.critical("store failed", extra={"why": str(trouble)})
            raise
        self._unsynced = not sync and self._sync

    def _write_group(self, sync: bool, ranges: Sequence[tuple[bytes, bytes]] = ()) -> None:
        if self._trouble:
            if not self._is_full:
                raise ServiceUnavailable(self._trouble)
            ranges = self._ranges
        entries = self.pending
        if self._changed_counters:
            for counter in self._changed_counters:
                entries[counter] = _COUNTER.pack(*self._counters[counter])
            self._changed_counters.clear()
        if self.sequences.last != self._stored_sequence:
            self._stored_sequence = self.sequences.last
            entries[keyspace.LAST_SEQUENCE] = _SEQUENCE.pack(self._stored_sequence)
        if entries or ranges or (sync and self._unsynced):
            self._write(ranges, entries, sync=sync)
            self.pending = {}
            if self._is_full:
                self._is_full, self._trouble, self._ranges = False, "", ()
                log.warning("disk has room again")

    # --- a disk without room -----------------------------------------------------------------

    def _submit_in_trouble(self, work: Work[Any], done: Done) -> None:
        """While the disk is full, whoever only reads is shown what is durable; the node's own work
        waits."""
        if self._is_full and type(done) is _Waiter:
            self._held.append((work, done))
            return
        if not self._is_full or self._unsynced:
            done(None, self.trouble)
            return
        pending, self.pending = self.pending, {}
        transaction = LocalTransaction(self)
        result: Any = None
        trouble: BaseException | None = None
        try:
            result = work(transaction)
            # Nothing is handed over, not even what was to be remembered: what is read here is from
            # before the group that found no room, and may be gone with it.
            if transaction.changes_something():
                result, trouble = None, self.trouble
        except Exception as error:
            trouble = error
        self.pending = pending
        done(result, trouble)

    def _tell_everybody(self) -> None:
        """Tell those who wait of the trouble; while it may pass, only who is not to wait."""
        told: list[Done] = []
        for entry in self._take_waiting():
            if self._is_full and type(entry[0]) is _Waiter:
                self._waiting.append(entry)
            else:
                told.append(entry[0])
        if self._is_full:
            asyncio.get_running_loop().call_later(_RETRY_S, self._try_again)
        else:
            told += [waiter for _, waiter in self._held]
            self._held = []
        for done in told:
            try:
                done(None, self.trouble)
            except Exception:
                log.exception("an outcome was not taken")

    def _try_again(self) -> None:
        """Write the group that found no room; if there is some now, go on as if nothing were."""
        if self._is_full:
            self.flush()

    def _take_waiting(self) -> list[tuple[Done, Any, BaseException | None]]:
        waiting, self._waiting = self._waiting, []
        return waiting

    # --- counters ----------------------------------------------------------------------------

    def counter(self, counter: bytes) -> tuple[int, int]:
        known = self._counters.get(counter)
        if known is None:
            stored = self.store.get(counter)
            one, two = _COUNTER.unpack(stored) if stored else (0, 0)
            known = self._counters[counter] = (one, two)
        return known

    def add(self, counter: bytes, first: int, second: int) -> None:
        one, two = self.counter(counter)
        self._counters[counter] = (one + first, two + second)
        self._changed_counters.add(counter)
