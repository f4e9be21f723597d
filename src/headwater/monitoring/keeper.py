"""Stores what the recorder has, once a minute on the node's clock, and forgets what is too old.

A timer stands only while there is something to store or an alarm to look at, so that a clock that
is moved by a year is not stopped half a million times. Who asks for statistics has the values of
the minute that runs stored first (`flush`), so no answer is behind what was done. A node that is
killed loses the values of at most one minute.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from functools import partial
from itertools import chain
from typing import Final, Protocol

from headwater.clock import Clock, Timer
from headwater.loops import Tasks
from headwater.metrics.recorder import Recorder, Series
from headwater.metrics.samples import Samples
from headwater.monitoring.catalog import announce, forget_metrics
from headwater.monitoring.points import add_points, forget_points
from headwater.storage.engine import Engine, Transaction

log = logging.getLogger("headwater.monitoring")

MINUTE_MS: Final = 60_000
_FORGET_MS: Final = 60 * MINUTE_MS
_STEP: Final = 128  # series that are stored in one transaction: requests wait for no more


class Source(Protocol):
    """Values that are not counted but looked up: settings of tables, lengths of logs."""

    def is_due(self, now_ms: int) -> bool:
        """Whether there is something to tell that was not told before."""
        ...

    async def values(self, now_ms: int) -> list[tuple[Series, float]]:
        """What is so now. It takes the data in small steps, so that requests do not wait."""
        ...


class Keeper:
    """Built once by the node.

    on_minute  called when a minute is over and stored
    sources    asked whenever something is stored, and when somebody asks
    """

    def __init__(self, engine: Engine, clock: Clock, recorder: Recorder) -> None:
        self._engine = engine
        self._clock = clock
        self._recorder = recorder
        self._tasks = Tasks()
        self._lock = asyncio.Lock()
        self._timer: Timer | None = None
        self._due_ms = 0  # of the timer
        self._forgot_ms: int | None = None
        self._closed = False
        self.on_minute: Callable[[], None] = _nothing
        self.sources: list[Source] = []

    def start(self) -> None:
        """Store from now on."""
        self._recorder.on_first = self.wake
        self.wake()

    async def close(self) -> None:
        """Store what there is, and stop."""
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
        await self._tasks.close()
        try:
            await self.flush()
        except Exception as trouble:
            log.error("metrics of a minute are lost", extra={"why": str(trouble)})

    def wake(self) -> None:
        """Have `on_minute` called when this minute is over, whether or not values come."""
        if self._timer is None and not self._closed:
            now_ms = self._clock.now_ms()
            self._due_ms = now_ms - now_ms % MINUTE_MS + MINUTE_MS
            self._timer = self._clock.call_at(self._due_ms, self._minute_over)

    async def flush(self) -> None:
        """Store what has come so far. Returns when everything taken before is stored, too."""
        await self._store(self._recorder.take(), self._clock.now_ms())

    def _minute_over(self) -> None:
        self._timer = None
        self._recorder.minute_over()
        # Taken now: what comes from here on is of the next minute.
        taken, at_ms = self._recorder.take(), self._due_ms - MINUTE_MS
        self._tasks.spawn("store metrics", self._end_minute(taken, at_ms))

    async def _end_minute(self, taken: Sequence[tuple[Series, Samples]], at_ms: int) -> None:
        try:
            await self._store(taken, at_ms)
            await self._forget()
        except Exception as trouble:
            log.error("metrics of a minute are lost", extra={"why": str(trouble)})
        self.on_minute()

    async def _store(self, taken: Sequence[tuple[Series, Samples]], at_ms: int) -> None:
        async with self._lock:
            now_ms = self._clock.now_ms()
            looked_up = [await self._look_up(one, now_ms) for one in self._due(now_ms)]
            every = [*taken, *chain.from_iterable(looked_up)]
            for first in range(0, len(every), _STEP):
                some = every[first : first + _STEP]
                await self._engine.run(
                    partial(_add, taken=some, at_s=at_ms // 1000, now_s=now_ms // 1000)
                )

    def _due(self, now_ms: int) -> list[Source]:
        return [source for source in self.sources if source.is_due(now_ms)]

    async def _look_up(self, source: Source, now_ms: int) -> list[tuple[Series, Samples]]:
        return [(series, _one(value)) for series, value in await source.values(now_ms)]

    async def _forget(self) -> None:
        now_ms = self._clock.now_ms()
        if self._forgot_ms is not None and now_ms - self._forgot_ms < _FORGET_MS:
            return
        self._forgot_ms = now_ms
        await self._engine.run(partial(forget_points, now_s=now_ms // 1000))
        after: bytes | None = b""
        while after is not None:
            step = partial(forget_metrics, after=after, now_s=now_ms // 1000)
            after = await self._engine.run(step)


def _one(value: float) -> Samples:
    samples = Samples()
    samples.add(value)
    return samples


def _add(tx: Transaction, taken: Sequence[tuple[Series, Samples]], at_s: int, now_s: int) -> None:
    add_points(tx, taken, at_s, now_s)
    announce(tx, (series for series, _ in taken), now_s)


def _nothing() -> None:
    """Until there are alarms."""
