"""The parts of a node that keep metrics, put together."""

from headwater.clock import Clock
from headwater.metrics.recorder import Recorder
from headwater.monitoring.keeper import Keeper
from headwater.storage.engine import Engine


class Monitoring:
    """Built once by the node. Operations reach it as `call.node.monitoring`."""

    def __init__(self, engine: Engine, clock: Clock, recorder: Recorder) -> None:
        self.keeper = Keeper(engine, clock, recorder)

    def start(self) -> None:
        """Store what is recorded from now on."""
        self.keeper.start()

    async def close(self) -> None:
        """Store what there is, and stop. To be called while the engine still runs."""
        await self.keeper.close()

    def touched(self) -> None:
        """Values were stored past the recorder."""
        self.keeper.wake()
