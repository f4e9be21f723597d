"""All event source mappings of a node: created, changed, and kept running.

The five operations are synchronous, each within its caller's transaction. They answer with the
transitional state, as AWS does; when their transaction takes effect the mapping is settled in the
background: its worker is started, changed or stopped, and then the final state is stored. A node
that died in between settles what it finds when it starts.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from headwater.arns import Scope, function_arn
from headwater.changelog.wakeup import Wakeup
from headwater.clock import Clock
from headwater.consumers.checkpoint import forget_checkpoints
from headwater.consumers.mappings.context import Context, Invoker, Plan
from headwater.consumers.mappings.counts import EVENT_COUNT, Counts
from headwater.consumers.mappings.destination import Caller, Destinations, LocalQueues
from headwater.consumers.mappings.document import (
    DELETING,
    DISABLED,
    DISABLING,
    ENABLING,
    UPDATING,
    USER_ACTION,
    Mapping,
)
from headwater.consumers.mappings.registry import (
    every_mapping,
    find_mapping,
    function_must_exist,
    mappings_of,
    must_be_alone,
    stream_must_exist,
)
from headwater.consumers.mappings.request import (
    check_together,
    function_param,
    settings,
    source_param,
    starting_position_param,
    tags_param,
)
from headwater.consumers.mappings.worker import Worker
from headwater.consumers.reader import start_at_latest
from headwater.errors import ResourceInUse
from headwater.functions.names import parse_function_name
from headwater.ids import Ids
from headwater.loops import Tasks
from headwater.metrics.recorder import Recorder
from headwater.storage.engine import Engine, Transaction
from headwater.traces.spans import Tracer

PAGE_MAX = 100  # mappings on one page of a list, whatever is asked for
CLOSE_GRACE_MS = 1000


class Mappings:
    """Built once by the node. Operations reach it as `call.node.mappings`."""

    def __init__(
        self,
        engine: Engine,
        clock: Clock,
        ids: Ids,
        wakeup: Wakeup,
        functions: Invoker,
        queues: LocalQueues | None = None,
        caller: Caller | None = None,
        recorder: Recorder | None = None,
        tracer: Tracer | None = None,
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._ids = ids
        self._wakeup = wakeup
        self._functions = functions
        self._workers: dict[str, Worker] = {}
        self._counts: dict[str, Counts] = {}
        self._destinations = Destinations(
            engine, clock, ids, queues, caller, self._told, self._refused
        )
        self._settling = 0
        self._tracer = tracer
        self._recorder = recorder or Recorder()
        self._recorder.collect(self._publish)
        self._recorder.each_minute(self._look)
        self._tasks = Tasks()

    async def start(self) -> None:
        """Run what is enabled, and end transitions that a crash has cut off."""
        for mapping in await self._engine.run(every_mapping):
            if mapping.in_transition:
                self._settle_soon(mapping)
            elif mapping.enabled:
                self._run(mapping)
        await self._destinations.outbox.start()

    async def close(self, grace_ms: int = CLOSE_GRACE_MS) -> None:
        """Stop all workers. Nothing is lost: what was not finished is delivered again.

        grace_ms  real time that batches in flight get to end, so that they need not be repeated
        """
        workers = list(self._workers.values())
        for worker in workers:
            worker.stop()
        if workers and grace_ms > 0:
            await asyncio.wait([worker.task for worker in workers], timeout=grace_ms / 1000)
        await self._tasks.close()
        await self._destinations.outbox.close()
        self._workers.clear()

    # --- the operations ------------------------------------------------------------------------

    def create(self, tx: Transaction, scope: Scope, params: dict[str, Any]) -> dict[str, Any]:
        """Add a mapping; params and answer are CreateEventSourceMapping's.

        Raises InvalidParameterValue, NotSupported, ResourceConflict in AWS's words.
        """
        stream_arn = source_param(params)
        function = function_param(scope, params)
        mapping = Mapping(
            scope=scope,
            uuid=self._ids.uuid(),
            function=function.name,
            qualifier=function.qualifier,
            stream_arn=stream_arn,
            starting_position=starting_position_param(params),
            modified_ms=self._clock.now_ms(),
            tags=tags_param(params),
            **settings(params),
        )
        self._check(tx, mapping)
        function_must_exist(tx, scope, function)
        stream = stream_must_exist(tx, scope, stream_arn, self._clock.now_ms())
        must_be_alone(tx, mapping)
        if mapping.starting_position == "LATEST":
            # Durable with the mapping itself: a write that follows the answer is delivered.
            start_at_latest(tx, mapping.owner, stream)
        return self._put(tx, mapping)

    def get(self, tx: Transaction, scope: Scope, uuid: str) -> dict[str, Any]:
        """Raises ResourceNotFound."""
        return find_mapping(tx, scope, uuid).answer()

    def page(self, tx: Transaction, scope: Scope, params: dict[str, Any]) -> dict[str, Any]:
        """Mappings by UUID; params and answer are ListEventSourceMappings'."""
        wanted_stream = params.get("EventSourceArn")
        wanted_function = None
        if "FunctionName" in params:
            name = parse_function_name(scope, params["FunctionName"])
            wanted_function = function_arn(scope, name.name, name.qualifier)
        found = [
            mapping
            for mapping in mappings_of(tx, scope, after=params.get("Marker", ""))
            if wanted_stream in (None, mapping.stream_arn)
            and wanted_function in (None, mapping.function_arn)
        ]
        limit = min(params.get("MaxItems", PAGE_MAX), PAGE_MAX)
        answer: dict[str, Any] = {
            "EventSourceMappings": [mapping.answer() for mapping in found[:limit]]
        }
        if len(found) > limit:
            answer["NextMarker"] = found[limit - 1].uuid
        return answer

    def update(
        self, tx: Transaction, scope: Scope, uuid: str, params: dict[str, Any]
    ) -> dict[str, Any]:
        """Change what `params` gives and leave the rest; as UpdateEventSourceMapping.

        Raises ResourceNotFound, ResourceInUse (a transition is under way), and as `create`.
        """
        old = _find_settled(tx, scope, uuid, "update")
        fields = settings(params)
        if "FunctionName" in params:
            function = function_param(scope, params)
            function_must_exist(tx, scope, function)
            fields |= {"function": function.name, "qualifier": function.qualifier}
        new = replace(old, **fields, state_reason=USER_ACTION, modified_ms=self._clock.now_ms())
        self._check(tx, new)
        must_be_alone(tx, new)
        if new.enabled and not old.enabled:
            stream_must_exist(tx, scope, new.stream_arn, self._clock.now_ms())
            return self._put(tx, replace(new, state=ENABLING))
        going = old.enabled and not new.enabled
        return self._put(tx, replace(new, state=DISABLING if going else UPDATING))

    def delete(self, tx: Transaction, scope: Scope, uuid: str) -> dict[str, Any]:
        """Raises ResourceNotFound, ResourceInUse (a transition is under way)."""
        mapping = _find_settled(tx, scope, uuid, "delete")
        now_ms = self._clock.now_ms()
        return self._put(
            tx, replace(mapping, state=DELETING, state_reason=USER_ACTION, modified_ms=now_ms)
        )

    def _check(self, tx: Transaction, mapping: Mapping) -> None:
        """Raise InvalidParameterValue for what cannot be carried out as a whole."""
        check_together(mapping)
        if mapping.on_failure is not None:
            self._destinations.check(tx, mapping.on_failure)

    # --- for others ----------------------------------------------------------------------------

    def function_changed(self, scope: Scope, name: str) -> None:
        """Retries that wait for this function are made now. To be called after a change of it."""
        for worker in self._workers.values():
            context = worker.context
            if context.plan.function == name and context.mapping.scope == scope:
                worker.hurry()

    def retry(self, uuid: str) -> bool:
        """Try now what waits for its next try; False if no such mapping runs."""
        worker = self._workers.get(uuid)
        if worker is not None:
            worker.hurry()
        return worker is not None

    def skip(self, uuid: str, shard_id: str) -> int:
        """Give up the batch that waits for its next try, as if its tries were used up: it is told
        to the mapping's destination, and the shard goes on. Of how many lanes; 0: nothing waits."""
        worker = self._workers.get(uuid)
        return 0 if worker is None else worker.skip(shard_id)

    def status(self) -> list[dict[str, Any]]:
        """Where each running mapping stands, shard by shard, as plain values."""
        return [worker.status() for worker in self._workers.values()]

    def destinations(self) -> list[dict[str, Any]]:
        """What waits to be told outside this database, by destination, as plain values."""
        return self._destinations.outbox.status()

    @property
    def idle(self) -> bool:
        """True if no transition is under way and every running mapping has dealt with everything
        that was committed."""
        return not self._settling and all(worker.idle for worker in self._workers.values())

    # --- from wanted to done -------------------------------------------------------------------

    def _put(self, tx: Transaction, mapping: Mapping) -> dict[str, Any]:
        tx.put(mapping.key, mapping.encode())
        tx.after_commit(lambda: self._settle_soon(mapping))
        return mapping.answer()

    def _settle_soon(self, mapping: Mapping) -> None:
        def settled(task: asyncio.Task[None]) -> None:
            self._settling -= 1

        self._settling += 1
        task = self._tasks.spawn(f"settle mapping {mapping.uuid}", self._settle(mapping))
        task.add_done_callback(settled)

    async def _settle(self, mapping: Mapping) -> None:
        """Do what the stored `mapping` asks for, then store that it is done."""
        if mapping.state == DELETING:
            # A batch in flight ends on its own; the position it would store has no place any more.
            self._stop(mapping)
            await self._engine.run(_erase(mapping))
            self._counts.pop(mapping.uuid, None)
            return
        if mapping.enabled:
            self._run(mapping)
        elif (worker := self._stop(mapping)) is not None:
            await asyncio.wait([worker.task])
        await self._engine.run(_changed(mapping, lambda now: now.settled(self._clock.now_ms())))

    def _run(self, mapping: Mapping) -> None:
        worker = self._workers.get(mapping.uuid)
        if worker is not None and not worker.task.done():
            worker.change(mapping)
            return
        context = Context(
            engine=self._engine,
            clock=self._clock,
            ids=self._ids,
            wakeup=self._wakeup,
            invoker=self._functions,
            destinations=self._destinations,
            counts=self._counts.setdefault(mapping.uuid, Counts()),
            mapping=mapping,
            plan=Plan(mapping),
            result=mapping.last_result,
            recorder=self._recorder,
            tracer=self._tracer,
        )
        self._workers[mapping.uuid] = Worker(
            context, self._tasks, lambda: self._stream_gone(mapping)
        )

    def _publish(self) -> None:
        """Add what was counted to AWS's metrics, of mappings that ask for them."""
        for uuid, worker in self._workers.items():
            context = worker.context
            wanted = EVENT_COUNT in context.plan.metrics
            context.counts.publish(self._recorder, context.mapping.scope, uuid, wanted=wanted)

    def _look(self) -> None:
        """Count in how old is what is being tried, or waits to be tried again, now: a function
        that takes long, or that fails, leaves no IteratorAge behind otherwise."""
        for worker in self._workers.values():
            if (held_ms := worker.held_ms) is not None:
                context = worker.context
                age_ms = max(0, self._clock.now_ms() - held_ms)
                context.note_age(context.plan, age_ms, is_done=False)

    def _told(self, uuid: str, records: int) -> None:
        self._counts.setdefault(uuid, Counts()).on_failure += records

    def _refused(self, uuid: str) -> None:
        worker = self._workers.get(uuid)
        if worker is not None:
            worker.context.note_refusal()

    def _stop(self, mapping: Mapping) -> Worker | None:
        self._publish()
        worker = self._workers.pop(mapping.uuid, None)
        if worker is not None:
            worker.stop()
        return worker

    def _stream_gone(self, mapping: Mapping) -> None:
        """The stream's last record has expired: the mapping ends, and says why."""
        self._workers.pop(mapping.uuid, None)
        reason = f"Stream not found: {mapping.stream_arn}"

        def ended(current: Mapping) -> Mapping:
            now_ms = self._clock.now_ms()
            return replace(
                current, enabled=False, state=DISABLED, state_reason=reason, modified_ms=now_ms
            )

        name = f"end mapping {mapping.uuid}"
        self._tasks.spawn(name, self._engine.run(_changed(mapping, ended)))


def _find_settled(tx: Transaction, scope: Scope, uuid: str, verb: str) -> Mapping:
    """verb: what is about to be done, for the text of ResourceInUse."""
    mapping = find_mapping(tx, scope, uuid)
    if mapping.in_transition:
        raise ResourceInUse(f"Cannot {verb} the event source mapping because it is in use.")
    return mapping


def _changed(
    mapping: Mapping, change: Callable[[Mapping], Mapping]
) -> Callable[[Transaction], None]:
    """Work that changes the stored document, if it is still there and not being deleted."""

    def work(tx: Transaction) -> None:
        stored = tx.get(mapping.key)
        if stored is None:
            return
        current = Mapping.decode(stored)
        if current.state != DELETING:
            tx.put(mapping.key, change(current).encode())

    return work


def _erase(mapping: Mapping) -> Callable[[Transaction], None]:
    def work(tx: Transaction) -> None:
        tx.delete(mapping.key)
        forget_checkpoints(tx, mapping.owner)

    return work
