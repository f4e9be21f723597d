"""Functions of a node: kept, run, and invoked in turn when events wait for them.

Documents are in the database, code is in the code store, processes are in the pool, output is in
the log store. This file builds the parts and knows the way of an invocation through them; it does
not know requests: operations/lambda_ does.
"""

import asyncio
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from headwater.arns import Scope, function_arn
from headwater.auth.keys import AccessKey, anybodys_key
from headwater.clock import Clock
from headwater.errors import ResourceNotFound, TooManyRequests
from headwater.functions.code_store import CodeStore, Upload
from headwater.functions.deployment import Deployment
from headwater.functions.destinations import Destinations, QueueSender
from headwater.functions.events import Events
from headwater.functions.invocation import LATEST, UNHANDLED, Invocation, Request
from headwater.functions.layers import Layers
from headwater.functions.logs.store import LogStore
from headwater.functions.metering import Metering
from headwater.functions.pool import Hope, Pool, Withdraw
from headwater.functions.registry import Registry
from headwater.functions.runtimes import Runtimes
from headwater.functions.settings import FunctionSettings
from headwater.functions.sources import Sources
from headwater.functions.stored import every_function, every_upload, find_named, scope_of
from headwater.ids import Ids
from headwater.loops import Tasks
from headwater.metrics.recorder import Recorder
from headwater.outbound.endpoints import Outbound
from headwater.storage.engine import Engine
from headwater.traces.context import TraceContext, xray_header
from headwater.traces.spans import CLIENT, Fact, Span, Tracer

RESERVED_EXCEEDED = "ReservedFunctionConcurrentInvocationLimitExceeded"


class Functions:
    """All functions of a node, of all scopes.

    registry      functions and versions as documents
    layers        packages they share
    events        asynchronous invocations
    destinations  where outcomes of those go
    logs          what functions write
    """

    def __init__(
        self,
        engine: Engine,
        clock: Clock,
        ids: Ids,
        *,
        data_dir: Path | None,
        endpoint: Callable[[], str],
        settings: FunctionSettings | None = None,
        outbound: Outbound | None = None,
        queues: QueueSender | None = None,
        key_of: Callable[[str], AccessKey] = anybodys_key,
        certificate: Path | None = None,
        recorder: Recorder | None = None,
        tracer: Tracer | None = None,
    ) -> None:
        """
        data_dir  everything is in data_dir/functions and data_dir/logs; None: in a directory that
                  `close` removes
        endpoint  the node's URL, asked for when a function is first run
        outbound  for code in buckets, and destinations that are not the node's
        queues    the node's own
        key_of    the key that functions of an account sign with
        certificate  of the node, where it answers with TLS: functions trust it
        recorder  of metrics
        tracer    of invocations; None: they are not traced
        """
        self._engine = engine
        self.clock = clock
        self._ids = ids
        self.endpoint = endpoint
        self.settings = settings = settings or FunctionSettings()
        self._scratch: Path | None = None
        if data_dir is None:
            data_dir = self._scratch = Path(tempfile.mkdtemp(prefix="headwater-functions-"))
        # Absolute: processes are started in another working directory.
        root = data_dir.absolute()
        self._directory = directory = root / "functions"
        self._code = CodeStore(directory / "code")
        self._layer_code = CodeStore(directory / "layers")
        self.logs = LogStore(
            root / "logs", clock, days=settings.log_days, bytes_max=settings.log_group_bytes
        )
        sources = Sources(outbound, directories=settings.directories)
        self.layers = Layers(
            engine, clock, ids, sources, code=self._layer_code, laid=directory / "opt"
        )
        runtimes = Runtimes(settings.interpreters, directory / "runtime")
        self._pool = Pool(clock, ids, settings)
        self._tracer = tracer
        self._metering = Metering(recorder or Recorder(), clock)
        self._reserved: set[tuple[Scope, str]] = set()  # functions with a concurrency of their own
        self._tasks = Tasks()
        self._deployment = Deployment(
            code=self._code,
            layers=self.layers,
            runtimes=runtimes,
            logs=self.logs,
            home=directory / "runtime",
            scratch=directory / "tmp",
            endpoint=endpoint,
            key_of=key_of,
            certificate=certificate,
        )
        self.registry = Registry(
            engine,
            clock,
            ids,
            code=self._code,
            sources=sources,
            runtimes=runtimes,
            retirer=self,
        )
        self.destinations = Destinations(clock, ids, outbound, queues)
        self.events = Events(
            engine,
            clock,
            ids,
            self,
            self.destinations,
            settings.events_at_once,
            self._metering,
        )

    async def start(self) -> None:
        """Remove what no document names. To be called before any function is created."""
        functions, layers = await self._engine.run(every_upload)

        def tidy() -> None:
            self._code.sweep(functions)
            self._layer_code.sweep(layers)
            for leftover in ("tmp", "opt"):
                shutil.rmtree(self._directory / leftover, ignore_errors=True)

        await asyncio.to_thread(tidy)
        self.logs.start()

    async def start_events(self) -> None:
        """Go on with the events that wait: handlers may call the node, so it must listen."""
        await self.events.start()

    async def close(self) -> None:
        """End every process; nothing that this object started is left."""
        await self.events.close()
        await self._pool.close()
        await self._tasks.close()
        await self.logs.close()
        temporary = self._scratch or self._directory / "tmp"
        await asyncio.to_thread(shutil.rmtree, temporary, True)

    # --- running -------------------------------------------------------------------------------

    async def invoke(
        self,
        scope: Scope,
        name: str,
        payload: bytes,
        *,
        qualifier: str | None = None,
        request_id: str | None = None,
        client_context: str | None = None,
        trace: TraceContext | None = None,
    ) -> Invocation:
        """Run a function on an event and wait for its answer.

        payload         JSON, as it is handed to the handler
        qualifier       version or alias; None: the function as it is now
        request_id      a uuid; a new one if not given
        client_context  JSON
        trace           what the invocation is part of

        A failing handler is an answer (`error` is set), not an exception. Raises ResourceNotFound,
        TooManyRequests when every environment is busy or the function's reservation is used up,
        InvalidParameterValue when the interpreter has gone. An invocation whose caller is
        cancelled runs on to its end.
        """
        dice = self._ids.fraction() if qualifier else 1.0
        try:
            named = await self._engine.run(lambda tx: find_named(tx, scope, name, qualifier, dice))
        except ResourceNotFound:
            # Another node of the same database may have deleted it.
            if qualifier is None and self._deployment.knows(scope, name):
                self.retire(scope, name, LATEST, "", None)
            raise
        ready = await self._deployment.ready(scope, name, named)
        request_id = request_id or self._ids.uuid()
        span = self._begin_span(scope, name, named.version, request_id, trace)
        request = Request(
            request_id,
            payload,
            self._trace_id(trace if span is None else span.context),
            function_arn(scope, name, qualifier),
            client_context,
        )
        try:
            if ready.reserved is not None and self._pool.busy(scope, name) >= ready.reserved:
                raise self._reserved_exceeded(scope, name)
            answer = self._pool.invoke(ready.deployed, request)
        except TooManyRequests as refused:
            self._metering.throttled(scope, name, qualifier)
            if span is not None:
                span.end(refused.code)
            raise
        self._note_busy(scope, name, is_reserved=ready.reserved is not None)
        outcome = await answer
        if span is not None:
            span.end(UNHANDLED if outcome.failed else "")
        self._metering.ended(
            scope,
            name,
            qualifier,
            named.version,
            failed=outcome.failed,
            duration_ms=outcome.duration_ms,
        )
        return Invocation(
            outcome.body,
            UNHANDLED if outcome.failed else None,
            outcome.log_tail,
            named.version,
            request.request_id,
        )

    def _reserved_exceeded(self, scope: Scope, name: str) -> TooManyRequests:
        def when_free(hope: Hope) -> Withdraw:
            return self._pool.when_free(hope, (scope, name))

        return TooManyRequests("Rate Exceeded.", when_free=when_free, Reason=RESERVED_EXCEEDED)

    def _note_busy(self, scope: Scope, name: str, *, is_reserved: bool) -> None:
        """Count in how many events are in hand, now that another one is."""
        pool, reserved = self._pool, self._reserved
        unreserved: int | None = None
        if is_reserved:
            reserved.add((scope, name))
        else:
            reserved.discard((scope, name))
            theirs = sum(pool.busy(scope, other) for of, other in reserved if of == scope)
            unreserved = pool.busy(scope) - theirs
        self._metering.began(scope, name, pool.busy(scope, name), pool.busy(scope), unreserved)

    async def standing(self) -> list[dict[str, Any]]:
        """How each function of each scope fares, counted since the node started.

        busy       events that are in the hands of its processes
        processes  that serve it, or are about to
        """
        at_work = self._pool.at_work()
        told = []
        for document in await self._engine.run(every_function):
            configuration = document["configuration"]
            scope, name = scope_of(document), configuration["FunctionName"]
            processes, busy = at_work.get((scope, name), (0, 0))
            told.append(
                {
                    "arn": configuration["FunctionArn"],
                    "state": configuration["State"],
                    "reserved": document.get("reserved"),
                    "processes": processes,
                    "busy": busy,
                    **asdict(self._metering.deeds(scope, name)),
                }
            )
        return told

    def process_ids(self) -> list[int]:
        """Of the running processes: for a metric, and for tests that count them."""
        return [pid for one in self._pool.running() if (pid := one.pid) is not None]

    def retire(
        self, scope: Scope, name: str, version: str, revision: str, upload: Upload | None
    ) -> None:
        """Let the processes of a version that are not of `revision` ("": all) end, then remove the
        code they ran."""
        self._deployment.forget(scope, name, version)
        if version == LATEST and not revision:
            self._metering.forget(scope, name)
            self.events.forget(scope, name)

        async def retire() -> None:
            await self._pool.retire(scope, name, version, revision)
            if upload is not None:
                await asyncio.to_thread(self._code.remove, upload)

        self._tasks.spawn(f"retire {name}", retire())

    def _begin_span(
        self,
        scope: Scope,
        name: str,
        version: str,
        request_id: str,
        parent: TraceContext | None,
    ) -> Span | None:
        tracer = self._tracer
        if tracer is None:
            return None
        facts: dict[str, Fact] = {
            "faas.invoked_name": name,
            "faas.invoked_provider": "aws",
            "faas.invoked_region": scope.region,
            "faas.version": version,
            "faas.invocation_id": request_id,
            "cloud.account.id": scope.account,
        }
        return tracer.begin(f"invoke {name}", CLIENT, facts, parent=parent)

    def _trace_id(self, trace: TraceContext | None) -> str:
        if trace is not None:
            return xray_header(trace)
        root = f"Root=1-{self.clock.now_ms() // 1000:08x}-{self._ids.hex(24)}"
        return f"{root};Parent={self._ids.hex(16)};Sampled=0"
