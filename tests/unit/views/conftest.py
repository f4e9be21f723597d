"""Views without a front door: tables written by their handlers, steps taken one by one, on a clock
that is moved."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from tests.doorless import SCOPE, Doorless

from headwater.arns import Scope
from headwater.changelog.wakeup import Wakeup
from headwater.consumers.views.alert import Alert, alert_of
from headwater.consumers.views.alerting import alerts_of
from headwater.consumers.views.answers import Question, answer
from headwater.consumers.views.definition import definition_of
from headwater.consumers.views.document import View
from headwater.consumers.views.views import Views
from headwater.consumers.views.worker import Parts, Worker
from headwater.metrics.counters import Registry
from headwater.outbound.failure import UNREACHABLE, CallFailed


class Discarded(Exception):
    """What ends a transaction that must leave nothing."""


class Told:
    """In the place of functions and of other nodes: remembers what it was told.

    failing  how many calls are refused before one is taken
    """

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.failing = 0

    async def send(
        self, scope: Scope, name: str, qualifier: str | None, payload: bytes, *, request_id: str
    ) -> None:
        self._take(f"{scope.region} {name} {qualifier}", payload)

    async def webhook(self, url: str, body: bytes) -> None:
        self._take(url, body)

    def _take(self, whom: str, body: bytes) -> None:
        if self.failing:
            self.failing -= 1
            raise CallFailed(UNREACHABLE, f"{whom} did not answer")
        self.calls.append((whom, json.loads(body)))


class Stepped(Views):
    """Views whose workers take a step when a test says so."""

    def _run(self, view: View) -> None:
        self._workers[view.uuid] = Worker(self._parts, view)


class World(Doorless):
    """With a table Orders and views of it."""

    def __init__(self) -> None:
        super().__init__(initial_partitions=2)
        self.wakeup = Wakeup(self.node.engine)
        self.told = Told()
        self.views = self._views()

    def _views(self) -> Stepped:
        node = self.node
        parts = Parts(
            engine=node.engine,
            clock=self.clock,
            ids=node.ids,
            catalog=node.catalog,
            wakeup=self.wakeup,
        )
        return Stepped(parts, Registry(), self.told, self.told)

    def close(self) -> None:
        self.loop.run(self.views.close())
        super().close()

    # --- the table -------------------------------------------------------------------------------

    def table(self, name: str = "Orders", **more: Any) -> None:
        """A table with keys pk (S) and sk (N)."""
        self(
            "CreateTable",
            TableName=name,
            AttributeDefinitions=[
                {"AttributeName": "pk", "AttributeType": "S"},
                {"AttributeName": "sk", "AttributeType": "N"},
            ],
            KeySchema=[
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "sk", "KeyType": "RANGE"},
            ],
            BillingMode="PAY_PER_REQUEST",
            **more,
        )

    @staticmethod
    def key(number: int) -> dict[str, Any]:
        return {"pk": {"S": f"p{number % 5}"}, "sk": {"N": str(number)}}

    def put(self, number: int, /, **attributes: Any) -> None:
        self("PutItem", TableName="Orders", Item=self.key(number) | attributes)

    def delete(self, number: int) -> None:
        self("DeleteItem", TableName="Orders", Key=self.key(number))

    def items(self) -> list[dict[str, Any]]:
        return list(self("Scan", TableName="Orders")["Items"])

    # --- views -----------------------------------------------------------------------------------

    def view(self, name: str = "v", /, **given: Any) -> Worker:
        """Make a view of the table Orders."""
        switches = {word: given.pop(word, False) for word in ("replaces", "waits")}
        definition = definition_of(SCOPE, name, {"table": "Orders", **given})
        self.do(lambda tx: self.views.create(tx, definition, **switches))
        return self.worker(name)

    def worker(self, name: str = "v") -> Worker:
        (found,) = [one for one in self.views._workers.values() if one.view.name == name]
        return found

    def step(self, name: str = "v") -> bool:
        """Take one step; True if there is more to do."""
        worker = self.worker(name)
        worker._bell.answer()

        async def take() -> Any:
            step = await worker._try()
            if step is not None and step.view is not None:
                worker._took(step)
            return step

        step = self.loop.run(take())
        if step is None:
            assert "Discarded" in str(worker.trouble), worker.trouble
            return True
        return bool(step.view is not None and step.has_more)

    def catch_up(self, name: str = "v") -> None:
        while self.step(name):
            pass

    def tell(self, turns: int = 20) -> None:
        """Let what alerts have to tell go out."""

        async def turn() -> None:
            for _ in range(turns):
                await asyncio.sleep(0)

        self.loop.run(turn())

    def alert(self, name: str = "v", /, **given: Any) -> None:
        """Make an alert of a view."""
        view = self.worker(name).view
        alert = alert_of(view.definition, given)
        self.do(lambda tx: self.views.put_alert(tx, view, alert))

    def alerts(self, name: str = "v") -> list[Alert]:
        return list(self.do(lambda tx: alerts_of(tx, self.worker(name).view)))

    def restart(self) -> None:
        """As if the node had been killed between two transactions."""
        for worker in self.views._workers.values():
            worker.close()
        self.loop.run(self.views.close())
        self.views = self._views()
        self.loop.run(self.views.start())

    def discard_next_step(self, name: str = "v") -> None:
        """The next step's transaction is lost, though the step has done all its work."""
        worker = self.worker(name)
        whole = worker._step

        def fails(tx: Any) -> Any:
            worker._step = whole  # type: ignore[method-assign]
            whole(tx)
            raise Discarded

        worker._step = fails  # type: ignore[method-assign]

    def ask(self, name: str = "v", /, **query: Any) -> dict[str, Any]:
        """The answer, as JSON that was written and read again."""
        results = self.worker(name).results
        question = Question.of({word: str(value) for word, value in query.items()})
        now_ms = self.clock.now_ms()
        found = self.do(lambda tx: answer(tx, results, question, now_ms))
        return dict(json.loads(orjson.dumps(found), parse_float=str, parse_int=str))


@pytest.fixture
def world() -> Iterator[World]:
    made = World()
    yield made
    made.close()
