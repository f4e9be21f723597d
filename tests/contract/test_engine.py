"""What every storage engine must do, held over each of them.

Sources: the guarantees in storage/engine.py. Expected values are written out here or come from a
plain dictionary that does the same.
"""

import asyncio
import errno
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from headwater.clock import ManualClock
from headwater.errors import StartupError
from headwater.storage import keyspace
from headwater.storage.embedded import open_embedded
from headwater.storage.engine import Transaction
from headwater.storage.local import LocalEngine
from headwater.storage.memory import MemoryStore, open_memory
from headwater.storage.sequence import at_ms

NOW_MS = 1_772_600_800_000
Run = Callable[..., Any]


@pytest.fixture(params=["memory", "embedded"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[LocalEngine]:
    clock = ManualClock(NOW_MS)
    made = (
        open_memory(clock)
        if request.param == "memory"
        else open_embedded(tmp_path / "data", clock, sync=True)
    )
    yield made
    made.close()


def run(engine: LocalEngine, *works: Callable[[Transaction], Any]) -> list[Any]:
    """Results of `works`, each in its own transaction, all ready in one turn of the loop."""

    async def all_of_them() -> list[Any]:
        return await asyncio.gather(*(engine.run(work) for work in works))

    return asyncio.run(all_of_them())


def put(key: bytes, value: bytes) -> Callable[[Transaction], None]:
    return lambda tx: tx.put(key, value)


def get(key: bytes) -> Callable[[Transaction], bytes | None]:
    return lambda tx: tx.get(key)


def add(log: int) -> Callable[[Transaction], int]:
    return lambda tx: tx.append(log, b"r")


def delete(key: bytes) -> Callable[[Transaction], None]:
    return lambda tx: tx.delete(key)


def delete_range(start: bytes, end: bytes) -> Callable[[Transaction], None]:
    return lambda tx: tx.delete_range(start, end)


def span(start: bytes, end: bytes, **how: Any) -> Callable[[Transaction], list[bytes]]:
    return lambda tx: [key for key, _ in tx.range(start, end, **how)]


def test_a_transaction_of_the_same_turn_sees_an_earlier_one(engine: LocalEngine) -> None:
    found = run(engine, put(b"da", b"1"), get(b"da"), span(b"d", b"e"), get(b"da"))
    assert found == [None, b"1", [b"da"], b"1"]


def test_a_transaction_sees_its_own_writes_in_order(engine: LocalEngine) -> None:
    run(engine, put(b"da", b"1"), put(b"dc", b"3"))

    def work(tx: Transaction) -> tuple[Any, ...]:
        tx.put(b"db", b"2")
        tx.delete(b"dc")
        tx.put(b"da", b"one")
        return (
            tx.get(b"db"),
            tx.get(b"dc"),
            tx.range(b"d", b"e"),
            tx.range(b"d", b"e", reverse=True),
            tx.get_many([b"da", b"dc", b"dx"]),
        )

    entries = [(b"da", b"one"), (b"db", b"2")]
    assert run(engine, work) == [(b"2", None, entries, entries[::-1], [b"one", None, None])]


def test_a_transaction_that_raises_leaves_nothing(engine: LocalEngine) -> None:
    def work(tx: Transaction) -> None:
        tx.put(b"da", b"1")
        tx.append(7, b"record")
        tx.add(b"nx", 1, 1)
        raise KeyError("no")

    with pytest.raises(KeyError):
        run(engine, work)
    assert run(engine, get(b"da"), lambda tx: tx.range(*keyspace.log_range(7))) == [None, []]
    assert run(engine, lambda tx: tx.counter(b"nx")) == [(0, 0)]


def test_a_range_is_bounded_by_count_and_by_bytes(engine: LocalEngine) -> None:
    run(engine, *(put(b"d%d" % number, b"x" * 10) for number in range(6)))
    assert run(engine, span(b"d1", b"d4")) == [[b"d1", b"d2", b"d3"]]
    assert run(engine, span(b"d1", b"d4", reverse=True)) == [[b"d3", b"d2", b"d1"]]
    assert run(engine, span(b"d", b"e", limit=2)) == [[b"d0", b"d1"]]
    assert run(engine, span(b"d", b"e", limit=0)) == [[]]
    # The entry that reaches the bound is still given: 10, then 20 bytes.
    assert run(engine, span(b"d", b"e", bytes_max=11)) == [[b"d0", b"d1"]]
    assert run(engine, span(b"d", b"e", bytes_max=10)) == [[b"d0"]]


def test_a_deleted_range_takes_pending_and_stored_entries(engine: LocalEngine) -> None:
    run(engine, put(b"da", b"1"), put(b"db", b"1"))

    def clear(tx: Transaction) -> None:
        tx.put(b"dz", b"kept")
        tx.delete_range(b"d", b"dy")

    run(engine, put(b"dc", b"1"), clear)
    assert run(engine, span(b"d", b"e")) == [[b"dz"]]


def test_sequences_grow_with_the_clock_and_without_it(engine: LocalEngine) -> None:
    first, second, other = run(engine, add(1), add(1), add(2))
    assert first == at_ms(NOW_MS)
    assert first < second < other
    found = run(engine, lambda tx: tx.range(*keyspace.log_range(1)))[0]
    assert [keyspace.sequence_of(key) for key, _ in found] == [first, second]


def test_watchers_hear_of_touched_logs_once_they_are_durable(engine: LocalEngine) -> None:
    heard: list[set[int]] = []
    engine.watch(lambda logs: heard.append(set(logs)))
    run(engine, lambda tx: tx.append(1, b"r"), lambda tx: tx.append(2, b"r"), get(b"da"))
    run(engine, put(b"da", b"1"))
    run(engine, lambda tx: tx.touch(9))
    assert heard == [{1, 2}, {9}]


def test_counters_add_up_within_and_across_transactions(engine: LocalEngine) -> None:
    def work(tx: Transaction) -> tuple[int, int]:
        tx.add(b"nx", 2, 30)
        tx.add(b"nx", -1, 5)
        return tx.counter(b"nx")

    assert run(engine, work, work) == [(1, 35), (2, 70)]


def test_after_commit_runs_only_if_the_transaction_took_effect(engine: LocalEngine) -> None:
    said: list[str] = []

    def good(tx: Transaction) -> None:
        tx.after_commit(lambda: said.append("good"))

    def bad(tx: Transaction) -> None:
        tx.after_commit(lambda: said.append("bad"))
        raise KeyError

    run(engine, good)
    with pytest.raises(KeyError):
        run(engine, bad)
    assert said == ["good"]


KEYS = st.binary(min_size=0, max_size=2).map(lambda tail: b"d" + tail)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), KEYS, st.binary(max_size=3)),
        st.tuples(st.just("delete"), KEYS, st.just(b"")),
        st.tuples(st.just("delete_range"), KEYS, KEYS),
        st.tuples(st.just("turn"), st.just(b""), st.just(b"")),
    ),
    max_size=25,
)


@given(steps=STEPS, bounds=st.tuples(KEYS, KEYS), reverse=st.booleans())
@settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_an_engine_agrees_with_a_dictionary(
    engine: LocalEngine, steps: Any, bounds: tuple[bytes, bytes], reverse: bool
) -> None:
    run(engine, lambda tx: tx.delete_range(b"d", b"e"))
    model: dict[bytes, bytes] = {}
    turn: list[Callable[[Transaction], Any]] = []
    for name, first, second in steps:
        if name == "put":
            model[first] = second
            turn.append(put(first, second))
        elif name == "delete":
            model.pop(first, None)
            turn.append(delete(first))
        elif name == "delete_range":
            for key in [key for key in model if first <= key < second]:
                del model[key]
            if first < second:
                turn.append(delete_range(first, second))
        else:
            run(engine, *turn)
            turn = []
    start, end = bounds
    expected = sorted(
        ((key, value) for key, value in model.items() if start <= key < end), reverse=reverse
    )
    found = run(engine, *turn, lambda tx: tx.range(start, end, reverse=reverse))
    assert found[-1] == expected


# --- the embedded engine alone -------------------------------------------------------------------


def reopened(path: Path, clock: ManualClock) -> LocalEngine:
    return open_embedded(path, clock, sync=True)


def test_what_was_acknowledged_is_there_after_reopening(tmp_path: Path) -> None:
    clock = ManualClock(NOW_MS)
    engine = reopened(tmp_path, clock)
    sequence = run(
        engine, put(b"da", b"1"), lambda tx: tx.add(b"nx", 1, 2), lambda tx: tx.append(3, b"r")
    )[2]
    engine.close()
    engine = reopened(tmp_path, clock)
    found = run(engine, get(b"da"), lambda tx: tx.counter(b"nx"), lambda tx: tx.append(3, b"s"))
    engine.close()
    assert found[:2] == [b"1", (1, 2)]
    assert found[2] > sequence


def test_sequences_never_go_back_when_the_clock_does(tmp_path: Path) -> None:
    engine = reopened(tmp_path, ManualClock(NOW_MS))
    before = run(engine, lambda tx: tx.append(3, b"r"))[0]
    engine.close()
    engine = reopened(tmp_path, ManualClock(NOW_MS - 3_600_000))
    after = run(engine, lambda tx: tx.append(3, b"r"))[0]
    engine.close()
    assert after > before


def test_a_second_process_on_the_directory_is_refused(tmp_path: Path) -> None:
    engine = reopened(tmp_path, ManualClock(NOW_MS))
    with pytest.raises(StartupError, match="in use by another headwater process"):
        reopened(tmp_path, ManualClock(NOW_MS))
    engine.close()
    reopened(tmp_path, ManualClock(NOW_MS)).close()


def test_a_newer_format_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "FORMAT").write_text("9\n")
    with pytest.raises(StartupError, match="format 9 and this build reads up to 1"):
        reopened(tmp_path, ManualClock(NOW_MS))
    assert not (tmp_path / "store").exists()


def test_a_first_start_that_was_cut_off_is_made_up_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "new" / "data"

    def fails(*given: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", fails)
        with pytest.raises(StartupError, match=r"No space left on device.*make room on its disk"):
            reopened(data, ManualClock(NOW_MS))
        data.mkdir(exist_ok=True)
        with pytest.raises(StartupError, match="make room"):
            reopened(data, ManualClock(NOW_MS))
    assert not (data / "FORMAT").exists()
    reopened(data, ManualClock(NOW_MS)).close()
    assert (data / "FORMAT").read_text() == "1\n"


@pytest.mark.parametrize(
    ("damage", "kept", "level", "words"),
    [
        (lambda log: log[:-7], 3, "WARNING", "log ends within a write, which was left out"),
        (lambda log: log.replace(b"22", b"2?"), 2, "ERROR", "log is damaged: what was written"),
    ],
)
def test_what_cannot_be_read_of_the_log_is_told(
    tmp_path: Path, caplog: Any, damage: Any, kept: int, level: str, words: str
) -> None:
    engine = reopened(tmp_path / "first", ManualClock(NOW_MS))
    for number in range(4):
        run(engine, put(b"d%d" % number, b"%d" % number * 50))
    shutil.copytree(tmp_path / "first", tmp_path / "killed")
    engine.close()
    (log,) = (tmp_path / "killed" / "store").glob("*.log")
    log.write_bytes(damage(log.read_bytes()))
    engine = reopened(tmp_path / "killed", ManualClock(NOW_MS))
    assert run(engine, span(b"d", b"e")) == [[b"d0", b"d1", b"d2", b"d3"][:kept]]
    engine.close()
    told = [record for record in caplog.records if record.name == "headwater.storage"]
    assert [(one.levelname, one.file == str(log)) for one in told] == [(level, True)]
    assert words in told[0].getMessage()


class BrokenStore(MemoryStore):
    """A disk that fails from a certain write on."""

    broken = False

    def write(self, *args: Any) -> None:
        if self.broken:
            raise OSError("No space left on device")
        super().write(*args)


def test_a_failing_store_answers_everybody_with_an_error_and_stays_failed() -> None:
    store = BrokenStore()
    engine = LocalEngine(store, ManualClock(NOW_MS), sync=True)
    run(engine, put(b"da", b"1"))
    store.broken = True

    async def both() -> list[Any]:
        works = engine.run(put(b"db", b"2")), engine.run(get(b"da"))
        return list(await asyncio.gather(*works, return_exceptions=True))

    answers = asyncio.run(both())
    assert [type(answer).__name__ for answer in answers] == ["ServiceUnavailable"] * 2
    store.broken = False
    with pytest.raises(Exception, match="No space left on device"):
        run(engine, get(b"da"))


def test_one_who_fails_to_take_an_outcome_keeps_it_from_nobody_else(engine: LocalEngine) -> None:
    told: list[Any] = []

    def fails(*news: Any) -> None:
        raise RuntimeError("a bug")

    async def both() -> None:
        engine.watch(fails)
        engine.watch(told.append)
        engine.submit(add(7), fails)
        await engine.run(put(b"da", b"1"))

    asyncio.run(both())
    assert run(engine, get(b"da")) == [b"1"]
    assert told == [{7}]


class UnreadableStore(MemoryStore):
    """A disk on which counters cannot be read."""

    def get(self, key: bytes) -> bytes | None:
        if key[:1] == b"n":
            raise OSError("Input/output error")
        return super().get(key)


def test_a_transaction_whose_counter_cannot_be_read_leaves_nothing() -> None:
    engine = LocalEngine(UnreadableStore(), ManualClock(NOW_MS), sync=True)

    def work(tx: Transaction) -> None:
        tx.put(b"da", b"1")
        tx.add(keyspace.counter_key(1, 0), 1, 1)

    with pytest.raises(OSError, match="Input/output error"):
        run(engine, work)
    assert run(engine, get(b"da")) == [None]


def test_a_group_of_any_size_takes_effect_and_is_told_once(engine: LocalEngine) -> None:
    def many(first: int) -> Callable[[Transaction], None]:
        def work(tx: Transaction) -> None:
            for number in range(first, first + 3000):
                tx.put(b"d%06d" % number, b"x")
            tx.add(b"nx", 3000, 0)
            tx.append(1, b"r")

        return work

    heard: list[set[int]] = []
    engine.watch(lambda logs: heard.append(set(logs)))
    run(engine, many(0), many(3000), many(6000))
    found = run(engine, span(b"d", b"e"), lambda tx: tx.counter(b"nx"))
    assert (len(found[0]), found[1], heard) == (9000, (9000, 0), [{1}])


def test_a_sequence_of_another_node_is_passed(engine: LocalEngine) -> None:
    """Its clock may run ahead of this one's."""
    ahead = at_ms(NOW_MS + 60_000) + 7

    def work(tx: Transaction) -> int:
        tx.pass_sequence(ahead)
        tx.pass_sequence(5)  # long passed
        return tx.append(1, b"r")

    assert run(engine, work) == [ahead + 1]
    assert run(engine, add(2))[0] > ahead + 1


def test_a_sequence_that_was_passed_stays_passed_when_the_store_is_opened_again(
    tmp_path: Path,
) -> None:
    ahead = at_ms(NOW_MS + 60_000)

    def work(tx: Transaction) -> None:
        tx.pass_sequence(ahead)
        tx.put(b"k", b"v")

    for works, first in (((work,), False), ((add(1),), True)):
        made = open_embedded(tmp_path / "data", ManualClock(NOW_MS), sync=True)
        (result,) = run(made, *works)
        assert not first or result > ahead
        made.close()
