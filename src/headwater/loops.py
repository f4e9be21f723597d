"""The event loop and the tasks that live on it: started by name, ended together, never lost.

A task that dies of our own bug is logged with its name at once; asyncio would tell only when the
task object is collected, if ever.
"""

import asyncio
import gc
import logging
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import uvloop

log = logging.getLogger("headwater.loops")

T = TypeVar("T")


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run `main` to its end on a new uvloop."""
    return uvloop.run(main)


_COLLECTED_EVERY = 50_000


def rarely_collect() -> None:
    """Have the collector of cycles leave alone what is there now, and look at the rest seldom.

    A request of 16 MB can be a million objects. The collector's usual rhythm goes through all of
    them again and again while they are made, which trebles the time for which nobody else is
    served. Cycles are few here: what is not in one goes at once, whatever this is set to.
    """
    gc.freeze()
    gc.set_threshold(_COLLECTED_EVERY, 20, 20)


_QUIET_TURNS = 4  # a task that ends is told on over up to two turns in which nobody is ready
_OUTSIDE_S = (0.0002, 0.005)  # first and longest pause while something outside is waited for


async def settled(is_busy: Callable[[], bool]) -> None:
    """Return when nothing on this loop can go on by itself: every other task waits for a timer,
    a socket or a bell, and `is_busy` says no.

    is_busy  whether something that is not a task of this loop (another process) is at work for
             it; asked only when the tasks are quiet
    """
    me = asyncio.current_task()
    quiet_turns = 0
    pause_s, longest_s = _OUTSIDE_S
    while quiet_turns < _QUIET_TURNS:
        await asyncio.sleep(0)
        if any(_can_go_on(task) for task in asyncio.all_tasks() if task is not me):
            quiet_turns = 0
        elif is_busy():
            quiet_turns = 0
            await asyncio.sleep(pause_s)
            pause_s = min(longest_s, pause_s * 2)
        else:
            quiet_turns += 1


def _can_go_on(task: asyncio.Task[Any]) -> bool:
    """Whether a task is about to run: it waits for nothing, or for something that has come."""
    # What a task waits for is not public, but every CPython since 3.5 tells it by this name, and
    # there is no other way to see that a loop has come to rest.
    waits_for = getattr(task, "_fut_waiter", None)
    return waits_for is None or bool(waits_for.done())


class Tasks:
    """The background tasks of one owner."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    def spawn(self, name: str, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Start `work`; it is kept alive until it ends or `close` cancels it."""
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (trouble := task.exception()) is not None:
            log.error("task died", extra={"task": task.get_name()}, exc_info=trouble)

    async def close(self) -> None:
        """Cancel what still runs and wait until all of it has ended."""
        # A task may spawn another while it is being cancelled, hence the loop.
        while self._tasks:
            ending = list(self._tasks)
            for task in ending:
                task.cancel()
            await asyncio.gather(*ending, return_exceptions=True)
            self._tasks.difference_update(ending)
