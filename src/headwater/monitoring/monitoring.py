"""The parts of a node that keep metrics and watch them, put together."""

from headwater.clock import Clock
from headwater.ids import Ids
from headwater.metrics.recorder import Recorder
from headwater.monitoring.alarms.actions import Actions, Caller, EventSender
from headwater.monitoring.alarms.alarms import Alarms
from headwater.monitoring.keeper import Keeper
from headwater.monitoring.provisions import Provisions
from headwater.storage.engine import Engine
from headwater.tables.catalog import Catalog


class Monitoring:
    """Built once by the node. Operations reach it as `call.node.monitoring`.

    keeper  stores what is recorded
    alarms  are judged when a minute is over
    """

    def __init__(
        self,
        engine: Engine,
        clock: Clock,
        ids: Ids,
        recorder: Recorder,
        events: EventSender,
        outbound: Caller,
        catalog: Catalog,
    ) -> None:
        self.keeper = Keeper(engine, clock, recorder)
        self.provisions = Provisions(engine, catalog)
        self.keeper.sources.append(self.provisions)
        self._engine = engine
        actions = Actions(clock, ids, events, outbound)
        self.alarms = Alarms(engine, clock, actions, self.keeper.wake)
        self.keeper.on_minute = self.alarms.minute_over

    async def start(self) -> None:
        """Store what is recorded from now on, and judge alarms."""
        await self._engine.run(self.provisions.watch)
        self.keeper.start()

    async def close(self) -> None:
        """Store what there is, and stop. To be called while the engine still runs."""
        await self.alarms.close()
        await self.keeper.close()

    def touched(self) -> None:
        """Values were stored past the recorder."""
        self.keeper.wake()
