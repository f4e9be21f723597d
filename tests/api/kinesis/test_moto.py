"""Delivery to a Kinesis of somebody else's: moto's server, killed nodes included.

Runs where `moto_server` is on the PATH (`make kinesis` sees to that); FakeKinesis stands in for it
everywhere else. What moto answers is moto's; what is asserted is only what any Kinesis must hold.
"""

import json
import shutil
import socket
import subprocess
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

MOTO = shutil.which("moto_server")
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
SHARDS = 3

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(MOTO is None, reason="moto_server is not on the PATH: see `make kinesis`"),
]


@pytest.fixture
def moto(eventually) -> Iterator[Any]:
    """A client of a Kinesis with the stream cdc of three shards."""
    assert MOTO is not None
    with socket.socket() as place:
        place.bind(("127.0.0.1", 0))
        port = place.getsockname()[1]
    line = [MOTO, "-H", "127.0.0.1", "-p", str(port)]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(line, stdout=quiet, stderr=quiet) as server:
        try:
            eventually(lambda: _answers(port), what="moto answering")
            client = boto3.client(
                "kinesis",
                endpoint_url=f"http://127.0.0.1:{port}",
                region_name="us-east-1",
                aws_access_key_id="test",
                aws_secret_access_key="test",
            )
            client.create_stream(StreamName="cdc", ShardCount=SHARDS)
            yield client
            client.close()
        finally:
            server.kill()


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def arrived(kinesis: Any) -> list[dict[str, Any]]:
    """Every record of the stream, shard by shard."""
    found = []
    stream = kinesis.describe_stream(StreamName="cdc")["StreamDescription"]
    for shard in stream["Shards"]:
        iterator = kinesis.get_shard_iterator(
            StreamName="cdc", ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        while True:
            page = kinesis.get_records(ShardIterator=iterator)
            found += [json.loads(record["Data"]) for record in page["Records"]]
            if not page["Records"]:
                break
            iterator = page["NextShardIterator"]
    return found


def test_a_node_that_is_killed_again_and_again_delivers_every_change_in_order(
    node_factory, moto, make_table, enable, eventually
):
    node = node_factory("--kinesis-endpoint", moto.meta.endpoint_url, environment=CREDENTIALS)
    dynamodb = make_table(node)
    enable(dynamodb)
    for life in range(4):
        for number in range(60):
            dynamodb.put_item(
                TableName="Tab",
                Item={"pk": {"S": f"k{number % 7}"}, "n": {"N": str(life * 100 + number)}},
            )
        node.kill()
        node.start()
        dynamodb = node.client("dynamodb")

    def distinct() -> list[dict[str, Any]]:
        return list({change["eventID"]: change for change in arrived(moto)}.values())

    eventually(lambda: len(distinct()) == 240, seconds=240, what="240 changes in the stream")
    for key in range(7):
        seen = [
            int(change["dynamodb"]["NewImage"]["n"]["N"])
            for change in distinct()
            if change["dynamodb"]["Keys"]["pk"]["S"] == f"k{key}"
        ]
        assert seen == sorted(seen)


def test_a_stream_that_moto_does_not_have_makes_enabling_fail(
    node_factory, moto, make_table, status, eventually
):
    node = node_factory("--kinesis-endpoint", moto.meta.endpoint_url, environment=CREDENTIALS)
    dynamodb = make_table(node)
    arn = "arn:aws:kinesis:us-east-1:000000000000:stream/none"
    dynamodb.enable_kinesis_streaming_destination(TableName="Tab", StreamArn=arn)
    eventually(lambda: status(dynamodb, "Tab", "none") == "ENABLE_FAILED")
