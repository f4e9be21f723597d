"""What an import does with items that the table cannot take, without room, and after a crash.

Source: AWS, developer guide, "DynamoDB data import from Amazon S3": items with errors are counted
and told, the others are imported; "Local secondary indexes" for the size of an item collection.
"""

import asyncio
from typing import Any

import pytest
from tests.doorless import Doorless

from headwater.backups.buckets import Directory
from headwater.backups.document import COMPLETED, FAILED, IMPORT, load_job, put_job
from headwater.backups.importing import Importer, begin_import
from headwater.tables import collections

KEYS = [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}]
TABLE = {
    "TableName": "Made",
    "AttributeDefinitions": [{"AttributeName": n, "AttributeType": "S"} for n in ("pk", "sk")],
    "KeySchema": KEYS,
    "BillingMode": "PAY_PER_REQUEST",
}


class Imports:
    """A world with one object in a bucket, and imports of it into the table Made."""

    def __init__(self, directory: Any) -> None:
        self.directory = directory
        self.told: list[str] = []
        self.world = Doorless()
        node = self.world.node
        self.importer = Importer(node.engine, self.world.clock, node.catalog, self._report)

    async def _report(self, scope: Any, group: str, stream: str, texts: list[str]) -> None:
        self.told.extend(texts)

    def begin(self, text: str, form: str, table: dict[str, Any]) -> Any:
        """The document of an import that was begun."""
        world, bucket = self.world, self.directory / "there"
        bucket.mkdir()
        (bucket / "items").write_text(text)
        world("CreateTable", **table)
        source = {"S3BucketSource": {"S3Bucket": "there"}, "InputFormat": form}
        asked = {**source, "TableCreationParameters": table}
        target = world.table_of("Made")
        return world.do(lambda tx: begin_import(tx, world.node.ids, 0, target, asked))

    def running(self, job: dict[str, Any]) -> Any:
        return self.importer.run(job, Directory(self.directory))

    def document(self, job: dict[str, Any]) -> Any:
        scope = self.world.table_of("Made").scope
        return self.world.do(lambda tx: load_job(tx, IMPORT, scope, "Made", job["id"]))

    def items(self) -> list[tuple[str, str]]:
        found = self.world("Scan", TableName="Made")["Items"]
        return sorted((item["pk"]["S"], item["sk"]["S"]) for item in found)


@pytest.fixture
def imports(tmp_path):
    made = Imports(tmp_path)
    yield made
    made.world.close()


def test_an_item_that_would_fill_its_collection_is_counted_and_the_others_are_imported(
    imports, monkeypatch
):
    monkeypatch.setattr(collections, "COLLECTION_BYTES_MAX", 60)
    more = {"AttributeName": "x", "AttributeType": "S"}
    index = {
        "IndexName": "by-x",
        "KeySchema": [KEYS[0], {"AttributeName": "x", "KeyType": "RANGE"}],
        "Projection": {"ProjectionType": "KEYS_ONLY"},
    }
    table = {
        **TABLE,
        "AttributeDefinitions": [*TABLE["AttributeDefinitions"], more],
        "LocalSecondaryIndexes": [index],
    }
    lines = [
        f'{{"Item":{{"pk":{{"S":"{pk}"}},"sk":{{"S":"{sk}"}},"v":{{"S":"{"w" * size}"}}}}}}'
        for pk, sk, size in (("a", "1", 40), ("a", "2", 40), ("b", "1", 40))
    ]
    job = imports.begin("\n".join(lines), "DYNAMODB_JSON", table)
    imports.world.loop.run(imports.running(job))
    done = imports.document(job)
    assert (done["imported"], done["errors"], done["status"]) == (2, 1, FAILED)
    assert imports.told == ["items line 2: Collection size exceeded."]
    assert imports.items() == [("a", "1"), ("b", "1")]


def test_the_header_is_known_again_also_where_empty_lines_are_above_it(imports):
    job = imports.begin("\r\n\npk,sk\na,1\nb,2\n", "CSV", TABLE)
    passed = job | {"objects": [["items", 19]], "lines": 4, "processed": 1, "imported": 1}
    imports.world.do(lambda tx: put_job(tx, IMPORT, passed))
    imports.world.loop.run(imports.running(job))
    done = imports.document(job)
    assert (done["imported"], done["errors"], done["status"]) == (2, 0, COMPLETED)
    assert imports.items() == [("b", "2")]


def test_an_import_waits_for_room_and_goes_on_with_it(imports, monkeypatch):
    world, room = imports.world, False
    looks: list[bool] = []

    def has_room() -> bool:
        looks.append(room)
        return room

    monkeypatch.setattr(world.engine, "has_room", has_room)
    job = imports.begin("pk,sk\na,1\nb,2\n", "CSV", TABLE)

    async def story() -> None:
        nonlocal room
        task = asyncio.ensure_future(imports.running(job))
        for times in (1, 2):
            while len(looks) < times:
                await asyncio.wait([task], timeout=0.01)
                assert not task.done(), "it ended without room"
            world.clock.move(seconds=1)
        room = True
        world.clock.move(seconds=1)
        await task

    world.loop.run(asyncio.wait_for(story(), 60))
    done = imports.document(job)
    assert (done["imported"], done["errors"], done["status"]) == (2, 0, COMPLETED)
    assert imports.items() == [("a", "1"), ("b", "2")]
