"""Work that only adds waits while the disk is nearly full, and goes on when there is room."""

import logging
from collections.abc import Callable
from typing import Final, TypeVar

from headwater.clock import Clock, sleep_ms
from headwater.errors import ServiceUnavailable
from headwater.storage.engine import Engine, Transaction

log = logging.getLogger("headwater.backups")

PAUSE_MS: Final = 1000

T = TypeVar("T")


async def when_there_is_room(
    engine: Engine, clock: Clock, name: str, work: Callable[[Transaction], T]
) -> T:
    """Run `work` as a transaction, again and again until the engine takes it.

    name  for the log: "import Orders"
    """
    waits = False
    while True:
        try:
            return await engine.run(work)
        except ServiceUnavailable as trouble:
            if not waits:
                log.warning("waits for room", extra={"work": name, "why": trouble.message})
            waits = True
        await sleep_ms(clock, PAUSE_MS)
