"""Backups without a front door: handlers and steps called one by one, on a clock that is moved."""

from collections.abc import Iterator
from typing import Any

import pytest
from tests.doorless import Doorless

from headwater.backups.backing_up import backup_step
from headwater.backups.restoring import restore_step


class Held:
    """In the place of Backups: what was begun waits until a test takes its steps."""

    def __init__(self) -> None:
        self.begun: list[tuple[Any, Any]] = []

    def copy(self, backup: Any) -> None:
        self.begun.append((backup_step, backup))

    def restore(self, job: Any) -> None:
        self.begun.append((restore_step, job))


class World(Doorless):
    """With a table Src, and what is made of it."""

    def __init__(self) -> None:
        self.work = Held()
        super().__init__(initial_partitions=2, backups=self.work)

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
            page = self("Scan", TableName=name, **more, **start)
            found |= {int(item["sk"]["N"]): int(item["v"]["N"]) for item in page["Items"]}
            if "LastEvaluatedKey" not in page:
                return found
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


@pytest.fixture
def world() -> Iterator[World]:
    made = World()
    yield made
    made.close()
