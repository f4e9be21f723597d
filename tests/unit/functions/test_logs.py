"""Output becomes events: cut, kept in files, searched, forgotten in time."""

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.arns import Scope
from headwater.clock import ManualClock
from headwater.errors import InvalidParameter, NotSupported
from headwater.functions.logs.files import DAY_MS, GroupFiles, mend
from headwater.functions.logs.lines import EVENT_BYTES_MAX, Chunk, Cutter, encode_event
from headwater.functions.logs.patterns import compile_pattern
from headwater.functions.logs.store import WAITING_BYTES_MAX, LogStore, Search
from headwater.limits import MIB
from headwater.loops import run

SCOPE = Scope("000000000000", "us-east-1")


def messages(lines):
    return [json.loads(line)["m"] for line in lines]


@given(st.text(alphabet="aü\n", max_size=60), st.lists(st.integers(0, 60), max_size=5))
def test_events_are_lines_wherever_the_output_was_cut(text, cuts):
    data, cutter, found = text.encode(), Cutter(), []
    edges = sorted({0, len(data), *(min(cut, len(data)) for cut in cuts)})
    for start, end in pairwise(edges):
        found += messages(cutter.cut(Chunk(1, "s", data[start:end])))
    found += messages(cutter.cut(Chunk(2, "s", b"END\n", True)))
    rest = text.split("\n")[-1]
    expected = [line + "\n" for line in text.split("\n")[:-1]]
    assert found == [*expected, *([rest + "\n"] if rest else []), "END\n"]


def test_streams_do_not_mix_and_a_line_has_the_moment_it_began():
    cutter = Cutter()
    assert cutter.cut(Chunk(1, "a", b"on")) == []
    assert messages(cutter.cut(Chunk(2, "b", b"other\n"))) == ["other\n"]
    (line,) = cutter.cut(Chunk(3, "a", b"e\n"))
    assert json.loads(line) == {"i": 3, "t": 1, "s": "a", "m": "one\n"}


def test_a_line_without_end_becomes_events_of_the_largest_size():
    cutter = Cutter()
    found = messages(cutter.cut(Chunk(1, "a", b"x" * (EVENT_BYTES_MAX + 5))))
    found += messages(cutter.cut(Chunk(1, "a", b"\n")))
    assert [len(one) for one in found] == [EVENT_BYTES_MAX, 6]


@pytest.mark.parametrize(
    ("pattern", "hits"),
    [
        ("", None),
        ("a", ["a b", "a c"]),
        ("a b", ["a b"]),
        ('"b c"', ["b c"]),
        ("a -c", ["a b"]),
        ("?b ?c", ["a b", "a c", "b c"]),
        ("%^b%", ["b c"]),
    ],
)
def test_a_pattern_finds_the_lines_it_describes(pattern, hits):
    matches = compile_pattern(pattern)
    if hits is None:
        assert matches is None
    else:
        assert matches is not None
        assert [one for one in ("a b", "a c", "b c", "d") if matches(one)] == hits


def test_patterns_that_are_none():
    for pattern in ("{ $.a = 1 }", "[a, b]"):
        with pytest.raises(NotSupported):
            compile_pattern(pattern)
    for pattern in ("%(%", '"open'):
        with pytest.raises(InvalidParameter):
            compile_pattern(pattern)


def line_of(text, at_ms=1):
    return encode_event(at_ms, at_ms, "s", text.encode())


def test_a_group_forgets_the_oldest_files_when_it_is_too_large(tmp_path):
    files = GroupFiles(tmp_path / "g", "g", bytes_max=4 * MIB)
    files.save()
    for number in range(100):
        files.append([line_of(f"{number} " + "x" * 99_000)], 1, DAY_MS)
    assert 2 * MIB < files.stored_bytes <= 5 * MIB
    kept = [json.loads(line)["m"].split()[0] for _, line in files.lines(0)]
    assert kept == [str(number) for number in range(100 - len(kept), 100)]


def test_what_is_written_at_once_fills_one_file_after_another(tmp_path):
    files = GroupFiles(tmp_path / "g", "g", bytes_max=MIB)
    files.save()
    files.append([line_of(f"{number} " + "x" * 99_000) for number in range(100)], 1, DAY_MS)
    assert files.stored_bytes <= 2 * MIB
    kept = [json.loads(line)["m"].split()[0] for _, line in files.lines(0)]
    assert kept == [str(number) for number in range(100 - len(kept), 100)]


def test_positions_hold_after_a_start_and_a_torn_line_is_skipped(tmp_path):
    files = GroupFiles(tmp_path / "g", "g", bytes_max=4 * MIB)
    files.made_ms = 7
    files.save()
    files.append([line_of("a"), line_of("b")], 1, DAY_MS)
    positions = [position for position, _ in files.lines(0)]
    with (tmp_path / "g" / "0000000000.jsonl").open("ab") as file:
        file.write(b'{"i":1,"t"')
    mend(tmp_path / "g")
    again = GroupFiles(tmp_path / "g", "", bytes_max=4 * MIB)
    assert again.load() and (again.name, again.made_ms) == ("g", 7)
    again.append([line_of("c")], 2, DAY_MS)
    assert [json.loads(line)["m"] for _, line in again.lines(positions[1]) if b'"m"' in line] == [
        "b",
        "c",
    ]
    assert set(again.streams()) == {"s"}


def test_a_flood_is_dropped_and_the_log_says_how_much(tmp_path):
    async def main():
        store = LogStore(tmp_path, ManualClock(1), days=1, bytes_max=64 * MIB)
        sink = store.sink(SCOPE, "g")
        for _ in range(8):
            sink.add(1, "s", b"x" * (MIB - 1) + b"\n")
        sink.add(1, "s", b"END\n", is_whole=True)
        found = await store.search(SCOPE, "g", Search(bytes_max=1 << 40))
        await store.close()
        return found.events

    events = run(main())
    dropped = 8 * MIB - WAITING_BYTES_MAX
    assert events[-1].message == "END\n"
    assert events[-2].message.startswith(f"({dropped} bytes of output came too fast")


def test_whoever_reads_sees_all_that_was_written_before(tmp_path):
    async def main():
        store = LogStore(tmp_path, ManualClock(1), days=1, bytes_max=MIB)
        sink, seen = store.sink(SCOPE, "g"), []
        position = 0
        for number in range(50):
            sink.add(1, "s", f"{number}\n".encode())
            found = await store.search(SCOPE, "g", Search(start=position))
            seen += [event.message for event in found.events]
            position = found.next
        await store.close()
        return seen

    assert run(main()) == [f"{number}\n" for number in range(50)]
