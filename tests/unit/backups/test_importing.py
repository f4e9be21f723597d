"""What an import does with items that the table cannot take.

Source: AWS, developer guide, "DynamoDB data import from Amazon S3": items with errors are counted
and told, the others are imported; "Local secondary indexes" for the size of an item collection.
"""

from tests.doorless import Doorless

from headwater.backups.buckets import Directory
from headwater.backups.document import FAILED, IMPORT, load_job
from headwater.backups.importing import Importer, begin_import
from headwater.tables import collections


def test_an_item_that_would_fill_its_collection_is_counted_and_the_others_are_imported(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(collections, "COLLECTION_BYTES_MAX", 60)
    keys = [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}]
    asked = {
        "TableName": "Made",
        "AttributeDefinitions": [
            {"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "x")
        ],
        "KeySchema": keys,
        "LocalSecondaryIndexes": [
            {
                "IndexName": "by-x",
                "KeySchema": [keys[0], {"AttributeName": "x", "KeyType": "RANGE"}],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
        ],
        "BillingMode": "PAY_PER_REQUEST",
    }
    bucket = tmp_path / "there"
    bucket.mkdir()
    lines = [
        f'{{"Item":{{"pk":{{"S":"{pk}"}},"sk":{{"S":"{sk}"}},"v":{{"S":"{"w" * size}"}}}}}}'
        for pk, sk, size in (("a", "1", 40), ("a", "2", 40), ("b", "1", 40))
    ]
    (bucket / "items.json").write_text("\n".join(lines))
    world = Doorless()
    world("CreateTable", **asked)
    told: list[str] = []

    async def report(scope, group, stream, texts):
        told.extend(texts)

    node = world.node
    source = {"S3BucketSource": {"S3Bucket": "there"}, "InputFormat": "DYNAMODB_JSON"}
    request = {**source, "TableCreationParameters": asked}
    table = world.table_of("Made")
    job = world.do(lambda tx: begin_import(tx, node.ids, 0, table, request))
    importer = Importer(node.engine, world.clock, node.catalog, report)
    world.loop.run(importer.run(job, Directory(tmp_path)))
    done = world.do(lambda tx: load_job(tx, IMPORT, table.scope, "Made", job["id"]))
    assert (done["imported"], done["errors"], done["status"]) == (2, 1, FAILED)
    assert told == ["items.json line 2: Collection size exceeded."]
    found = world("Scan", TableName="Made")["Items"]
    assert sorted((item["pk"]["S"], item["sk"]["S"]) for item in found) == [("a", "1"), ("b", "1")]
    world.close()
