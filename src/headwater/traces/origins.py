"""Which span made which change: by sequence, in memory, for the newest changes only.

A record on disk knows nothing of traces. A reader that is further behind than this remembers
tells of the change all the same, only without its origin.
"""

from bisect import bisect_left
from collections import deque
from typing import Final

from headwater.traces.context import TraceContext

ORIGINS_MAX: Final = 100_000


class Origins:
    """Spans by the sequences they took. Sequences only grow, so both ends are sorted."""

    def __init__(self, most: int = ORIGINS_MAX) -> None:
        self._last: deque[int] = deque(maxlen=most)  # the last sequence that a span took
        self._spans: deque[tuple[int, TraceContext]] = deque(maxlen=most)

    def note(self, before: int, last: int, context: TraceContext) -> None:
        """What was numbered above `before`, up to `last`, was made by this span."""
        self._last.append(last)
        self._spans.append((before, context))

    def find(self, sequence: int) -> TraceContext | None:
        """The span that made a change, if it is remembered.

        >>> origins = Origins()
        >>> origins.note(10, 12, TraceContext(1, 2, True))
        >>> origins.find(11), origins.find(10)
        (TraceContext(trace_id=1, span_id=2, sampled=True), None)
        """
        at = bisect_left(self._last, sequence)
        if at == len(self._last):
            return None
        before, context = self._spans[at]
        return context if before < sequence else None
