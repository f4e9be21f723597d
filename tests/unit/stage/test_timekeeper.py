"""Time that is moved waits for what it sets off."""

import asyncio

import pytest

from headwater.clock import ManualClock, SystemClock, sleep_ms
from headwater.config.settings import Settings
from headwater.errors import OperatorError, StartupError
from headwater.loops import run, settled
from headwater.stage.timekeeper import StillBusy, TimeKeeper, catch_up, open_clock

HOUR_MS = 3_600_000


class Quiet:
    """Deliveries: what is at functions, or nothing."""

    def __init__(self, *phases):
        self.lanes = [
            {"phase": phase, "batch_records": 3, "shard_id": "shard-1"} for phase in phases
        ]

    def status(self):
        return [{"function": "app", "lanes": self.lanes}] if self.lanes else []


def test_a_chain_of_waits_is_walked_in_order():
    """Each step sets the next timer only after a few turns of the loop, as tasks do."""

    async def story():
        clock = ManualClock(0)
        moments = []

        async def chain():
            for _ in range(10):
                await sleep_ms(clock, HOUR_MS)
                for _ in range(5):
                    await asyncio.sleep(0)
                moments.append(clock.now_ms())

        task = asyncio.ensure_future(chain())
        await TimeKeeper(clock, Quiet(), Quiet()).travel(10 * HOUR_MS)
        assert task.done()
        return moments

    assert run(story()) == [HOUR_MS * hour for hour in range(1, 11)]


def test_time_waits_for_what_is_outside():
    async def story():
        clock, outside = ManualClock(0), Quiet("invoking")
        keeper = TimeKeeper(clock, outside, Quiet())
        asyncio.get_running_loop().call_later(0.05, outside.lanes.clear)
        began = asyncio.get_running_loop().time()
        await keeper.travel(1)
        return asyncio.get_running_loop().time() - began

    assert run(story()) >= 0.045


def test_time_does_not_wait_for_pauses_and_windows():
    async def story():
        await TimeKeeper(ManualClock(0), Quiet("pause", "window", "idle"), Quiet()).travel(1)

    run(story())


def test_time_that_cannot_go_on_stands_where_it_is():
    async def story():
        clock = ManualClock(0)
        clock.call_at(HOUR_MS, lambda: outside.lanes.extend(Quiet("invoking").lanes))
        outside = Quiet()
        with pytest.raises(StillBusy, match="3 records of shard-1 at function app"):
            await TimeKeeper(clock, outside, Quiet()).travel(2 * HOUR_MS, wait_ms=20)
        return clock.now_ms()

    assert run(story()) == HOUR_MS


def test_two_journeys_are_made_one_after_the_other():
    async def story():
        clock = ManualClock(0)
        keeper = TimeKeeper(clock, Quiet(), Quiet())
        await asyncio.gather(keeper.travel(5), keeper.travel(10))
        return clock.now_ms()

    assert run(story()) == 10


def test_the_system_clock_is_not_moved():
    async def story():
        with pytest.raises(OperatorError, match="--clock virtual"):
            await TimeKeeper(SystemClock(), Quiet(), Quiet()).travel(1)

    run(story())


def test_settled_sees_a_task_that_is_about_to_be_woken():
    async def story():
        bell = asyncio.Event()
        seen = []

        async def sleeper():
            await bell.wait()
            await asyncio.sleep(0)
            seen.append(True)

        task = asyncio.ensure_future(sleeper())
        await settled(lambda: False)
        assert not seen
        bell.set()
        await settled(lambda: False)
        await task
        return seen

    assert run(story()) == [True]


def test_clocks_are_opened_as_the_settings_say():
    assert isinstance(open_clock(Settings()), SystemClock)
    at = open_clock(Settings(clock="virtual", clock_start="1970-01-01T00:00:05Z"))
    assert at.now_ms() == 5000
    real = open_clock(Settings(clock="virtual")).now_ms()
    assert abs(real - SystemClock().now_ms()) < 5000


@pytest.mark.parametrize(
    ("settings", "advice"),
    [
        (Settings(clock_start="5"), "Add --clock virtual"),
        (Settings(clock="virtual", clock_start="noon"), "is not a moment"),
    ],
)
def test_a_start_that_cannot_be_is_refused(settings, advice):
    with pytest.raises(StartupError, match=advice):
        open_clock(settings)


def test_a_virtual_clock_starts_no_earlier_than_the_data():
    clock = ManualClock(1000)
    catch_up(clock, Settings(clock="virtual"), 5000)
    assert clock.now_ms() == 5000
    catch_up(clock, Settings(clock="virtual"), 4000)
    assert clock.now_ms() == 5000
    with pytest.raises(StartupError, match="time does not go back"):
        catch_up(clock, Settings(clock="virtual", clock_start="5000"), 6000)


def test_cancelled_timers_do_not_pile_up():
    """A node on a virtual clock sets and cancels a timer far ahead with every wait."""
    clock = ManualClock(0)
    kept = []
    clock.call_at(HOUR_MS, lambda: kept.append(clock.now_ms()))
    for _ in range(10_000):
        clock.call_at(HOUR_MS * 1000, lambda: kept.append(0)).cancel()
    assert len(clock._timers) < 200
    assert clock.next_ms == HOUR_MS
    clock.move(hours=2000)
    assert kept == [HOUR_MS]
    assert clock.next_ms is None
