"""A Kinesis on loopback for nodes to deliver to, and what the tests share.

FakeKinesis is the edge of the node's world: it answers as the Kinesis API reference says, keeps
what it was sent, and can be told to refuse some records, or to be gone for a while.
"""

import base64
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

ARN = "arn:aws:kinesis:us-east-1:000000000000:stream/{}"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
REQUEST_BYTES_MAX = 5 * 1024 * 1024


class FakeKinesis:
    """The part of Kinesis that a delivery needs.

    streams   records by stream, as (partition key, data) in the order they arrived
    requests  how many records each PutRecords held
    refuse    called with the records of a request; the error code for each, or None
    signed    what the Authorization headers said
    """

    def __init__(self) -> None:
        self.streams: dict[str, list[tuple[str, bytes]]] = {"cdc": []}
        self.requests: list[int] = []
        self.signed: set[str] = set()
        self.refuse: Callable[[list[dict[str, Any]]], list[str | None]] | None = None
        self.lock = threading.Lock()
        self._server: ThreadingHTTPServer | None = None
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def up(self) -> None:
        """Listen, on the same port as before."""
        self._server = _Server(("127.0.0.1", self.port), _Handler)
        self._server.kinesis = self
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def down(self) -> None:
        """Refuse connections, and cut those that are open."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def answer(self, operation: str, request: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Status and body of the answer to one request."""
        if request["StreamName"] not in self.streams:
            text = f"Stream {request['StreamName']} under account 000000000000 not found."
            return 400, {"__type": "ResourceNotFoundException", "message": text}
        if operation == "DescribeStreamSummary":
            return 200, {"StreamDescriptionSummary": {"StreamStatus": "ACTIVE"}}
        assert operation == "PutRecords", operation
        with self.lock:
            return 200, self._put(request)

    def _put(self, request: dict[str, Any]) -> dict[str, Any]:
        records = request["Records"]
        self.requests.append(len(records))
        codes = self.refuse(records) if self.refuse else [None] * len(records)
        entries: list[dict[str, str]] = []
        for record, code in zip(records, codes, strict=True):
            if code is not None:
                entries.append({"ErrorCode": code, "ErrorMessage": "Rate exceeded for shard"})
                continue
            stream = self.streams[request["StreamName"]]
            stream.append((record["PartitionKey"], base64.b64decode(record["Data"])))
            entries.append({"SequenceNumber": str(len(stream)), "ShardId": "shardId-000000000000"})
        failed = sum(code is not None for code in codes)
        return {"FailedRecordCount": failed, "Records": entries}

    def changes(self, stream: str = "cdc") -> list[dict[str, Any]]:
        """The records that arrived, decoded."""
        with self.lock:
            return [json.loads(data) for _, data in self.streams[stream]]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    kinesis: FakeKinesis


class _Handler(BaseHTTPRequestHandler):
    """One connection. It is closed after each answer, so that `down` is felt at once."""

    def do_POST(self) -> None:
        kinesis = self.server.kinesis  # type: ignore[attr-defined]
        body = self.rfile.read(int(self.headers["Content-Length"]))
        kinesis.signed.add(self.headers["Authorization"].split(", ")[0])
        operation = self.headers["X-Amz-Target"].rpartition(".")[2]
        status, answer = kinesis.answer(operation, json.loads(body))
        data = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the tests say what went wrong."""


@pytest.fixture
def kinesis() -> Iterator[FakeKinesis]:
    """A Kinesis with one stream, cdc."""
    fake = FakeKinesis()
    fake.up()
    yield fake
    fake.down()


@pytest.fixture
def delivering(node_factory, kinesis) -> Any:
    """A node of the test's own that delivers to `kinesis`."""
    return node_factory("--kinesis-endpoint", kinesis.url, environment=CREDENTIALS)


@pytest.fixture
def make_table() -> Callable[..., Any]:
    """make_table(node, "Tab", "KEYS_ONLY"): a client, with a table of the string key pk."""

    def make(node: Any, name: str = "Tab", view: str | None = None) -> Any:
        dynamodb = node.client("dynamodb")
        stream = {"StreamEnabled": True, "StreamViewType": view} if view else None
        dynamodb.create_table(
            TableName=name,
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
            **({"StreamSpecification": stream} if stream else {}),
        )
        return dynamodb

    return make


@pytest.fixture
def enable(eventually) -> Callable[..., None]:
    """enable(dynamodb, "Tab", "cdc"): a destination that is ACTIVE."""

    def work(dynamodb: Any, table: str = "Tab", stream: str = "cdc", **more: Any) -> None:
        arn = ARN.format(stream)
        dynamodb.enable_kinesis_streaming_destination(TableName=table, StreamArn=arn, **more)
        eventually(lambda: status_of(dynamodb, table, stream) == "ACTIVE", what="ACTIVE")

    return work


@pytest.fixture
def status() -> Callable[..., str | None]:
    """status(dynamodb, "Tab", "cdc"): DestinationStatus, None if it is not listed."""
    return status_of


def status_of(dynamodb: Any, table: str = "Tab", stream: str = "cdc") -> str | None:
    answer = dynamodb.describe_kinesis_streaming_destination(TableName=table)
    for destination in answer["KinesisDataStreamDestinations"]:
        if destination["StreamArn"] == ARN.format(stream):
            return str(destination["DestinationStatus"])
    return None
