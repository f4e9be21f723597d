"""Calls to other endpoints: signed, refused with advice, never in the way of the loop.

Source of the form of a signature: AWS, IAM guide, "Create a signed AWS API request".
"""

import asyncio
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from headwater.config.settings import Settings
from headwater.config.sources import load
from headwater.errors import StartupError
from headwater.outbound.endpoints import Outbound
from headwater.outbound.failure import NO_CREDENTIALS, NOT_CONFIGURED, UNREACHABLE, CallFailed


class Endpoint(ThreadingHTTPServer):
    """Answers every request with `status` and `body`; `seen` holds path and headers, and
    `bodies` what came with them."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status = 200
        self.body: dict[str, Any] = {}
        self.seen: list[tuple[str, dict[str, str]]] = []
        self.bodies: list[bytes] = []
        self.connections = 0
        self.url = f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def setup(self) -> None:
        super().setup()
        self.server.connections += 1  # type: ignore[attr-defined]

    def do_POST(self) -> None:
        endpoint: Any = self.server
        endpoint.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
        endpoint.seen.append((self.path, dict(self.headers)))
        data = json.dumps(endpoint.body).encode() if endpoint.body else b""
        self.send_response(endpoint.status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_PUT = do_POST

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    server = Endpoint()
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def _credentials(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")


def call(outbound: Outbound, *request: Any) -> Any:
    async def main() -> Any:
        try:
            return await outbound.call(*request)
        finally:
            outbound.close()

    return asyncio.run(main())


def refused(outbound: Outbound, *request: Any) -> CallFailed:
    with pytest.raises(CallFailed) as caught:
        call(outbound, *request)
    return caught.value


SUMMARY = ("kinesis", "describe_stream_summary", "eu-west-1", {"StreamName": "cdc"})


def test_a_call_is_signed_for_service_and_region(endpoint):
    endpoint.body = {"StreamDescriptionSummary": {"StreamStatus": "ACTIVE"}}
    answer = call(Outbound(Settings(kinesis_endpoint=endpoint.url)), *SUMMARY)
    assert answer["StreamDescriptionSummary"]["StreamStatus"] == "ACTIVE"
    ((_, headers),) = endpoint.seen
    signed = headers["Authorization"]
    assert signed.startswith("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/")
    assert "/eu-west-1/kinesis/aws4_request" in signed
    assert headers["X-Amz-Target"] == "Kinesis_20131202.DescribeStreamSummary"


def post(outbound: Outbound, params: dict[str, Any]) -> Any:
    async def main() -> Any:
        try:
            return await outbound.post("kinesis", "PutRecords", "eu-west-1", params)
        finally:
            outbound.close()

    return asyncio.run(main())


def test_a_posted_request_is_what_the_client_would_have_sent(endpoint):
    """Source: the same request through botocore's own client, member by member."""
    endpoint.body = {"FailedRecordCount": 0, "Records": []}
    params = {"StreamName": "cdc", "Records": [{"Data": b"\x00\xff", "PartitionKey": "k"}]}
    outbound = Outbound(Settings(kinesis_endpoint=endpoint.url))
    assert call(outbound, "kinesis", "put_records", "eu-west-1", params)["Records"] == []
    assert post(outbound, params) == endpoint.body
    (path, theirs), (posted, ours) = endpoint.seen
    assert path == posted == "/"
    for name in ("X-Amz-Target", "Content-Type"):
        assert ours[name] == theirs[name]
    assert ours["Authorization"].split(", ")[:2] == theirs["Authorization"].split(", ")[:2]
    assert [json.loads(body) for body in endpoint.bodies] == [
        {"StreamName": "cdc", "Records": [{"Data": "AP8=", "PartitionKey": "k"}]}
    ] * 2


def test_a_posted_request_that_is_refused_keeps_its_code(endpoint):
    endpoint.status = 400
    outbound = Outbound(Settings(kinesis_endpoint=endpoint.url))
    endpoint.body = {"__type": "com.amazonaws.kinesis#ResourceNotFoundException", "message": "no"}
    with pytest.raises(CallFailed) as caught:
        post(outbound, {})
    assert (caught.value.code, caught.value.answered) == ("ResourceNotFoundException", True)
    endpoint.body = {}
    with pytest.raises(CallFailed) as caught:
        post(outbound, {})
    assert caught.value.code == "400"


def test_a_posted_request_without_credentials_or_endpoint_says_what_to_do(endpoint, monkeypatch):
    with pytest.raises(CallFailed, match="--kinesis-endpoint"):
        post(Outbound(Settings()), {})
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    with pytest.raises(CallFailed) as caught:
        post(Outbound(Settings(kinesis_endpoint=endpoint.url)), {})
    assert caught.value.code == NO_CREDENTIALS


@pytest.mark.parametrize(
    ("service", "operation", "params"),
    [
        ("sqs", "send_message", {"QueueUrl": "http://sqs/000000000000/q", "MessageBody": "m"}),
        ("sns", "publish", {"TopicArn": "arn:aws:sns:eu-west-1:000000000000:t", "Message": "m"}),
    ],
)
def test_queues_and_topics_are_reached_too(endpoint, service, operation, params):
    endpoint.body = {"MessageId": "m-1"}
    outbound = Outbound(Settings(**{f"{service}_endpoint": endpoint.url}))
    try:
        call(outbound, service, operation, "eu-west-1", params)
    except CallFailed as trouble:
        # This endpoint's answer means nothing in SNS's XML; what was asked is what counts.
        assert service == "sns", trouble
    assert f"/eu-west-1/{service}/aws4_request" in endpoint.seen[0][1]["Authorization"]


def test_a_bucket_is_named_in_the_path(endpoint):
    outbound = Outbound(Settings(s3_endpoint=endpoint.url))
    call(outbound, "s3", "put_object", "eu-west-1", {"Bucket": "b", "Key": "k/1", "Body": b"x"})
    ((path, headers),) = endpoint.seen
    assert path == "/b/k/1" and headers["Content-Length"] == "1"


def test_connections_are_used_again(endpoint):
    endpoint.body = {"StreamDescriptionSummary": {}}
    outbound = Outbound(Settings(kinesis_endpoint=endpoint.url))

    async def main() -> None:
        for _ in range(3):
            await outbound.call(*SUMMARY)
        outbound.close()

    asyncio.run(main())
    assert len(endpoint.seen) == 3 and endpoint.connections == 1


def test_a_refusal_keeps_its_code_and_no_call_is_repeated(endpoint):
    endpoint.status = 500
    endpoint.body = {"__type": "InternalFailure", "message": "out of order"}
    trouble = refused(Outbound(Settings(kinesis_endpoint=endpoint.url)), *SUMMARY)
    assert (trouble.code, trouble.answered) == ("InternalFailure", True)
    assert "out of order" in trouble.text and endpoint.url in trouble.text
    assert len(endpoint.seen) == 1


def test_an_endpoint_that_is_not_there_is_said_to_be_so(endpoint):
    endpoint.shutdown()
    endpoint.server_close()
    trouble = refused(Outbound(Settings(kinesis_endpoint=endpoint.url)), *SUMMARY)
    assert (trouble.code, trouble.answered) == (UNREACHABLE, False)
    assert endpoint.url in trouble.text


def test_a_service_without_an_endpoint_names_the_setting():
    trouble = refused(Outbound(Settings()), *SUMMARY)
    assert trouble.code == NOT_CONFIGURED
    assert "--kinesis-endpoint URL" in trouble.text and "HEADWATER_KINESIS_ENDPOINT" in str(trouble)


def test_without_credentials_it_is_said_what_to_set(endpoint, monkeypatch):
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    trouble = refused(Outbound(Settings(kinesis_endpoint=endpoint.url)), *SUMMARY)
    assert trouble.code == NO_CREDENTIALS and "AWS_ACCESS_KEY_ID" in trouble.text


@pytest.mark.parametrize("url", ["localhost:4566", "ftp://localhost", "http://"])
def test_what_is_no_url_is_refused_at_start(url):
    with pytest.raises(StartupError, match="--sqs-endpoint"):
        load({"sqs_endpoint": url}, {})
