"""One execution environment: a process that has loaded a function and serves it event by event.

    starting -> idle <-> busy -> ended

It ends when its process does, whoever ended it: the handler, a time-out, the memory limit, the
pool. One event at a time is in its hands, and each is answered exactly once: by the runtime, or by
an error in AWS's words when the runtime cannot answer any more.

Time-outs and kills run on the machine's clock, also on a node whose clock is moved by hand: a
virtual hour must not kill a process.

Memory is bounded twice. What the process alone occupies is looked at ten times a second, and a
process over its MemorySize is killed, as AWS does. (AWS counts program text and mapped files in
part; here they are not counted, so that what fits there fits here.) Between two looks RLIMIT_DATA
holds: MemorySize and `DATA_SLACK_BYTES` of headroom, because it counts what is reserved, not what
is used, and numerical libraries reserve some 10 MB for each core. (RLIMIT_AS counts mapped files
and address ranges too; interpreters and JITs reserve gigabytes of those.)

This file knows one process and its Runtime API. It does not know which functions exist.
"""

import asyncio
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from headwater.clock import Clock, SystemClock, monotonic_ns
from headwater.functions.invocation import (
    Failure,
    Request,
    exited,
    not_started,
    timed_out,
    too_large_body,
)
from headwater.functions.logs.store import Sink
from headwater.functions.output import Tail
from headwater.functions.platform_lines import TEXT, PlatformLines
from headwater.functions.processes import Process
from headwater.functions.runtime_api import RuntimeApi, header_lines
from headwater.ids import Ids
from headwater.limits import MIB

INIT_MS_MAX = 10_000
"""Loading may take this long, and then as long as the function's time-out: AWS starts it anew after
10 s, as part of the first invocation."""

DATA_SLACK_BYTES = 1024 * MIB
_LOOK_S = 0.1  # how often a busy process is looked at
_LAST_WORDS_S = 0.05  # what a dead process has sent may still be on its way through the kernel

_SYSTEM_CLOCK = SystemClock()


@dataclass(frozen=True, slots=True)
class EnvironmentSpec:
    """What to run."""

    command: tuple[str, ...]
    directory: Path  # the unpacked code
    variables: dict[str, str]  # all of them, but those of one process
    runtime: str  # python3.13
    version: str  # $LATEST or a number
    timeout_s: int
    memory_mb: int
    revision: str  # of the function's document
    scratch: Path  # where each process gets a directory for its temporary files
    missing: str = ""  # why there is nothing to run
    lines: PlatformLines = TEXT


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an invocation ended."""

    body: bytes
    failed: bool
    log_tail: bytes
    duration_ms: float


class Environment:
    """A running process. `freed` is called each time it can take another event, `gone` once."""

    def __init__(
        self,
        spec: EnvironmentSpec,
        log: Sink,
        clock: Clock,
        ids: Ids,
        *,
        freed: Callable[["Environment"], None],
        gone: Callable[["Environment"], None],
    ) -> None:
        self.spec = spec
        self.ended = asyncio.Event()
        self.idle_since_ms = clock.now_ms()
        self.failing = False  # it must not get another event
        self.retiring = False  # nor after the one it has in hand
        self._log = log
        self._clock = clock
        self._ids = ids
        self._freed = freed
        self._gone = gone
        self._api = RuntimeApi(self)
        self._loop = asyncio.get_running_loop()
        self._process: Process | None = None
        self._stream = _log_stream(clock, ids, spec.version)
        self.temporary = spec.scratch / ids.hex(12)
        self._status: int | None = None  # how the process ended
        self._request: Request | None = None
        self._outcome: asyncio.Future[Outcome] = self._loop.create_future()
        self._handed = False  # the request is in the process's hands
        self._tail = Tail()
        self._init_ms: float | None = None  # reported with the first invocation
        self._loaded = False
        self._started_ns = self._handed_ns = self._deadline_ns = 0
        self._used_bytes = 0
        self._private_bytes = 0
        self._timer: asyncio.TimerHandle | None = None

    # --- what the pool calls -------------------------------------------------------------------

    async def start(self) -> None:
        """Start the process. A program that cannot be run fails the invocation, not this call."""
        reason = self.spec.missing
        if not reason:
            try:
                self._spawn(await self._api.listen())
            except OSError as trouble:
                reason = f"{self.spec.command[0]}: {trouble.strerror}"
            except ValueError as trouble:
                # What no process can be given: a zero byte in a variable or an argument.
                reason = f"{self.spec.command[0]}: {trouble}"
        if reason:
            self._fail(not_started(reason))
            self._end()

    def _spawn(self, address: str) -> None:
        if self.failing:  # it was told to end while its listener was being opened
            self._exited(-signal.SIGKILL)
            return
        self._started_ns = monotonic_ns()
        loading = self.spec.lines.loading(self.spec.runtime, self._clock.now_ms())
        self._add_to_log(loading, is_whole=True)
        self.temporary.mkdir(parents=True)
        # Not the machine's /tmp, nor the operator's home: a handler must not find their ~/.aws.
        own = dict.fromkeys(("TMPDIR", "TMP", "TEMP", "HOME"), str(self.temporary))
        variables = {
            **own,
            **self.spec.variables,
            "AWS_LAMBDA_RUNTIME_API": address,
            "AWS_LAMBDA_LOG_STREAM_NAME": self._stream,
            "_HEADWATER_NODE": str(os.getpid()),
        }
        self._process = Process(
            self.spec.command,
            directory=self.spec.directory,
            environment=variables,
            data_bytes_max=self.spec.memory_mb * MIB + DATA_SLACK_BYTES,
            output=self._add_to_log,
            exited=self._exited,
        )
        self._deadline_ns = self._started_ns + (INIT_MS_MAX + self.spec.timeout_s * 1000) * 10**6
        self._look()

    def invoke(self, request: Request) -> "asyncio.Future[Outcome]":
        """Hand over an event, now or as soon as the process asks for one. The future is always
        resolved, never with an exception."""
        assert self._request is None and not self.failing, "one event at a time"
        self._request = request
        self._outcome = self._loop.create_future()
        if self._loaded:
            self._set_timeout()
            if self._api.waiting:
                self._hand_over(request)
        return self._outcome

    def kill(self) -> None:
        """End the process and all it started. `gone` follows; an event in hand is answered."""
        self.failing = True
        if self._process is not None:
            self._process.kill()

    def retire(self) -> None:
        """End it now, or after the event it has in hand."""
        self.retiring = True
        if self._request is None:
            self.kill()

    @property
    def busy(self) -> bool:
        """Whether it has an event in hand."""
        return self._request is not None

    @property
    def pid(self) -> int | None:
        return None if self._process is None else self._process.pid

    # --- what the runtime says -----------------------------------------------------------------

    def ready(self) -> None:
        request = self._request
        if not self._loaded:
            self._loaded = True
            self._init_ms = (monotonic_ns() - self._started_ns) / 1e6
            self._look_at_memory()
            if request is not None:
                self._set_timeout()
        if request is not None and not self._handed:
            self._hand_over(request)

    def answered(self, body: bytes) -> None:
        self._finish(body)

    def failed(self, body: bytes) -> None:
        self._finish(body, failed=True)

    def too_large(self) -> None:
        # The runtime takes the refusal of its result as its own failure and ends.
        self.failing = True
        self._finish(too_large_body(), failed=True)

    def init_failed(self, body: bytes) -> None:
        self.failing = True
        self._finish(body, failed=True)

    def hung_up(self) -> None:
        if self._status is not None:
            self._conclude()

    # --- an event's way ------------------------------------------------------------------------

    def _set_timeout(self) -> None:
        self._deadline_ns = monotonic_ns() + self.spec.timeout_s * 10**9
        if self._timer is None:
            self._look()

    def _hand_over(self, request: Request) -> None:
        self._handed = True
        self._handed_ns = monotonic_ns()
        # Output of loading, if it was just loaded, comes before this line.
        self._drain()
        spec, now_ms = self.spec, self._clock.now_ms()
        started = spec.lines.started(request.request_id, spec.version, now_ms)
        self._add_to_log(started, is_whole=True)
        headers = header_lines(
            {
                "Lambda-Runtime-Aws-Request-Id": request.request_id,
                "Lambda-Runtime-Deadline-Ms": _SYSTEM_CLOCK.now_ms() + self.spec.timeout_s * 1000,
                "Lambda-Runtime-Invoked-Function-Arn": request.function_arn,
                "Lambda-Runtime-Trace-Id": request.trace_id,
                "Lambda-Runtime-Client-Context": request.client_context,
            }
        )
        self._api.hand_over(request.request_id.encode(), headers, request.payload)

    def _fail(self, failure: Failure) -> None:
        """Answer for a runtime that cannot."""
        self.failing = True
        if self._request is not None:
            self._finish(failure.body(self._request.request_id), failed=True, failure=failure)

    def _finish(self, body: bytes, *, failed: bool = False, failure: Failure | None = None) -> None:
        request, self._request = self._request, None
        if request is None:
            return
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._drain()
        duration_ms = self._log_report(request, failure, has_failed=failed)
        self._handed = False
        outcome, tail = self._outcome, self._tail.bytes()
        self._tail = Tail()
        self.idle_since_ms = self._clock.now_ms()
        if not outcome.done():  # done: the caller went away and was cancelled
            outcome.set_result(Outcome(body, failed, tail, duration_ms))
        if self.failing or self.retiring:
            self.kill()
        else:
            self._freed(self)

    def _log_report(self, request: Request, failure: Failure | None, *, has_failed: bool) -> float:
        """Returns how long the event was in hand, in ms."""
        began_ns = self._handed_ns if self._handed else monotonic_ns()
        self._look_at_memory()
        duration_ms = (monotonic_ns() - began_ns) / 1e6
        lines = self.spec.lines.ended(
            request.request_id,
            duration_ms=duration_ms,
            init_ms=self._init_ms,
            memory_mb=self.spec.memory_mb,
            used_bytes=self._used_bytes,
            failure=failure,
            has_failed=has_failed,
            at_ms=self._clock.now_ms(),
        )
        self._init_ms = None
        self._add_to_log(lines, is_whole=True)
        return duration_ms

    # --- time and memory -----------------------------------------------------------------------

    def _look(self) -> None:
        """Is it over its time or its memory? Look again in a moment, while it is busy."""
        self._timer = None
        if self._request is None or self._process is None:
            return
        left_s = (self._deadline_ns - monotonic_ns()) / 1e9
        if left_s <= 0:
            self._fail(timed_out(self.spec.timeout_s))
            return
        self._look_at_memory()
        if self._private_bytes > self.spec.memory_mb * MIB:
            self.kill()
        # A look too early for the loop's coarse timers costs one more look.
        self._timer = self._loop.call_later(min(_LOOK_S, max(left_s, 0.001)), self._look)

    def _look_at_memory(self) -> None:
        if self._process is not None:
            memory = self._process.memory()
            self._used_bytes = max(self._used_bytes, memory.resident_bytes)
            self._private_bytes = memory.private_bytes

    # --- output --------------------------------------------------------------------------------

    def _drain(self) -> None:
        if self._process is not None:
            self._process.drain()

    def _add_to_log(self, data: bytes, *, is_whole: bool = False) -> None:
        self._tail.add(data)
        self._log.add(self._clock.now_ms(), self._stream, data, is_whole=is_whole)

    # --- the end -------------------------------------------------------------------------------

    def _exited(self, status: int) -> None:
        self._status = status
        self.failing = True
        if self._request is None or not self._api.connected:
            self._conclude()
        else:
            # It may have answered and died at once; `hung_up` tells when all it sent is read.
            self._loop.call_later(_LAST_WORDS_S, self._conclude)

    def _conclude(self) -> None:
        assert self._status is not None
        self._fail(exited(self._status))
        self._end()

    def _end(self) -> None:
        if not self.ended.is_set():
            self.ended.set()
            self._api.close()
            self._gone(self)


def _log_stream(clock: Clock, ids: Ids, version: str) -> str:
    """2026/03/04/[$LATEST]<32 hex>"""
    today = datetime.fromtimestamp(clock.now_ms() / 1000, UTC).strftime("%Y/%m/%d")
    return f"{today}/[{version}]{ids.hex(32)}"
