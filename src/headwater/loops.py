"""The event loop and the tasks that live on it: started by name, ended together, never lost.

A task that dies of our own bug is logged with its name at once; asyncio would tell only when the
task object is collected, if ever.
"""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any, TypeVar

import uvloop

log = logging.getLogger("headwater.loops")

T = TypeVar("T")


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run `main` to its end on a new uvloop."""
    return uvloop.run(main)


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
