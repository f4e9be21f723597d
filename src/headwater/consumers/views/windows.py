"""Windows of time, cut into panes: pure arithmetic on milliseconds since the epoch.

A view keeps what it knows by panes that are `every_ms` long and aligned to the epoch; a window is
a run of panes, and is named by when it ends. A tumbling window is one pane. A view over all time
has the one pane ALL_TIME.
"""

from dataclasses import dataclass

ALL_TIME = 0


@dataclass(frozen=True, slots=True)
class Windows:
    """The windows of one view.

    size_ms   length of a window, a multiple of every_ms
    every_ms  from the end of one window to the end of the next
    keep_ms   how long a window is kept after its end
    """

    size_ms: int
    every_ms: int
    keep_ms: int

    def pane(self, at_ms: int) -> int:
        """The start of the pane that a moment lies in.

        >>> Windows(60_000, 10_000, 0).pane(1_234_567)
        1230000
        """
        return at_ms - at_ms % self.every_ms

    def open_end(self, now_ms: int) -> int:
        """The end of the window that ends next."""
        return self.pane(now_ms) + self.every_ms

    def panes(self, end_ms: int) -> range:
        """The panes of the window that ends at `end_ms`, oldest first.

        >>> list(Windows(30_000, 10_000, 0).panes(60_000))
        [30000, 40000, 50000]
        """
        return range(max(0, end_ms - self.size_ms), end_ms, self.every_ms)

    def ends(self, now_ms: int, limit: int) -> list[int]:
        """The ends of the newest windows that are kept, the open one first.

        >>> Windows(60_000, 60_000, 120_000).ends(300_001, 9)
        [360000, 300000, 240000]
        """
        newest = self.open_end(now_ms)
        oldest = max(self.every_ms, now_ms - self.keep_ms)
        count = max(1, (newest - oldest) // self.every_ms + 1)
        return [newest - number * self.every_ms for number in range(min(count, limit))]

    def first_pane(self, now_ms: int) -> int:
        """The oldest pane that a window which is kept still needs."""
        oldest_end = max(self.every_ms, now_ms - self.keep_ms)
        oldest_end += -oldest_end % self.every_ms
        return max(0, oldest_end - self.size_ms)
