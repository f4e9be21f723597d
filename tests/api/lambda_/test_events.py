"""Asynchronous invocations: kept, retried on the node's clock, told to destinations.

Source: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async.html
"""

import json
import urllib.request
from typing import ClassVar
from urllib.parse import parse_qs

import pytest
from tests.servers import Handler, serving

OK = "def handler(event, context):\n    print('saw', event)\n    return {'got': event}\n"
FAILS = "def handler(event, context):\n    print('saw', event)\n    raise ValueError('boom')\n"
SQS = "arn:aws:sqs:us-east-1:000000000000:{}"


def advance(node, text):
    body = json.dumps({"advance": text}).encode()
    request = urllib.request.Request(f"{node.url}/_headwater/clock", body, method="POST")
    urllib.request.urlopen(request).close()


@pytest.fixture
def virtual(node_factory, bench_of):
    """A bench on a node whose clock is moved by hand."""
    bench = bench_of(node_factory("--clock", "virtual", in_memory=True))
    bench.advance = lambda text: advance(bench.node, text)
    return bench


@pytest.fixture
def queue(fn):
    return Queue(fn)


class Queue:
    """A queue of the node's own; called, it takes what is there, as JSON."""

    def __init__(self, bench):
        self.arn = SQS.format(bench.name)
        self.sqs = bench.node.client("sqs")
        self.url = self.sqs.create_queue(QueueName=bench.name)["QueueUrl"]

    def __call__(self):
        given = {"QueueUrl": self.url}
        found = self.sqs.receive_message(**given, MaxNumberOfMessages=10).get("Messages", [])
        for message in found:
            self.sqs.delete_message(**given, ReceiptHandle=message["ReceiptHandle"])
        return [json.loads(message["Body"]) for message in found]


def saw(bench, name=""):
    return [one for one in bench.messages(name) if one.startswith("saw")]


def test_an_event_is_taken_and_dealt_with_later(fn, eventually):
    fn.make(OK)
    answer = fn.send(event={"n": 1})
    assert answer["StatusCode"] == 202
    assert answer["Payload"].read() == b""
    assert "ExecutedVersion" not in answer
    assert eventually(lambda: saw(fn)) == ["saw {'n': 1}\n"]
    assert [one for one in fn.messages() if answer["ResponseMetadata"]["RequestId"] in one]


def test_what_cannot_be_an_event(fn):
    fn.make(OK)
    code, _ = fn.refusal(fn.send, name="none")
    assert code == "ResourceNotFoundException"
    code, _ = fn.refusal(fn.send, event="x" * 1_048_577)
    assert code == "RequestTooLargeException"


def test_a_failure_is_tried_again_after_one_minute_and_two(virtual, eventually):
    virtual.make(FAILS)
    read = Queue(virtual)
    virtual.client.put_function_event_invoke_config(
        FunctionName=virtual.name, DestinationConfig={"OnFailure": {"Destination": read.arn}}
    )
    request_id = virtual.send(event=[1])["ResponseMetadata"]["RequestId"]
    virtual.advance("59s")
    assert len(saw(virtual)) == 1
    virtual.advance("2s")
    assert len(saw(virtual)) == 2
    virtual.advance("118s")
    assert len(saw(virtual)) == 2
    virtual.advance("3s")
    (told,) = eventually(read)
    assert len(saw(virtual)) == 3
    arn = f"arn:aws:lambda:us-east-1:000000000000:function:{virtual.name}"
    assert told["requestContext"] == {
        "requestId": request_id,
        "functionArn": f"{arn}:$LATEST",
        "condition": "RetriesExhausted",
        "approximateInvokeCount": 3,
    }
    assert told["version"] == "1.0" and told["timestamp"].endswith("Z")
    assert told["requestPayload"] == [1]
    assert told["responseContext"] == {
        "statusCode": 200,
        "executedVersion": "$LATEST",
        "functionError": "Unhandled",
    }
    assert told["responsePayload"]["errorMessage"] == "boom"


def test_throttled_events_let_time_pass_and_go_on_when_there_is_room(virtual, eventually):
    virtual.make(OK)
    virtual.client.put_function_concurrency(
        FunctionName=virtual.name, ReservedConcurrentExecutions=0
    )
    virtual.send(event=1)
    virtual.advance("1m")
    with urllib.request.urlopen(f"{virtual.node.url}/_headwater/clock") as answer:
        due = [one["what"] for one in json.loads(answer.read())["due"]]
    words = f"an asynchronous event of function {virtual.name} is tried again, or given up"
    assert words in due
    virtual.client.delete_function_concurrency(FunctionName=virtual.name)
    assert eventually(lambda: saw(virtual)) == ["saw 1\n"]


def test_an_event_that_is_too_old_is_not_tried_again(virtual, eventually):
    virtual.make(FAILS)
    read = Queue(virtual)
    virtual.client.put_function_event_invoke_config(
        FunctionName=virtual.name,
        MaximumEventAgeInSeconds=60,
        DestinationConfig={"OnFailure": {"Destination": read.arn}},
    )
    virtual.send(event=1)
    virtual.advance("61s")
    (told,) = eventually(read)
    assert told["requestContext"]["condition"] == "EventAgeExceeded"
    assert told["requestContext"]["approximateInvokeCount"] == 1
    assert len(saw(virtual)) == 1


def test_a_success_is_told_to_a_queue(fn, queue, eventually):
    fn.make(OK)
    fn.client.put_function_event_invoke_config(
        FunctionName=fn.name,
        MaximumRetryAttempts=0,
        DestinationConfig={"OnSuccess": {"Destination": queue.arn}},
    )
    fn.send(event="a")
    (told,) = eventually(queue)
    assert told["requestContext"]["condition"] == "Success"
    assert told["responsePayload"] == {"got": "a"}
    assert told["responseContext"] == {"statusCode": 200, "executedVersion": "$LATEST"}


def test_an_outcome_is_told_to_another_function(fn, eventually):
    other = f"{fn.name}-other"
    fn.make(FAILS)
    fn.make(OK, other)
    arn = fn.client.get_function_configuration(FunctionName=other)["FunctionArn"]
    fn.client.put_function_event_invoke_config(
        FunctionName=fn.name,
        MaximumRetryAttempts=0,
        DestinationConfig={"OnFailure": {"Destination": arn}},
    )
    fn.send(event="a")
    (line,) = eventually(lambda: saw(fn, other))
    assert "'condition': 'RetriesExhausted'" in line and "'requestPayload': 'a'" in line


def test_events_of_a_version_have_settings_of_their_own(fn, queue, eventually):
    fn.make(FAILS, Publish=True)
    fn.client.create_alias(FunctionName=fn.name, Name="live", FunctionVersion="1")
    fn.client.put_function_event_invoke_config(
        FunctionName=fn.name,
        Qualifier="live",
        MaximumRetryAttempts=0,
        DestinationConfig={"OnFailure": {"Destination": queue.arn}},
    )
    fn.send(Qualifier="live")
    (told,) = eventually(queue)
    assert told["requestContext"]["functionArn"].endswith(":live")
    assert told["responseContext"]["executedVersion"] == "1"


def test_settings_are_told_changed_and_forgotten(fn, queue):
    fn.make(OK)
    arn = f"arn:aws:lambda:us-east-1:000000000000:function:{fn.name}:$LATEST"
    missing = (
        "ResourceNotFoundException",
        f"The function {arn} doesn't have an EventInvokeConfig",
    )
    get = fn.client.get_function_event_invoke_config
    assert fn.refusal(get, FunctionName=fn.name) == missing
    fn.client.put_function_event_invoke_config(
        FunctionName=fn.name,
        MaximumRetryAttempts=1,
        DestinationConfig={"OnSuccess": {"Destination": queue.arn}},
    )
    fn.client.update_function_event_invoke_config(
        FunctionName=fn.name, MaximumEventAgeInSeconds=120
    )
    found = get(FunctionName=fn.name)
    assert found["FunctionArn"] == arn
    assert (found["MaximumRetryAttempts"], found["MaximumEventAgeInSeconds"]) == (1, 120)
    assert found["DestinationConfig"]["OnSuccess"] == {"Destination": queue.arn}
    listed = fn.client.list_function_event_invoke_configs(FunctionName=fn.name)
    assert len(listed["FunctionEventInvokeConfigs"]) == 1
    fn.client.delete_function_event_invoke_config(FunctionName=fn.name)
    assert fn.refusal(get, FunctionName=fn.name) == missing


@pytest.mark.parametrize(
    ("arn", "advice"),
    [
        ("arn:aws:sns:us-east-1:000000000000:t", "--sns-endpoint"),
        ("arn:aws:s3:::bucket", "--s3-endpoint"),
        ("arn:aws:sqs:us-east-1:000000000000:none", "no such queue on this node"),
        ("arn:aws:events:us-east-1:000000000000:event-bus/default", "Headwater sends to"),
        ("arn:aws:lambda:us-east-1:000000000000:function:none", "Function not found"),
    ],
)
def test_a_destination_that_cannot_be_reached_is_refused_with_advice(fn, arn, advice):
    fn.make(OK)
    code, text = fn.refusal(
        fn.client.put_function_event_invoke_config,
        FunctionName=fn.name,
        DestinationConfig={"OnFailure": {"Destination": arn}},
    )
    assert code in ("InvalidParameterValueException", "ResourceNotFoundException")
    assert advice in text


class Topic(Handler):
    """As much of SNS as takes a message; refuses the first one."""

    seen: ClassVar[list[dict[str, list[str]]]] = []

    def do_POST(self):
        self.seen.append(parse_qs(self.body().decode()))
        result = b"<PublishResult><MessageId>1</MessageId></PublishResult>"
        body = b"<PublishResponse>%b</PublishResponse>" % result
        self.answer(500 if len(self.seen) == 1 else 200, body)


def test_an_outcome_goes_to_a_topic_elsewhere_and_again_if_it_is_not_taken(
    node_factory, bench_of, eventually
):
    Topic.seen.clear()
    with serving(Topic) as url:
        keys = {"AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "s"}
        bench = bench_of(node_factory("--sns-endpoint", url, in_memory=True, environment=keys))
        bench.make(OK)
        topic = "arn:aws:sns:us-east-1:000000000000:t"
        bench.client.put_function_event_invoke_config(
            FunctionName=bench.name, DestinationConfig={"OnSuccess": {"Destination": topic}}
        )
        bench.send(event=1)
        eventually(lambda: len(Topic.seen) == 2)
    first, second = Topic.seen
    assert first["TopicArn"] == [topic]
    assert first["Message"] == second["Message"]
    assert json.loads(first["Message"][0])["requestContext"]["condition"] == "Success"


def test_events_survive_a_kill_of_the_node(node_factory, bench_of, eventually, tmp_path):
    node = node_factory()
    bench = bench_of(node)
    mark = tmp_path / "marks"
    source = (
        "import os, time\n"
        "def handler(event, context):\n"
        "    os.environ.get('SLOW') and time.sleep(60)\n"
        f"    open({str(mark)!r}, 'a').write(f'{{event}} ')\n"
    )
    variables = {"Variables": {"SLOW": "1"}}
    bench.make(source, Timeout=70, Environment=variables)
    for number in range(5):
        bench.send(event=number)
    eventually(lambda: bench.messages(pattern="START"))
    node.kill()
    node.start()
    again = bench_of(node)
    again.client.update_function_configuration(
        FunctionName=bench.name, Environment={"Variables": {}}
    )
    node.kill()
    node.start()
    done = eventually(lambda: mark.exists() and len(mark.read_text().split()) >= 5 and mark)
    assert set(done.read_text().split()) == {"0", "1", "2", "3", "4"}


def test_an_outcome_too_long_for_a_message_is_dropped_not_repeated(fn, eventually):
    read = Queue(fn)
    fn.make("def handler(event, context):\n    print('saw')\n    return 'x' * 2_000_000\n")
    fn.client.put_function_event_invoke_config(
        FunctionName=fn.name, DestinationConfig={"OnSuccess": {"Destination": read.arn}}
    )
    fn.send(event=1)
    eventually(lambda: "outcome lost" in fn.node.log, what="a word of the loss")
    assert read() == []
    assert len(saw(fn)) == 1
