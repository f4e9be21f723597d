"""A node's time: which clock it has, and how one that stands still is moved.

Moving is a walk from one timer to the next. At each, the node is given the real time it needs to
finish what that timer has begun, batches at a function included, before time goes on; so what a
node does in 48 hours is done in the order and at the moments it would have been.
"""

import asyncio
from typing import Any, Protocol

from headwater.clock import Clock, ManualClock, SystemClock, monotonic_ns
from headwater.config.settings import Settings
from headwater.errors import OperatorError, StartupError
from headwater.loops import settled
from headwater.moments import iso, moment_ms, shown_duration
from headwater.stage.due import due

WAIT_MS = 30_000  # at one moment, for what is under way there
_OWN_MS_MAX = 30_000  # the same, when nobody outside is waited for


class Deliveries(Protocol):
    """Mappings, or Kinesis destinations, as far as time is concerned."""

    def status(self) -> list[dict[str, Any]]: ...


class Events(Protocol):
    """Asynchronous invocations, as far as time is concerned."""

    def in_hand(self) -> int: ...


class Regions(Protocol):
    """Links to other regions, as far as time is concerned."""

    def in_hand(self) -> list[str]: ...


class Views(Protocol):
    """Views, as far as time is concerned."""

    def busy(self) -> list[str]: ...


class StillBusy(Exception):
    """Time could not go on: what is under way did not end in time. The text says what."""


def open_clock(settings: Settings) -> Clock:
    """The clock the settings ask for. Raises StartupError."""
    if settings.clock == "system":
        if settings.clock_start:
            raise StartupError(
                "--clock-start says where a virtual clock starts, and this node's is the "
                "machine's. Add --clock virtual, or leave --clock-start out."
            )
        return SystemClock()
    if not settings.clock_start:
        return ManualClock(SystemClock().now_ms())
    start_ms = moment_ms(settings.clock_start)
    if start_ms is None:
        raise StartupError(
            f"--clock-start {settings.clock_start!r} is not a moment: give one as "
            "2026-03-04T05:06:07Z or in milliseconds since the epoch."
        )
    return ManualClock(start_ms)


def catch_up(clock: Clock, settings: Settings, last_ms: int) -> None:
    """Start a virtual clock no earlier than the newest thing in the data.

    last_ms  when the last change in the data was made
    Raises StartupError if a start was asked for that is earlier.
    """
    if not isinstance(clock, ManualClock) or last_ms <= clock.now_ms():
        return
    if settings.clock_start:
        raise StartupError(
            f"--clock-start {settings.clock_start} is before the last change in the data, which "
            f"was made at {iso(last_ms)}, and time does not go back. Give a later start, or "
            "other data."
        )
    clock.move(ms=last_ms - clock.now_ms())


class TimeKeeper:
    """Moves a node's clock, one journey after another.

    mappings  whose batches at functions, which are other processes, time waits for
    kinesis   whose requests, on their way or about to be, it waits for too
    events    asynchronous invocations, which it waits for if there are any
    regions   writes on their way to other regions, which it waits for too
    views     which pause in real time between steps
    """

    def __init__(
        self,
        clock: Clock,
        mappings: Deliveries,
        kinesis: Deliveries,
        events: Events | None = None,
        regions: Regions | None = None,
        views: Views | None = None,
    ) -> None:
        self.clock = clock
        self._events = events
        self._regions = regions
        self._views = views
        self._mappings = mappings
        self._kinesis = kinesis
        self._lock = asyncio.Lock()

    @property
    def is_virtual(self) -> bool:
        return isinstance(self.clock, ManualClock)

    def due(self) -> list[dict[str, Any]]:
        """What happens next by itself, if the clock is virtual."""
        clock = self.clock
        return due(clock, self._mappings.status()) if isinstance(clock, ManualClock) else []

    async def settle(self, wait_ms: int = WAIT_MS) -> None:
        """Wait until the node has done all it can do at this moment.

        wait_ms  real time that may take; 0: do not wait for batches at functions
        Raises StillBusy.
        """
        outside = self._outside if wait_ms else _nowhere
        wait_ms = wait_ms or _OWN_MS_MAX
        try:
            # Real time, as asyncio's own waits are.
            async with asyncio.timeout(wait_ms / 1000):
                await settled(lambda: bool(outside()))
        except TimeoutError:
            what = ", ".join(outside()) or "tasks of the node itself"
            raise StillBusy(
                f"the clock stands at {iso(self.clock.now_ms())}: after "
                f"{shown_duration(wait_ms)} this was still under way: {what}. Move on later, give "
                "it longer with wait_ms, or do not wait for functions with wait_ms 0."
            ) from None

    def _outside(self) -> list[str]:
        """Each batch that a function or a Kinesis has not answered, for people."""
        at_functions = [
            f"{lane['batch_records']} records of {lane['shard_id']} at function "
            f"{status['function']}"
            for status in self._mappings.status()
            for lane in status["lanes"]
            if lane["phase"] == "invoking"
        ]
        at_kinesis = [
            f"{lane['waiting']} records of {lane['shard_id']} for {status['stream_arn']}"
            for status in self._kinesis.status()
            for lane in status["lanes"]
            if lane["phase"] in ("pacing", "sending")
        ]
        sent = self._events.in_hand() if self._events is not None else 0
        shipped = self._regions.in_hand() if self._regions is not None else []
        views = self._views.busy() if self._views is not None else []
        asynchronous = [f"{sent} asynchronous events"] * bool(sent)
        return at_functions + at_kinesis + shipped + asynchronous + views

    async def travel(self, target_ms: int, wait_ms: int = WAIT_MS) -> float:
        """Move the clock to `target_ms`; returns the real milliseconds that took.

        wait_ms  as for `settle`, at each moment on the way
        Raises OperatorError, StillBusy.
        """
        clock = self.clock
        if not isinstance(clock, ManualClock):
            raise OperatorError(
                "this node runs on the machine's clock, which cannot be moved. Start it with "
                "--clock virtual to move its time by hand."
            )
        async with self._lock:
            began_ns = monotonic_ns()
            now_ms = clock.now_ms()
            if target_ms < now_ms:
                raise OperatorError(
                    f"time does not go back: it is {iso(now_ms)} and {iso(target_ms)} was asked "
                    "for. Give a later moment."
                )
            await clock.advance(target_ms - now_ms, settle=lambda: self.settle(wait_ms))
            await self.settle(wait_ms)
            return (monotonic_ns() - began_ns) / 1e6


def _nowhere() -> list[str]:
    return []
