"""Imports and exports that do not end in peace: the node is killed, or told to end, meanwhile."""

import gzip
import json
import socket
from contextlib import ExitStack, closing

import boto3
import pytest
from botocore.config import Config

from headwater.testing.process import NodeProcess
from headwater.testing.stage import NotIdle, Stage

TABLE = {
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
}


def client_of(process):
    return boto3.client(
        "dynamodb",
        endpoint_url=process.url,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"total_max_attempts": 1}),
    )


def wait_for_import(dynamodb, arn, eventually):
    def ended():
        found = dynamodb.describe_import(ImportArn=arn)["ImportTableDescription"]
        return found if found["ImportStatus"] != "IN_PROGRESS" else None

    return eventually(ended)


def test_an_import_and_an_export_go_on_after_a_crash(tmp_path, eventually):
    (tmp_path / "in").mkdir()
    for number in range(3):
        lines = (f'{{"Item": {{"pk": {{"S": "{number}-{at}"}}}}}}\n' for at in range(1500))
        (tmp_path / "in" / f"{number}.json").write_text("".join(lines))
    flags = ("--sync", "off", "--s3-directory", str(tmp_path))
    with ExitStack() as closes:
        process = closes.enter_context(
            NodeProcess(*flags, data=tmp_path / "data", log=tmp_path / "node.log")
        )
        dynamodb = closes.enter_context(closing(client_of(process)))
        arn = dynamodb.import_table(
            S3BucketSource={"S3Bucket": "in"},
            InputFormat="DYNAMODB_JSON",
            TableCreationParameters={"TableName": "New", **TABLE},
        )["ImportTableDescription"]["ImportArn"]
        eventually(
            lambda: dynamodb.describe_import(ImportArn=arn)["ImportTableDescription"][
                "ImportedItemCount"
            ]
        )
        process.kill()
        process.start()
        done = wait_for_import(dynamodb, arn, eventually)
        assert (done["ImportStatus"], done["ImportedItemCount"]) == ("COMPLETED", 4500)
        table = dynamodb.describe_table(TableName="New")["Table"]
        assert (table["TableStatus"], table["ItemCount"]) == ("ACTIVE", 4500)
        dynamodb.update_continuous_backups(
            TableName="New", PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
        )
        export = dynamodb.export_table_to_point_in_time(TableArn=table["TableArn"], S3Bucket="out")[
            "ExportDescription"
        ]["ExportArn"]
        process.kill()
        process.start()

        def completed():
            found = dynamodb.describe_export(ExportArn=export)["ExportDescription"]
            return found if found["ExportStatus"] == "COMPLETED" else None

        assert eventually(completed)["ItemCount"] == 4500
        files = (tmp_path / "out").rglob("data/*.json.gz")
        found = [line for file in files for line in gzip.decompress(file.read_bytes()).splitlines()]
        assert len({json.loads(line)["Item"]["pk"]["S"] for line in found}) == len(found) == 4500


def test_a_node_that_is_told_to_end_leaves_its_import_to_the_next(tmp_path, eventually):
    """Every other line is no item: what was told of those before the end is not told again."""
    (tmp_path / "in").mkdir()
    lines = (f'{{"Item": {{"pk": {{"S": "{at}"}}}}}}\n{{"Item": 1}}\n' for at in range(4000))
    (tmp_path / "in" / "mixed.json").write_text("".join(lines))
    log = tmp_path / "node.log"
    flags = ("--sync", "off", "--s3-directory", str(tmp_path))
    with NodeProcess(*flags, data=tmp_path / "data", log=log) as process, ExitStack() as closes:
        dynamodb = closes.enter_context(closing(client_of(process)))
        arn = dynamodb.import_table(
            S3BucketSource={"S3Bucket": "in"},
            InputFormat="DYNAMODB_JSON",
            TableCreationParameters={"TableName": "New", **TABLE},
        )["ImportTableDescription"]["ImportArn"]

        def described():
            return dynamodb.describe_import(ImportArn=arn)["ImportTableDescription"]

        eventually(lambda: described()["ImportedItemCount"])
        for _ in range(3):
            assert process.stop() == 0
            process.start()
        done = wait_for_import(dynamodb, arn, eventually)
        counts = [done[f"{name}Count"] for name in ("ProcessedItem", "ImportedItem", "Error")]
        assert (done["ImportStatus"], *counts) == ("FAILED", 8000, 4000, 4000)
        assert "given up" not in log.read_text()


@pytest.fixture
def slow_bucket():
    """An S3 that takes requests and does not answer."""
    with socket.create_server(("127.0.0.1", 0)) as plug:
        yield f"http://127.0.0.1:{plug.getsockname()[1]}"


def test_a_node_is_not_idle_while_it_exports_and_ends_all_the_same(node_factory, slow_bucket):
    keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    node = node_factory("--s3-endpoint", slow_bucket, environment=keys)
    dynamodb = node.client("dynamodb")
    dynamodb.create_table(TableName="Slow", **TABLE)
    dynamodb.update_continuous_backups(
        TableName="Slow", PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    table = dynamodb.describe_table(TableName="Slow")["Table"]["TableArn"]
    with Stage(node.url) as stage:
        stage.idle()
        begun = dynamodb.export_table_to_point_in_time(TableArn=table, S3Bucket="out")
        assert stage.waiting()["work"] == ["export Slow"]
        with pytest.raises(NotIdle, match="the export Slow is under way"):
            stage.idle(0)
    assert node.stop() == 0
    node.start()
    arn = begun["ExportDescription"]["ExportArn"]
    found = dynamodb.describe_export(ExportArn=arn)["ExportDescription"]
    assert found["ExportStatus"] == "IN_PROGRESS"
