"""The environments of a node: reused while warm, started when all are busy, ended when idle.

Each invocation takes the environment of its function that was used last (the others may then age
and end), or starts one. Their number is bounded; where every one is busy, the caller is told to
come back, as AWS does, and may ask to be told when one is free: for each that becomes free the next
one who waits is told. It is not kept for that one: whoever invokes first has it. An environment
serves one revision of its function: a change retires those of older revisions, after the event
that they have in hand.

Ends on time: idle time runs on the node's clock. This file does not know what functions are made
of, nor where they are kept.
"""

import asyncio
import logging
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from headwater.arns import Scope
from headwater.clock import Clock, Timer
from headwater.errors import ServiceUnavailable, TooManyRequests
from headwater.functions.environment import Environment, EnvironmentSpec, Outcome
from headwater.functions.invocation import Request
from headwater.functions.logs.store import Sink
from headwater.functions.processes import Census
from headwater.functions.settings import FunctionSettings
from headwater.ids import Ids
from headwater.loops import Tasks

log = logging.getLogger("headwater.functions")

_CLOSE_S_MAX = 5.0
_COUNT_S = 0.1


@dataclass(frozen=True, slots=True)
class Deployed:
    """A version of a function as it is to be run now."""

    scope: Scope
    name: str
    spec: EnvironmentSpec
    log: Sink

    @property
    def key(self) -> "Key":
        return self.scope, self.name, self.spec.version


Key = tuple[Scope, str, str]
Function = tuple[Scope, str]
Hope = Callable[[], bool]  # whether it was of use to be told, and may be again
Withdraw = Callable[[], None]


class _Group:
    """The environments of one version of a function."""

    __slots__ = ("idle", "living", "revision")

    def __init__(self, revision: str) -> None:
        self.revision = revision
        self.idle: list[Environment] = []  # the one used last is at the end
        self.living: set[Environment] = set()  # until the process has ended, of all revisions


class Pool:
    """All environments of a node."""

    def __init__(self, clock: Clock, ids: Ids, settings: FunctionSettings) -> None:
        self._clock = clock
        self._ids = ids
        self._settings = settings
        self._groups: dict[Key, _Group] = {}
        self._processes: set[Environment] = set()  # until the process has ended
        # Who waits for an environment of one function, or (None) for any, in order.
        self._hopeful: dict[Function | None, dict[Hope, None]] = {}
        self._tasks = Tasks()
        self._sweep: Timer | None = None
        self._census = Census()
        self._counting: asyncio.Task[None] | None = None
        self._closed = False

    def invoke(self, deployed: Deployed, request: Request) -> "asyncio.Future[Outcome]":
        """Give an event to an environment. Raises TooManyRequests if all are busy."""
        if self._closed:
            raise ServiceUnavailable("The node is shutting down. Try again when it is back.")
        if self._counting is None or self._counting.done():
            self._counting = self._tasks.spawn("count processes", self._count())
        group = self._groups.get(deployed.key)
        if group is None:
            group = self._groups[deployed.key] = _Group(deployed.spec.revision)
        elif group.revision != deployed.spec.revision:
            _outdate(group, deployed.spec.revision)
        while group.idle:
            environment = group.idle.pop()
            if not environment.failing:
                return environment.invoke(request)
        return self._start(group, deployed).invoke(request)

    async def retire(self, scope: Scope, name: str, version: str, revision: str) -> None:
        """End the environments of a version that are not of `revision`, each after the event it
        has in hand. Returns when their processes are gone. revision: "" for all of them."""
        group = self._groups.get((scope, name, version))
        if group is not None:
            for environment in _outdate(group, revision):
                await environment.ended.wait()

    def when_free(self, hope: Hope, function: Function | None = None) -> Withdraw:
        """Have `hope` called when an environment of `function` (None: of any) has become free, and
        again, behind the others, until it returns False or what is returned here is called.
        Who waits already keeps the place."""
        self._hopeful.setdefault(function, {}).setdefault(hope)
        return partial(self._withdraw, hope, function)

    def _withdraw(self, hope: Hope, function: Function | None) -> None:
        hopeful = self._hopeful.get(function, {})
        hopeful.pop(hope, None)
        if not hopeful:
            self._hopeful.pop(function, None)

    def busy(self, scope: Scope, name: str | None = None) -> int:
        """How many events the versions of a function have in hand; None: of all of a scope."""
        groups = [
            group
            for key, group in self._groups.items()
            if key[0] == scope and name in (None, key[1])
        ]
        return sum(one.busy for group in groups for one in group.living)

    def at_work(self) -> dict[tuple[Scope, str], tuple[int, int]]:
        """Of each function that has any: its processes, and the events they have in hand."""
        found: dict[tuple[Scope, str], tuple[int, int]] = {}
        for (scope, name, _), group in self._groups.items():
            processes, busy = found.get((scope, name), (0, 0))
            staying = [one for one in group.living if not one.failing]
            busy += sum(one.busy for one in group.living)
            found[scope, name] = processes + len(staying), busy
        return found

    def running(self) -> list[Environment]:
        """Environments whose process has not ended."""
        return list(self._processes)

    async def close(self) -> None:
        """Kill every process and wait until it is gone. Events in hand are answered as failed."""
        self._closed = True
        if self._sweep is not None:
            self._sweep.cancel()
        for environment in self.running():
            environment.kill()
        waiting = [environment.ended.wait() for environment in self.running()]
        try:
            await asyncio.wait_for(asyncio.gather(*waiting), _CLOSE_S_MAX)
        except TimeoutError:
            pids = [environment.pid for environment in self.running()]
            log.error("processes of functions do not end", extra={"pids": pids})
        await self._tasks.close()

    # --- one environment's life ----------------------------------------------------------------

    def _start(self, group: _Group, deployed: Deployed) -> Environment:
        self._make_room()

        def freed(environment: Environment) -> None:
            self._freed(deployed.key, group, environment)

        def gone(environment: Environment) -> None:
            self._gone(deployed.key, group, environment)

        environment = Environment(
            deployed.spec, deployed.log, self._clock, self._ids, freed=freed, gone=gone
        )
        group.living.add(environment)
        self._processes.add(environment)
        self._tasks.spawn(f"start {deployed.name}", environment.start())
        return environment

    def _make_room(self) -> None:
        """Under the bound, or a longest idle environment of any function ended, or refused."""
        # Those that were told to end count no more: their memory is as good as free.
        staying = [one for one in self._processes if not one.failing]
        if len(staying) < self._settings.environments_max:
            return
        idle = [one for group in self._groups.values() for one in group.idle if not one.failing]
        if not idle:
            raise TooManyRequests(
                "Rate Exceeded.",
                when_free=self.when_free,
                Reason="ConcurrentInvocationLimitExceeded",
            )
        min(idle, key=lambda one: one.idle_since_ms).kill()

    def _gone(self, key: Key, group: _Group, environment: Environment) -> None:
        self._processes.discard(environment)
        if not self._closed:
            removal = asyncio.to_thread(shutil.rmtree, environment.temporary, True)
            self._tasks.spawn("remove temporary files", removal)
        group.living.discard(environment)
        if environment in group.idle:
            group.idle.remove(environment)
        if not group.living and self._groups.get(key) is group:
            del self._groups[key]
        self._give_hope(key)

    def _freed(self, key: Key, group: _Group, environment: Environment) -> None:
        group.idle.append(environment)
        self._give_hope(key)
        if self._sweep is None:
            self._sweep_at(environment.idle_since_ms)

    def _give_hope(self, key: Key) -> None:
        """An environment of `key` takes another event, or has made room for one."""
        for function in (key[:2], None):
            while hopeful := self._hopeful.get(function):
                hope = next(iter(hopeful))
                self._withdraw(hope, function)
                if hope():
                    self.when_free(hope, function)
                    break

    async def _count(self) -> None:
        """While any is busy, look for one that has started too many processes and end it.

        Real time: a fork bomb does not wait for the node's clock.
        """
        while any(one.busy for one in self._processes):
            if self._census.is_due():
                self._end_crowds()
            await asyncio.sleep(_COUNT_S)

    def _end_crowds(self) -> None:
        crowds = self._census.crowded({one.pid for one in self._processes if one.pid})
        for environment in self.running():
            if environment.pid in crowds:
                if not environment.failing:
                    log.warning("too many processes", extra={"pid": environment.pid})
                environment.kill()

    # --- idle ones -----------------------------------------------------------------------------

    def _sweep_at(self, oldest_ms: int) -> None:
        due_ms = oldest_ms + self._settings.idle_ms_max
        self._sweep = self._clock.call_at(due_ms, self._sweep_idle)

    def _sweep_idle(self) -> None:
        """End what has been idle too long; look again when the next one will have been."""
        self._sweep = None
        now_ms = self._clock.now_ms()
        idle = [one for group in self._groups.values() for one in group.idle]
        staying = []
        for environment in idle:
            if now_ms - environment.idle_since_ms >= self._settings.idle_ms_max:
                environment.kill()
            else:
                staying.append(environment.idle_since_ms)
        if staying:
            self._sweep_at(min(staying))


def _outdate(group: _Group, revision: str) -> list[Environment]:
    """Let go of the environments of other revisions; returns them."""
    group.revision = revision
    ending = [one for one in group.living if one.spec.revision != revision]
    group.idle = [one for one in group.idle if one.spec.revision == revision]
    for environment in ending:
        environment.retire()
    return ending
