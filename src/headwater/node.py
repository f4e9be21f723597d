"""A node: the only place that builds what lives long, and ends it in the right order.

There is no logic here. Each part is handed what it needs; whoever wants to know what a node is
made of reads `_services`, and in which order it comes up, `Node._build`.
"""

import asyncio
import faulthandler
import signal
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from headwater.auth.keys import Keys, anybodys_key, load_keys
from headwater.backups.backups import Backups
from headwater.backups.backups import Parts as BackupParts
from headwater.backups.importing import Report
from headwater.changelog.lifecycle import ShardPolicy
from headwater.changelog.position import iterator_secret
from headwater.changelog.wakeup import Wakeup
from headwater.clock import Clock, SystemClock
from headwater.config.peers import ONE_WAY, peers_of, served_regions
from headwater.config.settings import Settings
from headwater.consumers.chores import Chores
from headwater.consumers.expirer import Expirer
from headwater.consumers.kinesis.destinations import KinesisDestinations, Parts
from headwater.consumers.mappings.supervisor import Mappings
from headwater.consumers.replication.context import Parts as RegionParts
from headwater.consumers.replication.endpoint import EndpointLine
from headwater.consumers.replication.lines import Lines
from headwater.consumers.replication.regions import Regions
from headwater.consumers.settler import Settler
from headwater.consumers.shard_keeper import ShardKeeper
from headwater.consumers.views.declared import declare, read_views
from headwater.consumers.views.views import Views
from headwater.consumers.views.worker import Parts as ViewParts
from headwater.frontdoor.listener import Listener
from headwater.frontdoor.peers import peer_guard
from headwater.frontdoor.pipeline import Pipeline
from headwater.frontdoor.plans import Operations
from headwater.frontdoor.tls import server_context
from headwater.functions.functions import Functions
from headwater.functions.pages import pages as function_pages
from headwater.functions.settings import function_settings
from headwater.ids import Ids, SystemIds
from headwater.loops import Tasks, rarely_collect
from headwater.metrics.counters import Registry
from headwater.metrics.recorder import Recorder
from headwater.moments import duration_ms
from headwater.monitoring.monitoring import Monitoring
from headwater.operations import dynamodb, lambda_, logs, monitoring, sqs, streams, sts
from headwater.operations.dynamodb.conflicts import with_conflicts
from headwater.operations.services import Services
from headwater.operations.streams.strictness import StreamLimits
from headwater.outbound.endpoints import Outbound, table_service
from headwater.outbound.peer import Peer, peer_context
from headwater.queues.queues import Queues
from headwater.queues.sweeping import sweep_for_ever
from headwater.queues.waiting import Receivers
from headwater.stage.figures import Figures
from headwater.stage.house import House
from headwater.stage.pages import add_pages
from headwater.stage.region_figures import RegionFigures
from headwater.stage.regions_page import add_region_pages
from headwater.stage.timekeeper import TimeKeeper, catch_up, open_clock
from headwater.storage.embedded import open_embedded
from headwater.storage.local import LocalEngine
from headwater.storage.memory import open_memory
from headwater.storage.sequence import ms_of
from headwater.tables.catalog import Catalog
from headwater.traces.opening import open_tracer
from headwater.traces.spans import Tracer

OPERATIONS = {
    "dynamodb": dynamodb.OPERATIONS,
    "streams": streams.OPERATIONS,
    "lambda": lambda_.OPERATIONS,
    "sqs": sqs.OPERATIONS,
    "logs": logs.OPERATIONS,
    "monitoring": monitoring.OPERATIONS,
    "sts": sts.OPERATIONS,
}

_END_S_MAX = 15


class Node:
    """Everything that runs behind one address."""

    def __init__(self, engine: LocalEngine, services: Services, listener: Listener) -> None:
        self._engine = engine
        self._services = services
        self._listener = listener
        self.url = ""

    @staticmethod
    async def start(settings: Settings) -> "Node":
        """Open the data, listen, answer. Raises StartupError."""
        clock = open_clock(settings)
        engine = _open(settings, clock)
        try:
            catch_up(clock, settings, ms_of(engine.sequences.last))
            return await Node._build(settings, engine, clock)
        except BaseException:
            engine.close()
            raise

    @staticmethod
    async def _build(settings: Settings, engine: LocalEngine, clock: Clock) -> "Node":
        declared = [] if settings.views is None else read_views(settings.views, settings.region)
        tls = server_context(settings.tls_cert, settings.tls_key)
        ground = _ground(settings, engine, clock)
        services = await _services(ground, lambda: node.url)
        expirer = Expirer(engine, clock, ground.catalog, ground.wakeup, ground.recorder)
        listener = Listener(_pipeline(ground, services, expirer), tls=tls)
        node = Node(engine, services, listener)
        try:
            await services.functions.start()
            port = await listener.start(settings.host, settings.port)
        except BaseException:
            # A node in memory has made a directory for its functions: it goes with the attempt.
            await services.functions.close()
            raise
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        scheme = "http" if tls is None else "https"
        node.url = services.url = f"{scheme}://{host}:{port}"
        # Handlers talk back to the node, so nothing is delivered before it listens.
        await _start_readers(services)
        await engine.run(partial(declare, views=services.views, every=declared))
        await _start_chores(ground, services, expirer)
        return node

    async def close(self) -> None:
        """Answer what has been asked, stop what runs, make everything durable."""
        self._engine.give_up()
        self._services.receivers.close()
        await self._listener.stop()
        # What works in steps stops between two of them, while all that it works with is there.
        await self._services.tasks.close()
        await self._services.mappings.close()
        await self._services.kinesis.close()
        await self._services.regions.close()
        await self._services.views.close()
        await self._services.functions.close()
        await self._services.monitoring.close()
        self._engine.close()
        if self._services.tracer is not None:
            await asyncio.to_thread(self._services.tracer.close)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What the parts of a node stand on, all of them.

    keys       those that callers may sign with; None: any
    peer_keys  those of nodes of other regions
    """

    settings: Settings
    engine: LocalEngine
    clock: Clock
    ids: Ids
    catalog: Catalog
    wakeup: Wakeup
    outbound: Outbound
    recorder: Recorder
    registry: Registry
    keys: Keys | None
    peer_keys: Keys | None


def _ground(settings: Settings, engine: LocalEngine, clock: Clock) -> Ground:
    peers = settings.peer_credentials
    return Ground(
        settings=settings,
        engine=engine,
        clock=clock,
        ids=SystemIds(),
        catalog=Catalog(),
        wakeup=Wakeup(engine),
        outbound=Outbound(settings),
        recorder=Recorder(),
        registry=Registry(),
        keys=None if settings.credentials is None else load_keys(settings.credentials),
        peer_keys=None if peers is None else load_keys(peers),
    )


async def _services(ground: Ground, url: Callable[[], str]) -> Services:
    """What operations work with. url: where the node answers, once it does"""
    engine, clock, ids, settings = ground.engine, ground.clock, ground.ids, ground.settings
    catalog, wakeup, recorder = ground.catalog, ground.wakeup, ground.recorder
    queues = Queues(engine, clock, ids, wakeup)
    tracer = open_tracer(settings.otlp_endpoint)
    functions = _functions(ground, queues, tracer, url)
    services = Services(
        engine=engine,
        clock=clock,
        ids=ids,
        settings=settings,
        catalog=catalog,
        wakeup=wakeup,
        iterator_secret=await engine.run(iterator_secret),
        stream_limits=StreamLimits(clock, ids) if settings.strict_limits else None,
        functions=functions,
        queues=queues,
        receivers=Receivers(queues),
        recorder=recorder,
        tracer=tracer,
    )
    services.mappings = Mappings(
        engine, clock, ids, wakeup, functions, queues, ground.outbound, recorder, tracer
    )
    services.kinesis = _kinesis(ground)
    services.regions = _regions(ground)
    services.monitoring = Monitoring(
        engine, clock, ids, recorder, functions.events, ground.outbound, catalog
    )
    parts = ViewParts(engine=engine, clock=clock, ids=ids, catalog=catalog, wakeup=wakeup)
    services.views = Views(parts, ground.registry, functions.events, ground.outbound)
    services.backups = _backups(ground, services.tasks, functions.logs.report)
    return services


def _functions(
    ground: Ground, queues: Queues, tracer: Tracer | None, url: Callable[[], str]
) -> Functions:
    settings = ground.settings
    return Functions(
        ground.engine,
        ground.clock,
        ground.ids,
        data_dir=None if settings.in_memory else settings.data,
        endpoint=url,
        settings=function_settings(settings),
        outbound=ground.outbound,
        queues=queues,
        key_of=anybodys_key if ground.keys is None else ground.keys.issued_for,
        certificate=settings.tls_cert,
        recorder=ground.recorder,
        tracer=tracer,
    )


def _kinesis(ground: Ground) -> KinesisDestinations:
    parts = Parts(
        engine=ground.engine,
        clock=ground.clock,
        ids=ground.ids,
        catalog=ground.catalog,
        wakeup=ground.wakeup,
        outbound=ground.outbound,
        recorder=ground.recorder,
    )
    return KinesisDestinations(parts, ground.registry)


def _regions(ground: Ground) -> Regions:
    settings = ground.settings
    return Regions(
        RegionParts(
            engine=ground.engine,
            clock=ground.clock,
            ids=ground.ids,
            catalog=ground.catalog,
            wakeup=ground.wakeup,
            lines=_lines(settings, ground.peer_keys, ground.outbound),
            served=served_regions(settings),
            recorder=ground.recorder,
        )
    )


def _backups(ground: Ground, tasks: Tasks, report: Report) -> Backups:
    return Backups(
        BackupParts(
            engine=ground.engine,
            clock=ground.clock,
            ids=ground.ids,
            catalog=ground.catalog,
            tasks=tasks,
            settings=ground.settings,
            outbound=ground.outbound,
            report=report,
        )
    )


def _pipeline(ground: Ground, services: Services, expirer: Expirer) -> Pipeline:
    """The way of a request, and the node's own pages."""
    registry, kinesis, regions = ground.registry, services.kinesis, services.regions
    operations = _operations(ground.settings)
    pipeline = Pipeline(services, operations, registry=registry, keys=ground.keys)
    admin = pipeline.admin
    for path, page in function_pages(services.functions).items():
        admin.add("GET", path, page)
    admin.add("GET", "kinesis", lambda request: {"Destinations": kinesis.status()})
    RegionFigures(regions, registry)
    events = services.functions.events
    time = TimeKeeper(ground.clock, services.mappings, kinesis, events, regions, services.views)
    house = House(services=services, expirer=expirer, keeper=time, faults=pipeline.faults)
    add_pages(admin, house)
    add_region_pages(admin, house, peer_guard(ground.peer_keys, pipeline.real_clock))
    figures = Figures(services, ground.engine.figures, registry)
    admin.add("GET", "rates", lambda request: figures.rates())
    return pipeline


async def _start_readers(services: Services) -> None:
    await services.monitoring.start()
    await services.functions.start_events()
    await services.mappings.start()
    await services.kinesis.start()
    await services.regions.start()
    await services.views.start()


async def _start_chores(ground: Ground, services: Services, expirer: Expirer) -> None:
    engine, clock, catalog = ground.engine, ground.clock, ground.catalog
    tasks = services.tasks
    await Chores(engine, clock, catalog, tasks, ground.recorder).start()
    await Settler(engine, clock, catalog, tasks, ground.recorder).start()
    await services.backups.start()
    await expirer.start(tasks)
    tasks.spawn("queues", sweep_for_ever(services.queues))
    policy = _shard_policy(ground.settings)
    await ShardKeeper(engine, clock, ground.ids, catalog, policy).start(tasks)


def _peers(settings: Settings, keys: Keys | None) -> dict[str, Peer]:
    """The nodes of other regions, by region."""
    clock = SystemClock()
    key = None if keys is None else keys.first
    tls = peer_context(settings.peer_ca)
    return {
        region: Peer(url, region, key, clock.now_ms, tls)
        for region, url in peers_of(settings).items()
        if not url.startswith(ONE_WAY)
    }


def _lines(settings: Settings, keys: Keys | None, outbound: Outbound) -> Lines:
    """The way to each region that is not this node's own."""
    lines = Lines(_peers(settings, keys))
    for region, url in peers_of(settings).items():
        if url.startswith(ONE_WAY):
            outbound.serve(table_service(region), url.removeprefix(ONE_WAY))
            place = url.removeprefix(ONE_WAY)
            lines.add_one_way(region, EndpointLine(outbound, region, place))
    return lines


def _operations(settings: Settings) -> Operations:
    time_ms = duration_ms(settings.transaction_time) or 0
    if not time_ms:
        return OPERATIONS
    return {**OPERATIONS, "dynamodb": with_conflicts(dynamodb.OPERATIONS, time_ms)}


def _shard_policy(settings: Settings) -> ShardPolicy:
    return ShardPolicy(period_ms=duration_ms(settings.shard_period) or 0)


def _open(settings: Settings, clock: Clock) -> LocalEngine:
    if settings.in_memory:
        return open_memory(clock)
    return open_embedded(settings.data, clock, sync=settings.sync)


async def serve(settings: Settings, ready: Callable[[str], None]) -> None:
    """Run a node until SIGINT or SIGTERM.

    ready  is told the node's URL once it answers
    Raises StartupError.
    """
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    node = await Node.start(settings)
    rarely_collect()
    try:
        ready(node.url)
        await stopped.wait()
        # A node that is still there then writes to its log where it is held up. Whoever ends the
        # process cancels this.
        faulthandler.dump_traceback_later(_END_S_MAX)
    finally:
        await node.close()
