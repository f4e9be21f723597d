"""One machine: its disk, its clock, its dice, and the node that runs on it until it dies.

Operations are the real ones, called as the front door calls them, but several may be handed to
the engine before it gets a turn to write: they are one group then. Nothing here judges answers.
"""

import asyncio
import json
import random
from collections.abc import Callable
from typing import Any

from tests.simulation.disk import Disk, PowerCut

from headwater.arns import Scope
from headwater.changelog.position import iterator_secret
from headwater.clock import ManualClock
from headwater.config.settings import Settings
from headwater.errors import AwsError, ServiceUnavailable
from headwater.ids import SeededIds
from headwater.operations.call import Call
from headwater.operations.dynamodb import OPERATIONS as DYNAMODB
from headwater.operations.services import Services
from headwater.operations.streams import OPERATIONS as STREAMS
from headwater.storage import keyspace
from headwater.storage.engine import Work
from headwater.storage.local import LocalEngine
from headwater.tables.catalog import Catalog

START_MS = 1_772_600_767_891
SCOPE = Scope("000000000000", "us-east-1")

Told = Callable[[Any, AwsError | None], None]


class World:
    """What a scenario acts on. `is_down` says that the node has met a power cut."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.ids = SeededIds(seed)
        self.disk = Disk()
        self.clock = ManualClock(START_MS)
        self.lives = 0
        self.is_down = False
        self._bugs: list[BaseException] = []

    async def start(self) -> None:
        """Start a node on what the disk holds."""
        self.lives += 1
        self.is_down = False
        self.engine = LocalEngine(self.disk.mount(), self.clock, sync=True)
        self.catalog = Catalog()
        self.node = Services(
            engine=self.engine,
            clock=self.clock,
            ids=self.ids,
            settings=Settings(in_memory=True, initial_partitions=1),
            catalog=self.catalog,
            iterator_secret=await self.engine.run(iterator_secret),
        )

    def cut_power(self) -> None:
        """End the node's life here and now, with whatever it has not written yet."""
        self.disk.cut(self.dice)
        self.is_down = True

    async def restart(self, *, back_ms: int = 0) -> None:
        """Start again after a power cut. back_ms: how far the machine's clock was set back."""
        self.disk.cut(self.dice)
        self.clock = ManualClock(self.clock.now_ms() - back_ms)
        await self.start()

    def submit(self, work: Work[Any], told: Told) -> None:
        """Hand `work` to the engine; `told` hears of it once it is durable, if ever."""
        life = self.lives

        def done(result: Any, trouble: BaseException | None) -> None:
            if life != self.lives or self.is_down:
                return
            try:
                if isinstance(trouble, PowerCut | ServiceUnavailable):
                    self.is_down = True
                elif trouble is None or isinstance(trouble, AwsError):
                    told(result, trouble)
                else:
                    raise trouble
            except Exception as bug:
                # Raised here it would be lost in the event loop.
                self._bugs.append(bug)

        if not self.is_down:
            self.engine.submit(work, done)

    def call(
        self, operation: str, told: Told, note: Callable[[int], None] | None = None, **params: Any
    ) -> None:
        """Ask for one operation of either service. Requests must be well-formed.

        note  is told the highest sequence number that any record can have by then: what was taken
              above it and not stored, a node may take again after a crash
        """
        service, handlers = ("streams", STREAMS) if operation in STREAMS else ("dynamodb", DYNAMODB)
        call = Call(service, operation, SCOPE, params, "request", self.node)
        handler = handlers[operation]

        def work(tx: Any) -> Any:
            call.tx = tx
            try:
                answer = handler(call)
            finally:
                if note is not None:
                    note(
                        int.from_bytes(self.engine.store.get(keyspace.LAST_SEQUENCE) or b"", "big")
                    )
            return json.loads(answer) if isinstance(answer, bytes) else answer

        self.submit(work, told)

    async def ask(self, operation: str, **params: Any) -> dict[str, Any]:
        """The answer of one operation. Raises its error, or PowerCut."""
        answers: list[Any] = []
        self.call(operation, lambda *told: answers.append(told), **params)
        await self.settle()
        if not answers:
            raise PowerCut
        ((answer, trouble),) = answers
        if trouble is not None:
            raise trouble
        found: dict[str, Any] = answer
        return found

    async def settle(self) -> None:
        """Let the engine write what it has, and tell everybody. Raises what that brought up."""
        await asyncio.sleep(0)
        if self._bugs:
            raise self._bugs[0]
