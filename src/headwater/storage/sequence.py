"""Sequence numbers: a hybrid logical clock of 64 bits.

The upper 44 bits are milliseconds since the epoch, the lower 20 a counter, so numbers order
changes in time and still grow strictly when the machine's clock stands still or goes back. On
the wire they are 21 digits, "1" and the number padded to 20, as DynamoDB's look
(100000000003218256368); that keeps them comparable as text too.
"""

from headwater.clock import Clock

COUNTER_BITS = 20
_ONE = 10**20  # "1" before 20 digits: no sequence of 64 bits has more


def at_ms(moment_ms: int) -> int:
    """The lowest sequence of a millisecond."""
    return moment_ms << COUNTER_BITS


def ms_of(sequence: int) -> int:
    """The millisecond a sequence was taken in (or later than, after the clock went back)."""
    return sequence >> COUNTER_BITS


def to_wire(sequence: int) -> str:
    """
    >>> to_wire(3218256368)
    '100000000003218256368'
    """
    return str(_ONE + sequence)


def from_wire(text: str) -> int | None:
    """The sequence that `text` names, or None if this clock cannot have made it.

    >>> from_wire("100000000003218256368"), from_wire("7")
    (3218256368, None)
    """
    if len(text) != 21 or text[0] != "1" or not (text.isascii() and text.isdigit()):
        return None
    return int(text[1:])


class HybridClock:
    """Hands out sequences. `last` is the highest ever handed out."""

    __slots__ = ("_clock", "last")

    def __init__(self, clock: Clock, last: int) -> None:
        self._clock = clock
        self.last = last

    def next(self) -> int:
        """A sequence above every earlier one, at the clock's time if that allows."""
        now = self._clock.now_ms() << COUNTER_BITS
        self.last = now if now > self.last else self.last + 1
        return self.last

    def pass_by(self, sequence: int) -> None:
        """Hand out only what is above `sequence`, which another clock has handed out."""
        if sequence > self.last:
            self.last = sequence
