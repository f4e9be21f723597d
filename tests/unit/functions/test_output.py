"""What is kept of a function's output, and what makes room."""

from hypothesis import given
from hypothesis import strategies as st

from headwater.functions.output import FunctionLog, Tail


@given(st.lists(st.binary(max_size=9000), max_size=12))
def test_a_tail_is_the_last_four_kilobytes(pieces):
    tail = Tail()
    for piece in pieces:
        tail.add(piece)
    assert tail.bytes() == b"".join(pieces)[-4096:]


@given(st.lists(st.binary(min_size=1, max_size=50), max_size=30))
def test_a_log_keeps_the_newest_pieces_within_its_bound(pieces):
    log = FunctionLog(bytes_max=100)
    for number, piece in enumerate(pieces):
        log.add(number, "s", piece)
    kept = [entry.data for entry in log.entries()]
    assert kept == pieces[len(pieces) - len(kept) :]
    assert sum(map(len, kept)) <= 100
    assert log.dropped_bytes == sum(map(len, pieces)) - sum(map(len, kept))
