"""What reaches beyond the node, and what a kill must not lose: destinations elsewhere, attempts,
positions, windows; and handlers written with a library of AWS's own.
"""

import io
import json
import os
import shutil
import sys
import zipfile
from importlib import util
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from tests.servers import Handler, serving
from tests.tables import create_table

RUNTIME = f"python{sys.version_info.major}.{sys.version_info.minor}"
ROLE = "arn:aws:iam::000000000000:role/r"
FAILS = """
import os

def handler(event, context):
    with open(os.environ["SEEN"], "a") as seen:
        seen.write(" ".join(one["dynamodb"]["Keys"]["pk"]["S"] for one in event["Records"]) + "\\n")
    if os.path.exists(os.environ["SEEN"] + ".works"):
        return {"state": {}}
    raise ValueError("boom")
"""


class Elsewhere:
    """SNS and S3, as far as a mapping needs them: notes what it is sent, and can be down."""

    def __init__(self):
        self.is_up = True
        self.published: list[dict[str, list[str]]] = []
        self.objects: dict[str, bytes] = {}
        outer = self

        class Answers(Handler):
            def do_POST(self):
                body = self.body()
                if outer.is_up:
                    outer.published.append(parse_qs(body.decode()))
                answer = b"<PublishResult><MessageId>m</MessageId></PublishResult>"
                self.reply(b"<PublishResponse>%b</PublishResponse>" % answer)

            def do_PUT(self):
                body = self.body()
                if outer.is_up:
                    outer.objects[self.path] = body
                self.reply(b"")

            def reply(self, body):
                self.answer(200 if outer.is_up else 503, body)

        self.handler = Answers
        self.url = ""


@pytest.fixture
def elsewhere():
    made = Elsewhere()
    with serving(made.handler) as made.url:
        yield made


@pytest.fixture
def start(node_factory, elsewhere):
    """start(*flags): a node on disk that knows the services elsewhere."""

    def make(*flags):
        return node_factory(
            *("--initial-partitions", "1", *flags),
            *("--sns-endpoint", elsewhere.url, "--s3-endpoint", elsewhere.url),
            environment={"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"},
        )

    return make


class Shop:
    """A table on a node, a function that fails until it is let work, and their mapping."""

    def __init__(self, node, tmp_path, **params):
        self.node = node
        self.file = tmp_path / "seen"
        self.functions, self.dynamodb = node.client("lambda"), node.client("dynamodb")
        package = io.BytesIO()
        with zipfile.ZipFile(package, "w") as archive:
            archive.writestr("app.py", FAILS)
        self.functions.create_function(
            FunctionName="fails",
            Runtime=RUNTIME,
            Role=ROLE,
            Handler="app.handler",
            Code={"ZipFile": package.getvalue()},
            Environment={"Variables": {"SEEN": str(self.file)}},
        )
        arn = make_table(self.dynamodb, "Orders")
        self.uuid = self.functions.create_event_source_mapping(
            EventSourceArn=arn,
            FunctionName="fails",
            StartingPosition="TRIM_HORIZON",
            **params,
        )["UUID"]

    def put(self, *keys):
        for key in keys:
            self.dynamodb.put_item(TableName="Orders", Item={"pk": {"S": key}})

    def seen(self):
        return self.file.read_text().splitlines() if self.file.exists() else []

    def let_work(self):
        Path(f"{self.file}.works").touch()


def make_table(dynamodb, name):
    return create_table(dynamodb, name, view="NEW_AND_OLD_IMAGES")["LatestStreamArn"]


def to(arn):
    return {"OnFailure": {"Destination": arn}}


TOPIC = "arn:aws:sns:us-east-1:000000000000:alarms"


def test_a_topic_elsewhere_gets_the_message(start, elsewhere, tmp_path, eventually):
    """Source: the guide: the message of a topic is the JSON that a queue gets as its body."""
    shop = Shop(start(), tmp_path, MaximumRetryAttempts=0, DestinationConfig=to(TOPIC))
    shop.put("a")
    eventually(lambda: elsewhere.published)
    (published,) = elsewhere.published
    assert published["TopicArn"] == [TOPIC]
    message = json.loads(published["Message"][0])
    assert message["requestContext"]["condition"] == "RetryAttemptsExhausted"


def test_a_bucket_elsewhere_gets_message_and_event(start, elsewhere, tmp_path, eventually):
    """Source: the guide: aws/lambda/<UUID>/<shard>/YYYY/MM/DD/..., and the payload."""
    config = to("arn:aws:s3:::failures")
    shop = Shop(start(), tmp_path, MaximumRetryAttempts=0, DestinationConfig=config)
    shop.put("a")
    eventually(lambda: elsewhere.objects)
    ((path, body),) = elsewhere.objects.items()
    assert path.startswith(f"/failures/aws/lambda/{shop.uuid}/shardId-")
    (record,) = json.loads(body)["payload"]["Records"]
    assert record["dynamodb"]["Keys"] == {"pk": {"S": "a"}}


def test_a_message_outlives_a_destination_that_is_down_and_a_kill(
    start, elsewhere, tmp_path, eventually
):
    elsewhere.is_up = False
    node = start()
    shop = Shop(node, tmp_path, MaximumRetryAttempts=0, BatchSize=1, DestinationConfig=to(TOPIC))
    shop.put("a", "b")
    eventually(lambda: len(shop.seen()) == 2, what="the lane goes on")
    node.kill()
    elsewhere.is_up = True
    node.start()
    eventually(lambda: len(elsewhere.published) == 2, what="both messages")
    firsts = [
        json.loads(published["Message"][0])["DDBStreamBatchInfo"]["startSequenceNumber"]
        for published in elsewhere.published
    ]
    assert firsts == sorted(set(firsts))


def test_kills_do_not_give_a_batch_more_tries(start, tmp_path, eventually):
    """Attempts are durable: a batch is invoked at most once more for each kill that cut it off."""
    node = start()
    node.client("sqs").create_queue(QueueName="failed")
    config = to("arn:aws:sqs:us-east-1:000000000000:failed")
    shop = Shop(node, tmp_path, MaximumRetryAttempts=4, DestinationConfig=config)
    shop.put("a")
    for tries in (1, 2, 3):
        eventually(lambda tries=tries: len(shop.seen()) >= tries)
        node.kill()
        node.start()
    url = node.client("sqs").get_queue_url(QueueName="failed")["QueueUrl"]

    def messages():
        found = node.client("sqs").receive_message(QueueUrl=url, VisibilityTimeout=0)
        return [json.loads(one["Body"]) for one in found.get("Messages", ())]

    eventually(messages)
    (message,) = messages()
    assert message["requestContext"]["approximateInvokeCount"] == 5
    assert 5 <= len(shop.seen()) <= 5 + 3


def test_a_restart_goes_on_where_it_was(start, tmp_path, eventually):
    node = start()
    shop = Shop(node, tmp_path)
    shop.let_work()
    shop.put("before")
    eventually(lambda: shop.seen() == ["before"])
    node.stop()
    node.start()
    shop.put("after")
    eventually(lambda: "after" in shop.seen())


def test_a_hanging_mapping_delays_no_other(start, tmp_path, eventually):
    """One function hangs until its time-out; another table's mapping is served meanwhile."""
    node = start()
    functions, dynamodb = node.client("lambda"), node.client("dynamodb")
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr(
            "app.py", "import time\ndef handler(event, context):\n    time.sleep(60)\n"
        )
    functions.create_function(
        FunctionName="hangs",
        Runtime=RUNTIME,
        Role=ROLE,
        Handler="app.handler",
        Code={"ZipFile": package.getvalue()},
        Timeout=30,
    )
    uuid = functions.create_event_source_mapping(
        EventSourceArn=make_table(dynamodb, "Slow"),
        FunctionName="hangs",
        StartingPosition="TRIM_HORIZON",
    )["UUID"]
    dynamodb.put_item(TableName="Slow", Item={"pk": {"S": "x"}})
    shop = Shop(node, tmp_path)
    shop.let_work()
    shop.put("a")
    eventually(lambda: shop.seen() == ["a"], what="delivery beside a hanging mapping")
    hanging = functions.get_event_source_mapping(UUID=uuid)
    assert hanging["LastProcessingResult"] == "No records processed"


# --- a real library ------------------------------------------------------------------------------

POWERTOOLS = """
import os
from aws_lambda_powertools.utilities.batch import (
    BatchProcessor, EventType, process_partial_response,
)
from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord

processor = BatchProcessor(EventType.DynamoDBStreams, raise_on_entire_batch_failure=False)

def take(record: DynamoDBRecord):
    image = record.dynamodb.new_image
    if image["n"] == 13:
        raise ValueError("unlucky")
    with open(os.environ["SEEN"], "a") as seen:
        seen.write(f"{record.event_name.name} {record.dynamodb.keys['pk']} {image['n']}\\n")

def handler(event, context):
    return process_partial_response(event, take, processor, context)
"""
_LIBRARIES = ("aws_lambda_powertools", "jmespath", "typing_extensions")


@pytest.mark.skipif(
    any(util.find_spec(name) is None for name in _LIBRARIES), reason="powertools is not installed"
)
def test_a_batch_processor_of_powertools_reports_what_failed(start, tmp_path, eventually):
    """A handler as its users write them: DynamoDBRecord, process_partial_response."""
    node = start()
    functions, sqs = node.client("lambda"), node.client("sqs")
    url = sqs.create_queue(QueueName="failed")["QueueUrl"]
    seen = tmp_path / "seen"
    functions.create_function(
        FunctionName="takes",
        Runtime=RUNTIME,
        Role=ROLE,
        Handler="app.handler",
        Code={"ZipFile": with_libraries(tmp_path, POWERTOOLS)},
        Timeout=30,
        Environment={"Variables": {"SEEN": str(seen), "POWERTOOLS_TRACE_DISABLED": "1"}},
    )
    dynamodb = node.client("dynamodb")
    arn = make_table(dynamodb, "Orders")
    for number in (1, 13, 2):
        item = {"pk": {"S": f"o{number}"}, "n": {"N": str(number)}}
        dynamodb.put_item(TableName="Orders", Item=item)
    functions.create_event_source_mapping(
        EventSourceArn=arn,
        FunctionName="takes",
        StartingPosition="TRIM_HORIZON",
        FunctionResponseTypes=["ReportBatchItemFailures"],
        BisectBatchOnFunctionError=True,
        MaximumRetryAttempts=1,
        DestinationConfig=to("arn:aws:sqs:us-east-1:000000000000:failed"),
    )

    def told():
        found = sqs.receive_message(QueueUrl=url, VisibilityTimeout=0).get("Messages", ())
        return [json.loads(one["Body"])["DDBStreamBatchInfo"]["batchSize"] for one in found]

    eventually(lambda: told())
    lines = seen.read_text().splitlines()
    assert lines[0] == "INSERT o1 1"
    assert {"INSERT o1 1", "INSERT o2 2"} == set(lines)


def with_libraries(tmp_path, source):
    """A package of `source` and what it imports, copied from this environment."""
    root = tmp_path / "package"
    root.mkdir()
    (root / "app.py").write_text(source)
    for name in _LIBRARIES:
        spec = util.find_spec(name)
        assert spec is not None and spec.origin is not None
        origin = Path(spec.origin)
        if origin.name == "__init__.py":
            shutil.copytree(
                origin.parent, root / name, ignore=shutil.ignore_patterns("__pycache__")
            )
        else:
            shutil.copy(origin, root)
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in root.rglob("*"):
            if file.is_file():
                archive.write(file, os.path.relpath(file, root))
    return package.getvalue()
