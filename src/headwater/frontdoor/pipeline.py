"""What happens to a request, in order: route, credentials, decode, check, run, encode, count.

Every request ends in exactly one reply. The caller's mistakes are answered in AWS's words; our own
bugs are logged with the request's id, answered 500, and the node goes on. This file knows the
order; each step is a module of its own (`wire/`, `auth/`, `plans.py`, `sender.py`).
"""

import asyncio
import logging
from collections.abc import Coroutine, Mapping
from functools import partial
from typing import Any, Final

import orjson

from headwater.arns import DEFAULT_ACCOUNT, Scope
from headwater.auth.keys import Keys
from headwater.auth.sigv4 import identify
from headwater.auth.verify import Signed, verify
from headwater.clock import Clock, SystemClock, monotonic_ns, sleep_ms
from headwater.config.rules import is_loopback
from headwater.errors import AwsError, InternalServer, ServiceUnavailable
from headwater.frontdoor import health
from headwater.frontdoor.admin import Admin
from headwater.frontdoor.cors import Cors
from headwater.frontdoor.exchange import Exchange
from headwater.frontdoor.faults import Faults, StagedFault
from headwater.frontdoor.gate import Gate, Limits
from headwater.frontdoor.heads import Heads
from headwater.frontdoor.hosts import Hosts
from headwater.frontdoor.plain import HEALTH, PlainPages
from headwater.frontdoor.plans import Operations, Plan, Plans
from headwater.frontdoor.sender import Sender
from headwater.frontdoor.tracing import begin_span, work_in
from headwater.loops import Tasks
from headwater.metrics.counters import Registry
from headwater.metrics.names import BODY_BYTES, REFUSED, REQUEST_SECONDS, REQUESTS
from headwater.operations.call import Call
from headwater.operations.metering import MEASURED, Metering
from headwater.operations.services import Services
from headwater.storage.engine import Done, Transaction
from headwater.traces.context import context_in
from headwater.traces.spans import Span
from headwater.wire.compression import inflate
from headwater.wire.dialects import Dialect, spoken_in
from headwater.wire.fault import Fault, render_fault
from headwater.wire.json_rpc import decode, reply_content_type
from headwater.wire.protocols import SERVICES, ServiceSpec
from headwater.wire.reply import Answer, Reply
from headwater.wire.rest_json import CONTENT_TYPE as REST_CONTENT_TYPE
from headwater.wire.routing import route_path

log = logging.getLogger("headwater.frontdoor")

_ROOT: Final = b"/"
_ROOT_WITH_QUERY: Final = b"/?"
# Some SDKs send what is meant for a queue to the queue's URL, whose path repeats the QueueUrl.
_QUEUE_TARGET: Final = b"AmazonSQS."
_NO_LABELS: Final[Mapping[str, str]] = {}
_NO_QUERY: Final[Mapping[str, list[str]]] = {}
_METRICS_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


class Pipeline:
    """Answers exchanges. Built once by the node; used by every connection.

    services    what operations work with
    operations  the OPERATIONS tables by service name: dynamodb, streams, lambda
    admin       pages under /_headwater/; health and metrics are added here
    registry    what is counted
    limits      the door's bounds
    real_clock  for the Date header: real time, also where the node's own clock is moved
    keys        whose signatures are taken; None: anybody's, unverified
    faults      what goes wrong on purpose
    """

    def __init__(
        self,
        services: Services,
        operations: Operations,
        *,
        admin: Admin | None = None,
        registry: Registry | None = None,
        limits: Limits | None = None,
        real_clock: Clock | None = None,
        keys: Keys | None = None,
    ) -> None:
        self.limits = limits or Limits()
        self.gate = Gate(self.limits)
        self.registry = registry or Registry()
        self.admin = admin or Admin()
        self.services = services
        self.keys = keys
        self.plans = Plans(operations)
        self.faults = Faults()
        self.real_clock = real_clock or SystemClock()
        self.heads = Heads(self.real_clock)
        self.sender = Sender(self.heads, self.limits.compressed_bytes_min)
        self.tasks = Tasks()
        settings = services.settings
        # DynamoDB Local's -sharedDb: whoever asks, and from wherever, sees one world.
        self.shared_scope = Scope(DEFAULT_ACCOUNT, settings.region) if settings.shared_db else None
        cors = Cors(settings.cors)
        is_private = keys is None and not settings.allow_anonymous and is_loopback(settings.host)
        self._hosts = Hosts(settings.cors) if is_private else None
        self.plain = PlainPages(
            self.admin, settings.region, cors, self.sender, services.ids, self.tasks, keys
        )
        self.metering = Metering(services.recorder)
        self.tracer = services.tracer
        self.tells = log.isEnabledFor(logging.DEBUG)
        self.requests = self.registry.counter(REQUESTS)
        self.seconds = self.registry.summary(REQUEST_SECONDS)
        self._refused = self.registry.counter(REFUSED)
        self.registry.gauge(BODY_BYTES, lambda: self.gate.held_bytes)
        self.admin.add("GET", HEALTH, lambda request: health.page(services.engine.trouble))
        self.admin.add("GET", "metrics", lambda request: self._metrics_page())

    def handle(self, exchange: Exchange) -> None:
        """See that `exchange` is finished: at once, when its transaction is durable, or when the
        coroutine that answers it ends."""
        headers = exchange.headers
        if b"origin" in headers and self.plain.origin_refused(exchange):
            self._refused.add(("origin",))
            return
        hosts = self._hosts
        if hosts is not None and b"host" in headers and not hosts.takes(headers[b"host"]):
            self._refused.add(("host",))
            self.plain.host_refused(exchange)
            return
        target = headers.get(b"x-amz-target", b"")
        if exchange.method == b"POST" and (
            exchange.url == _ROOT
            or exchange.url.startswith(_ROOT_WITH_QUERY)
            or target.startswith(_QUEUE_TARGET)
        ):
            content_type = reply_content_type(headers.get(b"content-type", b""))
            if content_type is not None:
                _Request(self, exchange, content_type).start_rpc(target)
                return
        if exchange.method == b"POST" and self._handle_dialect(exchange):
            return
        if not self.plain.handle(exchange):
            self._handle_path(exchange)

    def _handle_dialect(self, exchange: Exchange) -> bool:
        """Answer a request in another protocol than JSON; False: it is in none."""
        try:
            spoken = spoken_in(exchange.url, exchange.headers, partial(self.body_of, exchange))
        except AwsError:
            return False  # a body that cannot be inflated is told as one that nobody knows
        if spoken is None:
            return False
        _DialectRequest(self, exchange, spoken.dialect).start_rpc(spoken.target)
        return True

    def body_of(self, exchange: Exchange) -> bytes:
        """The body, inflated. Raises AwsErrors."""
        encoding = exchange.headers.get(b"content-encoding")
        if encoding is None:
            return exchange.body
        return inflate(encoding, exchange.body, self.gate.body_bytes_max(exchange.url))

    def refuse(self, exchange: Exchange, status: int, reason: str) -> None:
        """Finish an exchange that the connection turned away."""
        self._refused.add((reason,))
        self.plain.refuse(exchange, status, reason)

    async def close(self) -> None:
        """Cancel the coroutines that still run. Called after the listener has drained."""
        await self.tasks.close()

    def _handle_path(self, exchange: Exchange) -> None:
        query = exchange.query()
        flat = {name: values[-1] for name, values in query.items()}
        route = route_path(exchange.method.decode("latin-1"), exchange.path(), flat)
        if route is None:
            self._refused.add(("unknown operation",))
            self.plain.unknown_operation(exchange)
            return
        plan = self.plans.for_route(route)
        _Request(self, exchange, REST_CONTENT_TYPE).start_rest(plan, route.labels, query)

    async def _metrics_page(self) -> Reply:
        page = await self.registry.fresh_page()
        return Reply(page, headers={"Content-Type": _METRICS_TYPE})


class _Request:
    """One call of an operation, from the bytes to the reply."""

    __slots__ = (
        "_began_ns",
        "_call",
        "_content_type",
        "_exchange",
        "_pipeline",
        "_plan",
        "_request_id",
        "_scope",
        "_span",
    )

    def __init__(self, pipeline: Pipeline, exchange: Exchange, content_type: bytes) -> None:
        self._pipeline = pipeline
        self._exchange = exchange
        self._content_type = content_type
        self._plan: Plan | None = None
        self._call: Call | None = None
        self._request_id = ""
        self._scope: Scope | None = None
        self._span: Span | None = None
        self._began_ns = monotonic_ns()

    def start_rpc(self, target: bytes) -> None:
        pipeline = self._pipeline
        exchange = self._exchange
        self._request_id = pipeline.services.ids.request_id()
        try:
            plan = pipeline.plans.by_target.get(target) or pipeline.plans.for_target(target)
            self._plan = plan
            query = exchange.query() if exchange.url != _ROOT else _NO_QUERY
            scope = self._scope = self._find_scope(plan, query)
            params = plan.check(self._read(plan))
            self._run(plan, scope, params)
        except AwsError as error:
            self._fail(error)
        except Exception as bug:
            self._fail_by_bug(bug)

    def start_rest(
        self, plan: Plan, labels: Mapping[str, str], query: Mapping[str, list[str]]
    ) -> None:
        self._request_id = self._pipeline.services.ids.uuid()
        try:
            self._plan = plan
            scope = self._scope = self._find_scope(plan, query)
            assert plan.binding is not None
            headers = self._exchange.headers
            params = plan.check(plan.binding.read(labels, query, headers, self._body()))
            self._run(plan, scope, params)
        except AwsError as error:
            self._fail(error)
        except Exception as bug:
            self._fail_by_bug(bug)

    def _read(self, plan: Plan) -> Any:
        return decode(self._body())

    def _write(self, plan: Plan, answer: dict[str, Any]) -> bytes:
        return orjson.dumps(answer)

    def _render(self, spec: ServiceSpec, error: AwsError) -> Fault:
        return render_fault(spec, error)

    def _find_scope(self, plan: Plan, query: Mapping[str, list[str]]) -> Scope:
        """The world the sender acts in; with keys only if the signature is right."""
        pipeline = self._pipeline
        exchange = self._exchange
        scope = identify(exchange.headers, query).scope
        if pipeline.keys is not None:
            url = exchange.url.decode("latin-1")
            method = exchange.method.decode("latin-1")
            service = plan.spec.signing_name
            request = Signed(method, url, exchange.headers, exchange.body, service)
            scope = verify(request, pipeline.keys, pipeline.services.clock.now_ms())
        return pipeline.shared_scope or scope

    def _body(self) -> bytes:
        return self._pipeline.body_of(self._exchange)

    def _run(self, plan: Plan, scope: Scope, params: dict[str, Any]) -> None:
        if plan.handler is None:
            raise plan.refusal()
        pipeline = self._pipeline
        services = pipeline.services
        self._call = Call(plan.spec.name, plan.operation, scope, params, self._request_id, services)
        if pipeline.tracer is not None:
            self._span = begin_span(pipeline.tracer, self._call, plan.spec, self._exchange.headers)
        if plan.is_async:
            self._call.has_left = self._exchange.has_left
            # Told on to a function even where the node itself sends no traces.
            self._call.trace = self._call.trace or context_in(self._exchange.headers)
        if pipeline.faults.rules and (fault := pipeline.faults.meet(self._call)) is not None:
            pipeline.tasks.spawn(plan.operation, self._run_into(fault, self._call))
        elif plan.is_async:
            if services.engine.trouble is not None:
                raise services.engine.trouble  # its transactions would wait
            pipeline.tasks.spawn(plan.operation, self._wait(self._call))
        elif plan.first is not None and (asked := plan.first(self._call)) is not None:
            pipeline.tasks.spawn(plan.operation, self._run_after(asked))
        else:
            services.engine.submit(self._work, self._done)

    async def _run_after(self, asked: Coroutine[Any, Any, None]) -> None:
        """Answer a call that needs to know something of others first."""
        try:
            await asked
        except asyncio.CancelledError:
            self._done(None, ServiceUnavailable("The node is shutting down"))
            raise
        except Exception as error:
            self._done(None, error)
        else:
            self._pipeline.services.engine.submit(self._work, self._done)

    async def _run_into(self, fault: StagedFault, call: Call) -> None:
        """Answer a call that meets a fault."""
        plan = self._plan
        assert plan is not None
        done = self._done if not fault.after else partial(self._done_in_vain, fault.error)
        try:
            await sleep_ms(self._pipeline.real_clock, fault.delay_ms)
            if fault.first is not None:
                await fault.first()
            self._plan = plan = fault.bend(plan, call)
        except asyncio.CancelledError:
            self._done(None, ServiceUnavailable("The node is shutting down"))
            raise
        except AwsError as error:
            self._done(None, error)
            return
        if plan.is_async:
            await self._wait(call, done)
        else:
            call.node.engine.submit(self._work, done)

    def _done_in_vain(
        self, staged: AwsError | None, answer: Any, error: BaseException | None
    ) -> None:
        """It is done, but the caller is told otherwise."""
        self._done(answer, error or staged)

    def _work(self, tx: Transaction) -> Any:
        """Inside the engine's transaction."""
        call = self._call
        plan = self._plan
        assert call is not None and plan is not None and plan.handler is not None
        call.tx = tx
        call.used = None
        if self._span is not None:
            return work_in(self._span, tx, call, plan.handler)
        return plan.handler(call)

    def _done(self, answer: Any, error: BaseException | None) -> None:
        """The transaction is durable, or discarded."""
        try:
            if error is None:
                self._succeed(answer)
            elif isinstance(error, AwsError):
                self._fail(error)
            else:
                self._fail_by_bug(error)
        except Exception as bug:
            self._fail_by_bug(bug)

    async def _wait(self, call: Call, done: Done | None = None) -> None:
        assert self._plan is not None
        done = done or self._done
        handler: Any = self._plan.handler
        try:
            answer = await handler(call)
        except asyncio.CancelledError:
            self._done(None, ServiceUnavailable("The node is shutting down"))
            raise
        except Exception as error:
            done(None, error)
        else:
            done(answer, None)

    def _succeed(self, answer: Answer) -> None:
        plan = self._plan
        assert plan is not None
        if type(answer) is dict:
            self._send(plan.status, self._write(plan, answer))
        elif type(answer) is bytes:
            self._send(plan.status, answer)
        else:
            assert isinstance(answer, Reply), answer
            body = answer.body if answer.body is not None else b""
            encoded = orjson.dumps(body) if isinstance(body, dict) else body
            self._send(answer.status or plan.status, encoded, answer.headers)
        pipeline = self._pipeline
        pipeline.requests.add(plan.counted)
        elapsed_ns = monotonic_ns() - self._began_ns
        pipeline.seconds.add(plan.timed, elapsed_ns / 1e9)
        call = self._call
        if call is not None and call.used is not None:
            pipeline.metering.succeeded(call, elapsed_ns)
        self._end("")

    def _fail(self, error: AwsError) -> None:
        plan = self._plan
        # A target that no service knows is answered as DynamoDB answers it.
        spec = plan.spec if plan is not None else SERVICES["dynamodb"]
        operation = plan.operation if plan is not None else "unknown"
        fault = self._render(spec, error)
        self._send(fault.status, fault.body, fault.headers)
        self._pipeline.requests.add((spec.name, operation, error.code))
        if spec.name in MEASURED:
            if self._call is not None:
                self._pipeline.metering.failed(self._call, error)
            elif self._scope is not None:
                self._pipeline.metering.refused(self._scope)
        self._end(error.code)

    def _end(self, error: str) -> None:
        """Tell of the request where it is wanted. error: "" if there was none"""
        if self._pipeline.tells:
            self._log(error or "ok")
        span, self._span = self._span, None
        if span is not None:
            span.end(error)

    def _log(self, outcome: str) -> None:
        plan, scope = self._plan, self._scope
        facts = {
            "request_id": self._request_id,
            "service": plan.spec.name if plan is not None else "unknown",
            "operation": plan.operation if plan is not None else "unknown",
            "outcome": outcome,
            "account": scope.account if scope is not None else None,
            "region": scope.region if scope is not None else None,
            "ms": round((monotonic_ns() - self._began_ns) / 1e6, 3),
        }
        if self._span is not None:
            facts["trace"] = f"{self._span.context.trace_id:032x}"
        log.debug("request", extra=facts)

    def _fail_by_bug(self, bug: BaseException) -> None:
        operation = self._plan.operation if self._plan is not None else "unknown"
        facts = {"operation": operation, "request_id": self._request_id}
        log.error("request failed", extra=facts, exc_info=bug)
        if self._exchange.output is None:
            self._fail(InternalServer("Internal server error"))

    def _send(self, status: int, body: bytes, headers: Mapping[str, str] | None = None) -> None:
        plan = self._plan
        content_type = self._content_type
        given: Mapping[str, str] = headers or _NO_LABELS
        if "Content-Type" in given:
            content_type = given["Content-Type"].encode("latin-1")
            given = {name: value for name, value in given.items() if name != "Content-Type"}
        self._pipeline.sender.send(
            self._exchange,
            status,
            content_type,
            body,
            self._request_id,
            with_crc32=plan is None or plan.spec.crc32,
            headers=given,
        )


class _DialectRequest(_Request):
    """A call in another protocol than JSON."""

    __slots__ = ("_dialect",)

    def __init__(self, pipeline: Pipeline, exchange: Exchange, dialect: Dialect) -> None:
        super().__init__(pipeline, exchange, dialect.content_type)
        self._dialect = dialect

    def _read(self, plan: Plan) -> Any:
        return self._dialect.params(plan.spec, plan.operation, self._body())

    def _write(self, plan: Plan, answer: dict[str, Any]) -> bytes:
        return self._dialect.answer(plan.spec, plan.operation, answer, self._request_id)

    def _render(self, spec: ServiceSpec, error: AwsError) -> Fault:
        return self._dialect.fault(error, self._request_id)

    def _send(self, status: int, body: bytes, headers: Mapping[str, str] | None = None) -> None:
        super()._send(status, body, {**self._dialect.headers, **(headers or {})})
