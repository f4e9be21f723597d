"""Backups without a front door: handlers and steps called one by one, on a clock that is moved."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest

from headwater.arns import Scope
from headwater.backups.backing_up import backup_step
from headwater.backups.restoring import restore_step
from headwater.clock import ManualClock
from headwater.config import Settings
from headwater.consumers.chores import sweep
from headwater.ids import SeededIds
from headwater.operations.call import Call
from headwater.operations.dynamodb import OPERATIONS as DYNAMODB
from headwater.operations.services import Services
from headwater.operations.streams import OPERATIONS as STREAMS
from headwater.storage.memory import open_memory
from headwater.tables.catalog import Catalog

START_MS = 1_772_600_767_891
SCOPE = Scope("000000000000", "us-east-1")


class Held:
    """In the place of Backups: what was begun waits until a test takes its steps."""

    def __init__(self) -> None:
        self.begun: list[tuple[Any, Any]] = []

    def copy(self, backup: Any) -> None:
        self.begun.append((backup_step, backup))

    def restore(self, job: Any) -> None:
        self.begun.append((restore_step, job))


class World:
    """A node's parts. Requests must be well-formed: nothing checks them."""

    def __init__(self) -> None:
        self.clock = ManualClock(START_MS)
        self.loop = asyncio.Runner()
        self.work = Held()
        self.node = Services(
            engine=open_memory(self.clock),
            clock=self.clock,
            ids=SeededIds(7),
            settings=Settings(in_memory=True, initial_partitions=2),
            catalog=Catalog(),
            iterator_secret=b"k" * 32,
            backups=self.work,
        )

    def __call__(self, operation: str, **params: Any) -> Any:
        """world("PutItem", TableName=...): the answer, or the error that was raised."""
        handlers, service = (STREAMS, "streams") if operation in STREAMS else (DYNAMODB, "dynamodb")
        call = Call(service, operation, SCOPE, params, "request", self.node)

        def work(tx: Any) -> Any:
            call.tx = tx
            return handlers[operation](call)

        return self.do(work)

    def do(self, work: Any) -> Any:
        async def main() -> Any:
            return await self.node.engine.run(work)

        return self.loop.run(main())

    def close(self) -> None:
        self.node.engine.close()
        self.loop.close()

    def step(self) -> bool:
        """Take one step of the oldest work; True while there is any left."""
        if self.work.begun:
            step, about = self.work.begun[0]
            node = self.node
            now_ms = self.clock.now_ms()
            if self.do(lambda tx: step(tx, node.catalog, node.ids, now_ms, about)):
                self.work.begun.pop(0)
        return bool(self.work.begun)

    def finish(self) -> None:
        while self.step():
            pass

    def sweep(self) -> None:
        self.loop.run(sweep(self.node.engine, self.clock, self.node.catalog))

    def table(self, name: str = "Src", **more: Any) -> None:
        """A table with keys pk (S) and sk (N), and an index on v (N)."""
        self(
            "CreateTable",
            TableName=name,
            AttributeDefinitions=[
                {"AttributeName": "pk", "AttributeType": "S"},
                {"AttributeName": "sk", "AttributeType": "N"},
                {"AttributeName": "v", "AttributeType": "N"},
            ],
            KeySchema=[
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "sk", "KeyType": "RANGE"},
            ],
            GlobalSecondaryIndexes=[
                {
                    "IndexName": "by-v",
                    "KeySchema": [{"AttributeName": "v", "KeyType": "HASH"}],
                    "Projection": {"ProjectionType": "ALL"},
                }
            ],
            BillingMode="PAY_PER_REQUEST",
            **more,
        )

    def recover(self, name: str = "Src", **more: Any) -> Any:
        """Turn point-in-time recovery on."""
        return self(
            "UpdateContinuousBackups",
            TableName=name,
            PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True, **more},
        )

    def restore(self, target: str, at_ms: int, source: str = "Src") -> None:
        self(
            "RestoreTableToPointInTime",
            SourceTableName=source,
            TargetTableName=target,
            RestoreDateTime=at_ms / 1000,
        )

    def put(self, key: int, value: int, name: str = "Src") -> None:
        item = {"pk": {"S": f"p{key % 5}"}, "sk": {"N": str(key)}, "v": {"N": str(value)}}
        self("PutItem", TableName=name, Item=item)

    def delete(self, key: int, name: str = "Src") -> None:
        self("DeleteItem", TableName=name, Key={"pk": {"S": f"p{key % 5}"}, "sk": {"N": str(key)}})

    def items(self, name: str = "Src", **more: Any) -> dict[int, int]:
        """key -> value of a whole table or index."""
        found: dict[int, int] = {}
        start: dict[str, Any] = {}
        while True:
            answer = self("Scan", TableName=name, **more, **start)
            page = json.loads(answer) if isinstance(answer, bytes) else answer
            found |= {int(item["sk"]["N"]): int(item["v"]["N"]) for item in page["Items"]}
            if "LastEvaluatedKey" not in page:
                return found
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


@pytest.fixture
def world() -> Iterator[World]:
    made = World()
    yield made
    made.close()
