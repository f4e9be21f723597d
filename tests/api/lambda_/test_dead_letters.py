"""Events that are given up go to the function's dead-letter queue or topic, as they came.

Source: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
"""

import json
import socket
import urllib.request
from datetime import UTC, datetime, timedelta

import pytest

FAILS = "def handler(event, context):\n    raise ValueError('boom')\n"
OK = "def handler(event, context):\n    return 1\n"


def virtual_bench(node_factory, bench_of, *flags, **kw):
    """A bench on a node whose clock is moved by hand."""
    bench = bench_of(node_factory("--clock", "virtual", *flags, in_memory=True, **kw))

    def advance(text):
        body = json.dumps({"advance": text}).encode()
        url = f"{bench.node.url}/_headwater/clock"
        urllib.request.urlopen(urllib.request.Request(url, body, method="POST")).close()

    bench.advance = advance
    return bench


@pytest.fixture
def virtual(node_factory, bench_of):
    return virtual_bench(node_factory, bench_of)


def queue_of(bench):
    """A queue of the node: its ARN, and what takes what is there."""
    sqs = bench.node.client("sqs")
    url = sqs.create_queue(QueueName="dead")["QueueUrl"]
    asked = {"QueueUrl": url, "MessageAttributeNames": ["All"], "MaxNumberOfMessages": 10}
    return (
        "arn:aws:sqs:us-east-1:000000000000:dead",
        lambda: sqs.receive_message(**asked).get("Messages", []),
    )


def counted(bench, name):
    """A metric of the bench's function, over all that was."""
    now = datetime.now(UTC)
    found = bench.node.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/Lambda",
        MetricName=name,
        Dimensions=[{"Name": "FunctionName", "Value": bench.name}],
        StartTime=now - timedelta(days=1),
        EndTime=now + timedelta(days=2),
        Period=300,
        Statistics=["Sum"],
    )["Datapoints"]
    return sum(one["Sum"] for one in found)


def test_an_event_that_fails_to_the_last_is_sent_with_the_reason(virtual, eventually):
    arn, taken = queue_of(virtual)
    virtual.make(FAILS, DeadLetterConfig={"TargetArn": arn})
    shown = virtual.client.get_function_configuration(FunctionName=virtual.name)
    assert shown["DeadLetterConfig"] == {"TargetArn": arn}
    sent = virtual.send(event={"order": 7})["ResponseMetadata"]["RequestId"]
    virtual.advance("61s")
    assert not taken(), "there is a try to come"
    virtual.advance("121s")
    (letter,) = eventually(taken)
    assert json.loads(letter["Body"]) == {"order": 7}
    said = {name: one["StringValue"] for name, one in letter["MessageAttributes"].items()}
    assert said == {"RequestID": sent, "ErrorCode": "200", "ErrorMessage": "boom"}
    assert letter["MessageAttributes"]["ErrorCode"]["DataType"] == "Number"
    assert counted(virtual, "AsyncEventsDropped") == 1
    assert counted(virtual, "DeadLetterErrors") == 0


def test_an_event_that_is_dealt_with_is_sent_nowhere_and_a_config_is_cleared(virtual, eventually):
    arn, taken = queue_of(virtual)
    virtual.make(OK, DeadLetterConfig={"TargetArn": arn})
    virtual.send(event=1)
    eventually(lambda: counted(virtual, "Invocations") == 1)
    update = virtual.client.update_function_configuration
    assert "DeadLetterConfig" in update(FunctionName=virtual.name, Description="x")
    cleared = update(FunctionName=virtual.name, DeadLetterConfig={"TargetArn": ""})
    assert "DeadLetterConfig" not in cleared
    virtual.advance("1h")
    assert not taken()


def test_a_topic_that_takes_nothing_is_counted(node_factory, bench_of, eventually):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
        bench = virtual_bench(node_factory, bench_of, "--sns-endpoint", url, environment=keys)
        topic = "arn:aws:sns:us-east-1:000000000000:dead"
        bench.make(FAILS, DeadLetterConfig={"TargetArn": topic})
        bench.client.put_function_event_invoke_config(
            FunctionName=bench.name, MaximumRetryAttempts=0
        )
        bench.send(event=1)
        eventually(lambda: counted(bench, "DeadLetterErrors") >= 1)
        assert counted(bench, "DestinationDeliveryFailures") == 0


@pytest.mark.parametrize(
    ("arn", "advice"),
    [
        ("arn:aws:sns:us-east-1:000000000000:t", "--sns-endpoint"),
        ("arn:aws:sqs:us-east-1:000000000000:none", "no such queue on this node"),
        ("arn:aws:lambda:us-east-1:000000000000:function:f", "an SQS queue or an SNS topic"),
    ],
)
def test_what_cannot_be_reached_is_refused_with_advice(fn, arn, advice):
    code, text = fn.refusal(fn.make, source=FAILS, DeadLetterConfig={"TargetArn": arn})
    assert code == "InvalidParameterValueException"
    assert advice in text
