"""The parts of a node that the stage works with; node.py hands them over."""

from dataclasses import dataclass

from headwater.consumers.expirer import Expirer
from headwater.frontdoor.faults import Faults
from headwater.operations.services import Services
from headwater.stage.timekeeper import TimeKeeper


@dataclass(slots=True, kw_only=True)
class House:
    """Built once, by the node."""

    services: Services
    expirer: Expirer
    keeper: TimeKeeper
    faults: Faults

    @property
    def region(self) -> str:
        """Where a table is looked for that is named without its region."""
        return self.services.settings.region
