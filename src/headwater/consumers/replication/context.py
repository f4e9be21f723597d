"""What the parts of one link share: what they work with, what is asked of them, how it goes."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from headwater.changelog.wakeup import Wakeup
from headwater.clock import Clock, SystemClock
from headwater.consumers.replication.lines import Lines
from headwater.consumers.replication.link import Link
from headwater.ids import Ids
from headwater.metrics.aws import replication_series
from headwater.metrics.recorder import Recorder
from headwater.storage.engine import Engine
from headwater.tables.catalog import Catalog

PAUSE_MS_MIN: Final = 100
PAUSE_MS_MAX: Final = 5_000


class Stopped(Exception):
    """The link is to do no more."""


@dataclass(slots=True, kw_only=True)
class Parts:
    """What replication works with; built once, by the node.

    served  the regions that there are, this node's own among them; None: any
    """

    engine: Engine
    clock: Clock
    ids: Ids
    catalog: Catalog
    wakeup: Wakeup
    lines: Lines
    served: list[str] | None = None
    recorder: Recorder = field(default_factory=Recorder)
    real_clock: Clock = field(default_factory=SystemClock)


@dataclass(slots=True, kw_only=True)
class Context:
    """Of one link. Built by its worker, which alone changes `link` and `stopping`.

    trouble     why the last request failed; None when it did not
    pending     writes that were read and are not known to have arrived
    shipped     writes that arrived, since the node started
    superseded  of those, how many were older than what was there
    has_lost    the log has forgotten what was not shipped
    """

    parts: Parts
    link: Link
    stopping: bool = False
    trouble: str | None = None
    failures: int = 0
    pending: int = 0
    shipped: int = 0
    copied: int = 0
    superseded: int = 0
    arrived_ms: int = 0
    has_lost: bool = False
    on_lost: Callable[[], None] = lambda: None

    def report_loss(self) -> None:
        """Note that the log no longer holds what was to be shipped next."""
        self.has_lost = True
        self.on_lost()

    def measure(self, latency_ms: float, writes: int) -> None:
        """Note how old writes were when they had arrived."""
        link = self.link
        series = replication_series(link.scope, link.table, link.region)
        self.parts.recorder.add(series, latency_ms, writes)


def pause_ms(failures: int, dice: float) -> int:
    """How long to wait after so many failures in a row; dice: 0..1

    >>> [pause_ms(failures, 1.0) for failures in (1, 2, 3, 6, 7, 99)]
    [100, 200, 400, 3200, 5000, 5000]
    """
    longest: float = min(PAUSE_MS_MAX, PAUSE_MS_MIN * 2 ** min(failures - 1, 10))
    return round(longest * (0.5 + 0.5 * dice))


def facts_of(link: Link) -> dict[str, str]:
    """What a log line says of a link."""
    return {"table": link.table, "from": link.scope.region, "to": link.region}
