"""Events that find no room: later each time, sooner where there may be room, in nobody's way."""

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest

from headwater.clock import ManualClock, SystemClock, sleep_ms
from headwater.functions.attached import reserve
from headwater.loops import run

NOTHING = "def handler(event, context):\n    pass\n"
NOW_MS = 1_772_600_800_000


class Crowd:
    """A function `f` that may have no event in hand, on a clock that stands still."""

    def __init__(self, bench: Any, clock: ManualClock, scope: Any) -> None:
        self.clock = clock
        self.scope = scope
        self.functions = bench.functions
        self.events = bench.functions.events

    async def reserve(self, events: int | None) -> None:
        engine = self.functions._engine
        await engine.run(lambda tx: reserve(tx, self.scope, "f", events))

    async def send(self, *names: str) -> None:
        for name in names:
            await self.events.send(self.scope, "f", None, b"{}", request_id=name)

    async def until(self, what: str, count: int) -> None:
        """Wait until so many events were `throttles` or `invocations`, and none is in hand."""
        for _ in range(4000):
            (standing,) = await self.functions.standing()
            if standing[what] == count and not self.events.in_hand():
                return
            await sleep_ms(SystemClock(), 5)
        raise AssertionError(f"{what}: {standing[what]}, and {self.events.in_hand()} in hand")

    async def until_next(self, after_ms: int) -> None:
        """Wait until the next thing is due so long from now."""
        for _ in range(4000):
            if self.clock.next_ms == self.clock.now_ms() + after_ms:
                return
            await sleep_ms(SystemClock(), 5)
        raise AssertionError(f"due: {self.clock.next_ms}, now: {self.clock.now_ms()}")

    def hopes(self) -> int:
        """How many are to be told when there is room."""
        return sum(len(line) for line in self.functions._pool._hopeful.values())


@pytest.fixture
def crowd(workbench, lambda_):
    @contextlib.asynccontextmanager
    async def opened(**settings: Any) -> AsyncIterator[Crowd]:
        clock = ManualClock(NOW_MS)
        async with workbench(clock=clock, **settings) as bench:
            await bench.make(NOTHING)
            found = Crowd(bench, clock, lambda_.SCOPE)
            await found.reserve(0)
            yield found

    return opened


def test_each_pause_is_waited_once(crowd):
    async def main():
        async with crowd() as found:
            await found.send("a")
            for tries, pause_ms in ((1, 1000), (2, 2000), (3, 4000)):
                await found.until("throttles", tries)
                await found.until_next(pause_ms)
                found.clock.move(ms=pause_ms)
            await found.until("throttles", 4)

    run(main())


def test_those_that_wait_for_room_keep_no_other_from_being_tried(crowd):
    async def main():
        async with crowd(events_at_once=1) as found:
            await found.send("a", "b", "c")
            await found.until("throttles", 3)  # and no time has passed

    run(main())


def test_those_that_wait_are_tried_when_the_function_has_changed(crowd):
    async def main():
        async with crowd() as found:
            await found.send("a", "b", "c")
            await found.until("throttles", 3)
            await found.reserve(None)
            found.events.function_changed(found.scope, "f")
            await found.until("invocations", 3)

    run(main())


def test_one_after_another_has_the_room_of_one(crowd):
    async def main():
        async with crowd(events_at_once=2) as found:
            await found.send(*"abcdef")
            await found.until("throttles", 6)
            await found.reserve(1)
            found.events.function_changed(found.scope, "f")
            await found.until("invocations", 6)  # on a clock that stands still

    run(main())


def test_one_hope_is_kept_for_all_tries_and_withdrawn_with_the_function(crowd):
    async def main():
        async with crowd() as found:
            await found.send("a", "b")
            for tries, pause_ms in ((2, 1000), (4, 2000), (6, 4000)):
                await found.until("throttles", tries)
                await found.until_next(pause_ms)
                assert found.hopes() == 1
                found.clock.move(ms=pause_ms)
            await found.until("throttles", 8)
            await found.functions.registry.delete(found.scope, "f")
            assert found.hopes() == 0

    run(main())
