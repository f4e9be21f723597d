"""Time, handed in. The only module that imports `time`.

Every wait that a user could ask about (retention, TTL, iterator expiry, batching windows,
back-off) runs on a `Clock`, so a test, or a user through the admin API, can move a whole node
48 hours in a second. Real durations (how long an fsync took, when to kill a function that hangs)
are measured with `monotonic_ns` or on a `SystemClock`: a virtual hour must not kill a process.
"""

import asyncio
import heapq
import itertools
import time
from collections.abc import Awaitable, Callable
from typing import Protocol


class Timer(Protocol):
    """A pending action; `cancel` may be called any number of times, also after it ran."""

    def cancel(self) -> None: ...


class Clock(Protocol):
    """Where every moment and every wait of a node comes from."""

    def now_ms(self) -> int:
        """Milliseconds since the epoch."""
        ...

    def call_at(self, when_ms: int, action: Callable[[], None]) -> Timer:
        """Run `action` on the event loop at `when_ms`; at once (next turn) if that has passed."""
        ...


def monotonic_ns() -> int:
    """Nanoseconds of a clock that never goes back: for measuring, never for deciding."""
    return time.perf_counter_ns()


async def sleep_ms(clock: Clock, duration_ms: int) -> None:
    """Wait on `clock`. Zero or less yields one turn of the loop."""
    if duration_ms <= 0:
        await asyncio.sleep(0)
        return
    done = asyncio.get_running_loop().create_future()

    def wake() -> None:
        if not done.done():
            done.set_result(None)

    timer = clock.call_at(clock.now_ms() + duration_ms, wake)
    try:
        await done
    finally:
        timer.cancel()


async def wait_event(clock: Clock, event: asyncio.Event, duration_ms: int) -> bool:
    """Wait until `event` is set or `duration_ms` of `clock` have passed; True if it was set.

    Zero or less yields one turn of the loop: who is late again and again must not stop the others.
    """
    if event.is_set():
        return True
    if duration_ms <= 0:
        await asyncio.sleep(0)
        return event.is_set()
    waiter = asyncio.ensure_future(event.wait())

    def give_up() -> None:
        waiter.cancel()

    timer = clock.call_at(clock.now_ms() + duration_ms, give_up)
    try:
        # `wait` does not raise when the waiter is cancelled by the timer, and does raise when
        # the caller itself is cancelled: the two must not be confused.
        await asyncio.wait((waiter,))
    finally:
        timer.cancel()
        waiter.cancel()
    return event.is_set()


class SystemClock:
    """The machine's clock; waits run on the event loop's timers."""

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def call_at(self, when_ms: int, action: Callable[[], None]) -> Timer:
        delay_s = max(0, when_ms - self.now_ms()) / 1000
        return asyncio.get_running_loop().call_later(delay_s, action)


class _ManualTimer:
    """owner: the name of the action, or of the task that it wakes"""

    __slots__ = ("action", "clock", "owner")

    def __init__(self, clock: "ManualClock", action: Callable[[], None]) -> None:
        self.clock = clock
        self.action: Callable[[], None] | None = action
        self.owner = _owner_of(action)

    def cancel(self) -> None:
        if self.action is not None:
            self.action = None
            self.clock.timer_cancelled()


class ManualClock:
    """A clock that stands still until it is moved.

    >>> clock = ManualClock(1_000)
    >>> seen = []
    >>> _ = clock.call_at(1_500, lambda: seen.append(clock.now_ms()))
    >>> clock.move(hours=1); seen, clock.now_ms()
    ([1500], 3601000)
    """

    def __init__(self, now_ms: int) -> None:
        self._now_ms = now_ms
        self._order = itertools.count()
        self._timers: list[tuple[int, int, _ManualTimer]] = []
        self._cancelled = 0  # of those in `_timers`, at least so many

    def now_ms(self) -> int:
        return self._now_ms

    def call_at(self, when_ms: int, action: Callable[[], None]) -> Timer:
        timer = _ManualTimer(self, action)
        heapq.heappush(self._timers, (max(when_ms, self._now_ms), next(self._order), timer))
        return timer

    @property
    def next_ms(self) -> int | None:
        """When the next timer goes off; None if none is set."""
        timers = self._timers
        while timers and timers[0][2].action is None:
            heapq.heappop(timers)
            self._cancelled -= 1
        return timers[0][0] if timers else None

    def due(self, limit: int) -> list[tuple[int, str]]:
        """The next timers to go off, and what each is about: the name of a
        task that it wakes, or of an action."""
        pending = (entry for entry in self._timers if entry[2].action is not None)
        return [(when_ms, timer.owner) for when_ms, _, timer in heapq.nsmallest(limit, pending)]

    def timer_cancelled(self) -> None:
        """For timers. Those far ahead would otherwise pile up while the clock stands still."""
        self._cancelled += 1
        if self._cancelled > 64 and self._cancelled * 2 > len(self._timers):
            self._timers = [entry for entry in self._timers if entry[2].action is not None]
            heapq.heapify(self._timers)
            self._cancelled = 0

    def move(
        self, *, ms: int = 0, seconds: float = 0, minutes: float = 0, hours: float = 0
    ) -> None:
        """Move on, running each due action at its own moment; actions may set new timers."""
        target_ms = self._now_ms + ms + round((seconds + minutes * 60 + hours * 3600) * 1000)
        while (next_ms := self.next_ms) is not None and next_ms <= target_ms:
            self._fire_next()
        self._now_ms = target_ms

    async def advance(
        self,
        duration_ms: int,
        *,
        settle: Callable[[], Awaitable[None]] | None = None,
        settle_turns: int = 8,
    ) -> None:
        """As `move`, but lets others act between moments, so that what is woken by one timer can
        set the next before time passes it.

        settle        awaited before the first moment and after each; what it raises ends the
                      journey where the clock then stands
        settle_turns  without `settle`: turns of the event loop instead
        """
        target_ms = self._now_ms + duration_ms

        async def turns() -> None:
            for _ in range(settle_turns):
                await asyncio.sleep(0)

        settle = settle or turns
        await settle()
        while (next_ms := self.next_ms) is not None and next_ms <= target_ms:
            while self.next_ms == next_ms:
                self._fire_next()
            await settle()
        self._now_ms = max(self._now_ms, target_ms)

    def _fire_next(self) -> None:
        when_ms, _, timer = heapq.heappop(self._timers)
        self._now_ms = max(self._now_ms, when_ms)
        action, timer.action = timer.action, None
        assert action is not None, "`next_ms` leaves no cancelled timer in front"
        action()


def _owner_of(action: Callable[[], None]) -> str:
    """What an action that only wakes is about is told by the task that sleeps."""
    name: str = getattr(action, "__qualname__", "")
    if not name.endswith(("wake", "give_up")):
        return name
    try:
        task = asyncio.current_task()
    except RuntimeError:
        task = None  # no event loop runs
    return name if task is None or task.get_name().startswith("Task-") else task.get_name()
