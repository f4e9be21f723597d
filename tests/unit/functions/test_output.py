"""What is kept of one invocation's output."""

from hypothesis import given
from hypothesis import strategies as st

from headwater.functions.output import Tail


@given(st.lists(st.binary(max_size=9000), max_size=12))
def test_a_tail_is_the_last_four_kilobytes(pieces):
    tail = Tail()
    for piece in pieces:
        tail.add(piece)
    assert tail.bytes() == b"".join(pieces)[-4096:]
