"""A disk without room: nothing is lost, callers are told, and the node goes on when there is room.

Source: the guarantees in storage/engine.py; a store that finds no room has done nothing of a write.
"""

import asyncio
import os
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest

from headwater.clock import ManualClock
from headwater.errors import ServiceUnavailable
from headwater.storage import embedded, keyspace, local
from headwater.storage.embedded import open_embedded
from headwater.storage.engine import Transaction
from headwater.storage.local import LocalEngine
from headwater.storage.memory import MemoryStore
from headwater.storage.store import StoreFull

NOW_MS = 1_772_600_800_000
MIB = 1024 * 1024


class SmallStore(MemoryStore):
    """A store whose disk is filled and emptied by others."""

    is_full = False
    is_low = False
    refused = 0

    def write(self, *args: Any) -> None:
        if self.is_full:
            self.refused += 1
            raise StoreFull("no room")
        super().write(*args)

    def has_room(self) -> bool:
        return not self.is_low


@pytest.fixture(autouse=True)
def _looks_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "_RETRY_S", 0.001)
    monkeypatch.setattr(local, "_LOOK_NS", -1)


@pytest.fixture
def store() -> SmallStore:
    return SmallStore()


@pytest.fixture
def engine(store: SmallStore) -> LocalEngine:
    return LocalEngine(store, ManualClock(NOW_MS), sync=True)


def put(key: bytes, value: bytes) -> Callable[[Transaction], None]:
    return lambda tx: tx.put(key, value)


class Caller:
    """What a request is told, by `submit`."""

    def __init__(self, engine: LocalEngine) -> None:
        self._engine = engine
        self.told: list[tuple[Any, BaseException | None]] = []

    def ask(self, work: Callable[[Transaction], Any]) -> None:
        self._engine.submit(work, lambda result, trouble: self.told.append((result, trouble)))


async def until(probe: Callable[[], Any]) -> None:
    turn = asyncio.Event()
    while not probe():
        asyncio.get_running_loop().call_soon(turn.set)
        await turn.wait()
        turn.clear()


def play(story: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(asyncio.wait_for(story(), 60))


def test_requests_are_told_while_the_nodes_own_work_waits_for_room(
    store: SmallStore, engine: LocalEngine
) -> None:
    async def story() -> None:
        seen: list[Any] = []
        engine.watch(lambda logs: seen.append(set(logs)))
        caller = Caller(engine)
        store.is_full = True
        caller.ask(put(b"da", b"1"))
        own = asyncio.ensure_future(engine.run(lambda tx: tx.append(7, b"record")))
        await until(lambda: caller.told)
        caller.ask(put(b"dc", b"3"))
        later = asyncio.ensure_future(engine.run(put(b"db", b"2")))
        assert [type(trouble) for _, trouble in caller.told] == [ServiceUnavailable] * 2
        assert "disk is full (no room)" in str(engine.trouble)
        await until(lambda: store.refused > 3)
        assert not own.done() and not later.done() and seen == []
        store.is_full = False
        sequence = await own
        await later
        assert engine.trouble is None
        assert seen == [{7}]
        found = await engine.run(lambda tx: tx.range(*keyspace.log_range(7)))
        assert found == [(keyspace.record_key(7, sequence), b"record")]
        # What a caller was told an error of may have been made.
        assert await engine.run(lambda tx: tx.get_many([b"da", b"db"])) == [b"1", b"2"]

    play(story)


def test_who_only_reads_is_shown_what_was_there_before_the_disk_was_full(
    store: SmallStore, engine: LocalEngine
) -> None:
    async def story() -> None:
        await engine.run(put(b"da", b"1"))
        store.is_full = True
        caller, reader = Caller(engine), Caller(engine)
        caller.ask(put(b"da", b"2"))
        await until(lambda: caller.told)
        reader.ask(lambda tx: tx.get(b"da"))
        reader.ask(lambda tx: [key for key, _ in tx.range(b"d", b"e")])
        reader.ask(lambda tx: tx.delete(b"da"))
        assert reader.told[:2] == [(b"1", None), ([b"da"], None)]
        ((done, trouble),) = reader.told[2:]
        assert done is None and isinstance(trouble, ServiceUnavailable)
        store.is_full = False
        assert await engine.run(lambda tx: tx.get(b"da")) == b"2"

    play(story)


def test_a_range_that_was_to_be_deleted_is_deleted_when_there_is_room(
    store: SmallStore, engine: LocalEngine
) -> None:
    async def story() -> None:
        await engine.run(put(b"da", b"1"))
        done: list[str] = []

        def work(tx: Transaction) -> None:
            tx.delete_range(b"d", b"e")
            tx.put(b"ta", b"2")
            tx.after_commit(lambda: done.append("committed"))

        store.is_full = True
        waits = asyncio.ensure_future(engine.run(work))
        await until(lambda: engine.trouble)
        store.is_full = False
        await waits
        assert done == ["committed"]
        found = await engine.run(lambda tx: tx.range(b"a", b"z"))
        assert [(key, value) for key, value in found if key != keyspace.LAST_SEQUENCE] == [
            (b"ta", b"2")
        ]

    play(story)


def test_where_only_a_range_is_deleted_the_node_goes_on_too(
    store: SmallStore, engine: LocalEngine
) -> None:
    async def story() -> None:
        await engine.run(put(b"da", b"1"))
        store.is_full = True
        waits = asyncio.ensure_future(engine.run(lambda tx: tx.delete_range(b"d", b"e")))
        await until(lambda: engine.trouble)
        await until(lambda: store.refused > 2)
        assert not waits.done()
        store.is_full = False
        await waits
        assert engine.trouble is None
        assert await engine.run(lambda tx: tx.get(b"da")) is None

    play(story)


def test_what_is_read_of_a_full_disk_is_not_remembered(
    store: SmallStore, engine: LocalEngine
) -> None:
    """A table that the waiting group drops would come back."""

    async def story() -> None:
        await engine.run(put(b"ta", b"a table"))
        cache: list[bytes] = []

        def look(tx: Transaction) -> bytes | None:
            found = tx.get(b"ta")
            if found is not None:
                tx.after_commit(lambda: cache.append(found))
            return found

        store.is_full = True
        caller, reader = Caller(engine), Caller(engine)
        caller.ask(lambda tx: tx.delete(b"ta"))
        await until(lambda: caller.told)
        reader.ask(look)
        assert reader.told == [(b"a table", None)]
        store.is_full = False
        assert await engine.run(lambda tx: tx.get(b"ta")) is None
        assert cache == []

    play(story)


def test_nobody_is_shown_what_the_store_has_and_the_disk_has_not(
    store: SmallStore, engine: LocalEngine
) -> None:
    async def story() -> None:
        caller, reader = Caller(engine), Caller(engine)
        caller.ask(put(b"da", b"1"))
        caller.ask(lambda tx: tx.range(b"d", b"e"))  # pushes it, unsynced
        caller.ask(put(b"db", b"1"))
        store.is_full = True
        await until(lambda: caller.told)
        reader.ask(lambda tx: tx.get(b"da"))
        ((found, trouble),) = reader.told
        assert found is None and isinstance(trouble, ServiceUnavailable)
        store.is_full = False
        assert await engine.run(lambda tx: tx.get(b"da")) == b"1"

    play(story)


def test_work_whose_caller_has_gone_is_not_done_later(
    store: SmallStore, engine: LocalEngine
) -> None:
    async def story() -> None:
        store.is_full = True
        first = asyncio.ensure_future(engine.run(put(b"da", b"1")))
        await until(lambda: engine.trouble)
        gone = asyncio.ensure_future(engine.run(put(b"db", b"1")))
        await asyncio.sleep(0)
        gone.cancel()
        await asyncio.sleep(0)
        store.is_full = False
        await first
        assert await engine.run(lambda tx: tx.get(b"db")) is None

    play(story)


def test_who_fails_to_take_the_trouble_keeps_it_from_nobody(
    store: SmallStore, engine: LocalEngine
) -> None:
    async def story() -> None:
        def breaks(result: Any, trouble: BaseException | None) -> None:
            raise RuntimeError("a bug")

        store.is_full = True
        engine.submit(put(b"da", b"1"), breaks)
        caller = Caller(engine)
        caller.ask(put(b"db", b"1"))
        await until(lambda: caller.told)
        store.is_full = False
        await engine.run(put(b"dc", b"1"))
        assert engine.trouble is None

    play(story)


def test_each_who_is_told_of_the_trouble_has_an_error_of_its_own(
    store: SmallStore, engine: LocalEngine
) -> None:
    """One that is raised again and again grows by the frames of each."""

    async def story() -> None:
        store.is_full = True
        caller = Caller(engine)
        for key in (b"da", b"db", b"dc"):
            caller.ask(put(key, b"1"))
        await until(lambda: len(caller.told) == 3)
        assert len({id(trouble) for _, trouble in caller.told}) == 3

    play(story)


def test_work_that_finds_no_room_half_way_is_done_once_when_there_is(
    store: SmallStore, engine: LocalEngine
) -> None:
    async def story() -> None:
        runs: list[int] = []

        def reads_a_range(tx: Transaction) -> None:
            runs.append(len(runs))
            tx.add(b"nx", 1, 0)
            tx.range(b"d", b"e")  # pushes what is pending to the store first

        store.is_full = True
        works = put(b"da", b"1"), reads_a_range
        waits = asyncio.ensure_future(asyncio.gather(*map(engine.run, works)))
        await until(lambda: engine.trouble)
        store.is_full = False
        await waits
        assert runs == [0, 1]
        assert await engine.run(lambda tx: tx.counter(b"nx")) == (1, 0)

    play(story)


def test_a_node_that_ends_lets_nobody_wait_for_room(store: SmallStore, engine: LocalEngine) -> None:
    async def story() -> None:
        store.is_full = True
        waits = asyncio.ensure_future(engine.run(put(b"da", b"1")))
        await until(lambda: engine.trouble)
        held = asyncio.ensure_future(engine.run(put(b"db", b"1")))
        await asyncio.sleep(0)
        engine.give_up()
        for one in (waits, held, asyncio.ensure_future(engine.run(put(b"dc", b"1")))):
            with pytest.raises(ServiceUnavailable):
                await one
        engine.close()

    play(story)


def test_what_only_adds_is_refused_before_the_disk_is_full(
    store: SmallStore, engine: LocalEngine
) -> None:
    def adds(tx: Transaction) -> None:
        tx.require_room()
        tx.put(b"da", b"1")

    async def story() -> None:
        store.is_low = True
        await engine.run(put(b"db", b"2"))
        with pytest.raises(ServiceUnavailable, match="nearly full: nothing was written"):
            await engine.run(adds)
        assert await engine.run(lambda tx: tx.get_many([b"da", b"db"])) == [None, b"2"]
        await engine.run(lambda tx: tx.delete(b"db"))
        store.is_low = False
        await engine.run(adds)

    play(story)


class Disk:
    """What `os.statvfs` says."""

    f_frsize = 4096

    def __init__(self, total: int, free: int) -> None:
        self.f_blocks = total // self.f_frsize
        self.f_bavail = free // self.f_frsize


@pytest.fixture
def on_disk(tmp_path: Path) -> Iterator[LocalEngine]:
    engine = open_embedded(tmp_path / "data", ManualClock(NOW_MS), sync=True)
    yield engine
    engine.close()


def test_room_is_what_is_left_when_all_that_lies_in_memory_is_written(
    on_disk: LocalEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    total, free = [64 * 1024 * MIB], [10 * 1024 * MIB]
    monkeypatch.setattr(os, "statvfs", lambda path: Disk(total[0], free[0]))
    asyncio.run(on_disk.run(put(b"da", b"x" * MIB)))
    assert on_disk.has_room()
    # What the log has reserved ahead counts as free; so far there is next to nothing in memory.
    free[0] = 0
    assert not on_disk.has_room()
    free[0] = embedded._RESERVE_BYTES_MAX + 8 * MIB
    assert on_disk.has_room()
    # A file system that tells nothing of its size is taken at its word when it fails.
    total[0] = free[0] = 0
    assert on_disk.has_room()


def test_a_store_that_finds_no_space_says_so_and_other_trouble_is_for_good(
    on_disk: LocalEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Failing:
        words = "IO error: No space left on device: While appending to file: 000004.log"

        def write(self, *args: Any) -> None:
            raise Exception(self.words)

    store = on_disk.store
    with monkeypatch.context() as patch:
        patch.setattr(store, "_db", Failing())
        with pytest.raises(StoreFull, match="No space left"):
            store.write((), {b"da": b"1"}, True)
        patch.setattr(Failing, "words", "IO error: Input/output error")
        with pytest.raises(Exception, match="Input/output") as caught:
            store.write((), {b"da": b"1"}, True)
        assert not isinstance(caught.value, StoreFull)
