"""A bell that stays rung until it is answered: how a waiting reader is told to look again."""

import asyncio

from headwater.clock import Clock


class Doorbell:
    """One task waits, anybody rings. A ring while nobody waits is not lost."""

    __slots__ = ("_waiter", "rung")

    def __init__(self) -> None:
        self.rung = False
        self._waiter: asyncio.Future[None] | None = None

    def ring(self) -> None:
        self.rung = True
        self._wake()

    def answer(self) -> None:
        """Take note of all rings so far. Do so before looking, not after."""
        self.rung = False

    async def wait(self, clock: Clock, until_ms: int | None = None) -> None:
        """Return when the bell is rung, at once if it is already, or at `until_ms` of `clock`.

        May return a little before `until_ms`: who waits for a moment asks the clock again.
        """
        if self.rung:
            return
        assert self._waiter is None, "two tasks wait for one bell"
        self._waiter = asyncio.get_running_loop().create_future()
        timer = None if until_ms is None else clock.call_at(until_ms, self._wake)
        try:
            await self._waiter
        finally:
            self._waiter = None
            if timer is not None:
                timer.cancel()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
