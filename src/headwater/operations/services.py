"""The long-lived parts of a node that operations work with.

Built once by `node.py`, and handed to every call. This file only names the parts.
"""

from dataclasses import dataclass, field
from typing import Any

from headwater.changelog.tail import Tail
from headwater.changelog.wakeup import Wakeup
from headwater.clock import Clock
from headwater.config.settings import Settings
from headwater.ids import Ids
from headwater.loops import Tasks
from headwater.metrics.recorder import Recorder
from headwater.storage.engine import Engine
from headwater.tables.catalog import Catalog
from headwater.traces.spans import Tracer


@dataclass(slots=True, kw_only=True)
class Services:
    """What operations reach as `call.node`."""

    engine: Engine
    clock: Clock
    ids: Ids
    settings: Settings
    catalog: Catalog
    wakeup: Wakeup | None = None
    tail: Tail = field(default_factory=Tail)
    iterator_secret: bytes = b""  # signs shard iterators
    url: str = ""  # where the node answers; set once it listens
    tasks: Tasks = field(default_factory=Tasks)
    functions: Any = None  # functions.Functions
    mappings: Any = None  # consumers.mappings
    queues: Any = None  # queues.Queues
    backups: Any = None  # backups.backups.Backups
    receivers: Any = None  # queues.Receivers
    stream_limits: Any = None  # operations.streams.strictness.StreamLimits, on a strict node
    recorder: Recorder = field(default_factory=Recorder)
    tracer: Tracer | None = None
    monitoring: Any = None  # monitoring.monitoring.Monitoring
    kinesis: Any = None  # consumers.kinesis.destinations.KinesisDestinations
    regions: Any = None  # consumers.replication.regions.Regions
    views: Any = None  # consumers.views.views.Views
