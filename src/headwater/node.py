"""A node: the only place that builds what lives long, and ends it in the right order.

There is no logic here. Each part is handed what it needs; whoever wants to know what a node is
made of reads `Node.start` from top to bottom.
"""

import asyncio
import faulthandler
import signal
from collections.abc import Callable
from functools import partial

from headwater.auth.keys import Keys, anybodys_key, load_keys
from headwater.backups.backups import Backups
from headwater.backups.backups import Parts as BackupParts
from headwater.changelog.lifecycle import ShardPolicy
from headwater.changelog.position import iterator_secret
from headwater.changelog.wakeup import Wakeup
from headwater.clock import Clock, SystemClock
from headwater.config.peers import peers_of, served_regions
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
from headwater.ids import SystemIds
from headwater.loops import rarely_collect
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

_ENDPOINT = "dynamodb+"  # before the URL of a peer that is no node of ours


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
        keys = None if settings.credentials is None else load_keys(settings.credentials)
        tls = server_context(settings.tls_cert, settings.tls_key)
        ids = SystemIds()
        catalog = Catalog()
        wakeup = Wakeup(engine)
        queues = Queues(engine, clock, ids, wakeup)
        outbound = Outbound(settings)
        recorder = Recorder()
        tracer = open_tracer(settings.otlp_endpoint)
        functions = Functions(
            engine,
            clock,
            ids,
            data_dir=None if settings.in_memory else settings.data,
            endpoint=lambda: node.url,
            settings=function_settings(settings),
            outbound=outbound,
            queues=queues,
            key_of=anybodys_key if keys is None else keys.issued_for,
            certificate=settings.tls_cert,
            recorder=recorder,
            tracer=tracer,
        )
        mappings = Mappings(
            engine, clock, ids, wakeup, functions, queues, outbound, recorder, tracer
        )
        registry = Registry()
        kinesis = KinesisDestinations(
            Parts(
                engine=engine,
                clock=clock,
                ids=ids,
                catalog=catalog,
                wakeup=wakeup,
                outbound=outbound,
                recorder=recorder,
            ),
            registry,
        )
        peer_keys = (
            None if settings.peer_credentials is None else load_keys(settings.peer_credentials)
        )
        regions = Regions(
            RegionParts(
                engine=engine,
                clock=clock,
                ids=ids,
                catalog=catalog,
                wakeup=wakeup,
                lines=_lines(settings, peer_keys, outbound),
                served=served_regions(settings),
                recorder=recorder,
            )
        )
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
            mappings=mappings,
            queues=queues,
            receivers=Receivers(queues),
            kinesis=kinesis,
            regions=regions,
            recorder=recorder,
            tracer=tracer,
            monitoring=Monitoring(
                engine, clock, ids, recorder, functions.events, outbound, catalog
            ),
        )
        services.views = Views(
            ViewParts(engine=engine, clock=clock, ids=ids, catalog=catalog, wakeup=wakeup),
            registry,
            functions.events,
            outbound,
        )
        backups = services.backups = Backups(
            BackupParts(
                engine=engine,
                clock=clock,
                ids=ids,
                catalog=catalog,
                tasks=services.tasks,
                settings=settings,
                outbound=outbound,
                report=functions.logs.report,
            )
        )
        chores = Chores(engine, clock, catalog, services.tasks, recorder)
        settler = Settler(engine, clock, catalog, services.tasks, recorder)
        expirer = Expirer(engine, clock, catalog, wakeup, recorder)
        keeper = ShardKeeper(engine, clock, ids, catalog, _shard_policy(settings))
        pipeline = Pipeline(services, _operations(settings), registry=registry, keys=keys)
        for path, page in function_pages(functions).items():
            pipeline.admin.add("GET", path, page)
        pipeline.admin.add("GET", "kinesis", lambda request: {"Destinations": kinesis.status()})
        RegionFigures(regions, registry)
        time = TimeKeeper(clock, mappings, kinesis, functions.events, regions, services.views)
        house = House(services=services, expirer=expirer, keeper=time, faults=pipeline.faults)
        add_pages(pipeline.admin, house)
        add_region_pages(pipeline.admin, house, peer_guard(peer_keys, pipeline.real_clock))
        figures = Figures(services, engine.figures, registry)
        pipeline.admin.add("GET", "rates", lambda request: figures.rates())
        listener = Listener(pipeline, tls=tls)
        node = Node(engine, services, listener)
        try:
            await functions.start()
            port = await listener.start(settings.host, settings.port)
        except BaseException:
            # A node in memory has made a directory for its functions: it goes with the attempt.
            await functions.close()
            raise
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        scheme = "http" if tls is None else "https"
        node.url = services.url = f"{scheme}://{host}:{port}"
        await services.monitoring.start()
        # Handlers talk back to the node, so nothing is delivered before it listens.
        await functions.start_events()
        await mappings.start()
        await kinesis.start()
        await regions.start()
        await services.views.start()
        await engine.run(partial(declare, views=services.views, every=declared))
        await chores.start()
        await settler.start()
        await backups.start()
        await expirer.start(services.tasks)
        services.tasks.spawn("queues", sweep_for_ever(queues))
        await keeper.start(services.tasks)
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


def _peers(settings: Settings, keys: Keys | None) -> dict[str, Peer]:
    """The nodes of other regions, by region."""
    clock = SystemClock()
    key = None if keys is None else keys.first
    tls = peer_context(settings.peer_ca)
    return {
        region: Peer(url, region, key, clock.now_ms, tls)
        for region, url in peers_of(settings).items()
        if not url.startswith(_ENDPOINT)
    }


def _lines(settings: Settings, keys: Keys | None, outbound: Outbound) -> Lines:
    """The way to each region that is not this node's own."""
    lines = Lines(_peers(settings, keys))
    for region, url in peers_of(settings).items():
        if url.startswith(_ENDPOINT):
            outbound.serve(table_service(region), url.removeprefix(_ENDPOINT))
            place = url.removeprefix(_ENDPOINT)
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
