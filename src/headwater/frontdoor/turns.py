"""When replies leave that are ready while their requests are being read.

One alone leaves at once. Where a turn of the event loop answers many clients, their replies leave
together at its end: each write may wake a client that sleeps, which costs more than the request,
while one that is still busy with the reply before takes the next without being woken. Whether a
turn will have many is not known when its first reply is ready; the last turn tells.
"""

import asyncio


class Turns:
    """Counts the replies of each turn of the running loop."""

    __slots__ = ("_replies", "_was_crowded")

    def __init__(self) -> None:
        self._replies = 0
        self._was_crowded = False

    def leaves_at_once(self) -> bool:
        """Count one more reply in; False: it is to leave at the end of the turn."""
        if not self._replies:
            asyncio.get_running_loop().call_soon(self._end)
        self._replies += 1
        return self._replies == 1 and not self._was_crowded

    def _end(self) -> None:
        self._was_crowded = self._replies > 1
        self._replies = 0
